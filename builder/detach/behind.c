// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "detach/behind.h"

static void list(struct ri_buf *out, const struct ri_strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		ri_buf_addf(out, "%s%s", i > 0 ? ", " : "", names->v[i]);
}

/* The ways out are those of the one who has set it so. */
static int refuse(const struct ri_backups *b, const char *key, struct ri_err *e)
{
	RI_BUF names = { 0 };

	list(&names, b->jobs.n > 0 ? &b->jobs : &b->not_known);
	if (ri_buf_check(&names, e) < 0)
		return -1;
	if (b->jobs.n > 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "a backup job covers it, which would have nothing of %s while that is detached, and "
		    "detach.backup is \"refuse\": %s; exclude the VM from it (Datacenter, Backup), or set "
		    "detach.backup to \"warn\"",
		    key, names.p);
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "whether a backup job covers it is not known, and detach.backup is \"refuse\": %s; remove "
	    "the cause, or set detach.backup to \"warn\"",
	    names.p);
}

int ri_behind_detach(const struct ri_pvehost *h, const struct ri_pvevm *vm, const char *key,
    enum ri_detach_way way, bool refusing, struct ri_remarks *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvebackups_free) struct ri_pvebackups all = { 0 };
	RI_ON_EXIT(ri_backups_free) struct ri_backups b = { 0 };
	const struct ri_remark_vm asked = { vm->vmid, &vm->conf, key, true, &b };
	int backed_up;

	if (ri_pvebackups_read(h, &all, e) < 0 || ri_pvebackups_of(&all, h, vm->vmid, &b, e) < 0)
		return -1;
	backed_up = ri_drive_is_backed_up(&vm->conf, key, e);
	if (backed_up < 0)
		return -1;
	if (refusing && backed_up && b.jobs.n + b.not_known.n > 0)
		return refuse(&b, key, e);
	return ri_remarks_of_detach(&asked, way, out, e);
}

int ri_behind_vm(const struct ri_pvehost *h, const struct ri_pvebackups *backups,
    const struct ri_pvevm *vm, const char *key, bool running, struct ri_remarks *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_backups_free) struct ri_backups b = { 0 };
	const struct ri_remark_vm asked = { vm->vmid, &vm->conf, key, running, &b };

	if (ri_pvebackups_of(backups, h, vm->vmid, &b, e) < 0)
		return -1;
	return ri_remarks_of_vm(&asked, out, e);
}
