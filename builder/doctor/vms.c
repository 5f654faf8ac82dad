// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The VMs of this node that were built: whether their memory is enough for their roots.
 */
#include "doctor/internal.h"
#include "pveconf/vm_memory.h"

/* Of those that were built. */
struct tally {
	size_t built, not_known, lacking, keeping;
	struct ri_buf vmids, keepers; /* who may lack some, who has no balloon device */
};

static void tally_free(struct tally *t)
{
	ri_buf_free(&t->vmids);
	ri_buf_free(&t->keepers);
}

static void count(const struct ri_listed *r, struct tally *t, struct ri_checked *c)
{
	enum ri_ram_fit fit = ri_ram_fit(r->ram.least, &r->ram.vm);

	/* A template is never started. */
	if (!ri_listed_needs(r) || strcmp(r->state, "template") == 0)
		return;
	t->built++;
	t->not_known += fit == RI_RAM_NOT_KNOWN;
	if (r->ram.vm.no_balloon)
		ri_buf_addf(&t->keepers, "%s%u", t->keeping++ > 0 ? ", " : "", r->vmid);
	if (fit == RI_RAM_NOT_KNOWN || fit == RI_RAM_ENOUGH)
		return;
	ri_buf_addf(&t->vmids, "%s%u", t->lacking > 0 ? ", " : "", r->vmid);
	RI_REMEDY(c, "%sVM %u: ", t->lacking > 0 ? "; " : "", r->vmid);
	ri_ram_fit_say(r->ram.least, &r->ram.vm, r->vmid, &c->remedy);
	t->lacking++;
}

static void say(const struct tally *t, struct ri_checked *r)
{
	if (t->lacking > 0)
		RI_FOUND(r, RI_HEALTH_WARNING,
		    "of %zu that were built, the memory of %zu is too little, or may become so: %s",
		    t->built, t->lacking, t->vmids.p ? t->vmids.p : "");
	else if (t->built > 0)
		RI_FOUND(r, RI_HEALTH_OK, "%zu that were built have enough memory",
		    t->built - t->not_known);
	else
		RI_FOUND(r, RI_HEALTH_OK, "none that was built, as far as can be seen");
	if (t->not_known > 0)
		RI_FOUND(r, r->health, "; of %zu the need is not known", t->not_known);
	if (t->keeping > 0)
		RI_FOUND(r, r->health,
		    "; without a balloon device (balloon: 0), and so never giving back what they free: %s",
		    t->keepers.p ? t->keepers.p : "");
}

int ri_look_vms(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost p = { 0 };
	RI_ON_EXIT(ri_list_free) struct ri_list l = { 0 };
	RI_ON_EXIT(tally_free) struct tally t = { 0 };
	struct ri_err why = { 0 };

	(void)versions;
	/* Configurations and volumes are root's. */
	if (!h->proxmox || h->uid != 0 || !h->look)
		return 0;
	if (ri_pvehost_open(h->pve_root, &p, &why) < 0 ||
	    ri_list_volumes(&p, 0, h->stage_dir, h->look, &l, &why) < 0) {
		if (why.code == RI_E_NOMEM || why.code == RI_E_CANCELLED) {
			*e = why;
			return -1;
		}
		RI_FOUND(r, RI_HEALTH_WARNING, "%s", why.msg);
		return 0;
	}
	for (size_t i = 0; i < l.n; i++)
		count(&l.v[i], &t, r);
	say(&t, r);
	return ri_buf_check(&t.vmids, e) < 0 ? -1 : ri_buf_check(&t.keepers, e);
}
