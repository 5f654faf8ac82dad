// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What shells ask for while a command line is typed: "candidates vmids" and "candidates targets". Each line is a word and,
 * behind a tab, what it is. Only Proxmox VE's configuration is read, no storage is asked, and what cannot be read is left out:
 * nobody waits for an error in the middle of a word.
 */
#include "cli/cmd_internal.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid.h"
#include "pvehost/pvevm.h"
#include "report/text.h"

struct candidates {
	bool volumes;
	struct ri_buf *out;
};

/** Whether all of @word is taken by any shell as it is. */
static bool is_plain(const char *word)
{
	return *word && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789:/._+@-")] == '\0';
}

static void add(const struct ri_pvevm *vm, const char *word, const char *what, struct ri_buf *out)
{
	const char *name = ri_vmsection_get(&vm->conf.v[0], "name");

	if (!is_plain(word))
		return;
	ri_buf_addf(out, "%s\t%s", word, name && is_plain(name) ? name : "VM");
	if (what)
		ri_buf_addf(out, " %s", what);
	ri_buf_add_str(out, "\n");
}

/** A volume by its short name, which is how it is mostly typed, and by its whole one. */
static void add_volume(const struct ri_pvevm *vm, const struct ri_drive *d, struct ri_buf *out)
{
	RI_BUF name = { 0 };

	if (d->cdrom || !ri_volid_is(d->file))
		return;
	ri_volname_short(strchr(d->file, ':') + 1, &name);
	if (!name.oom && name.n > 0 && ri_volname_vmid(name.p) != 0)
		add(vm, name.p, d->key, out);
	add(vm, d->file, d->key, out);
}

static int add_vm(const struct ri_pvevm *vm, void *arg, struct ri_err *e)
{
	const struct candidates *c = arg;
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };
	char vmid[16];

	snprintf(vmid, sizeof vmid, "%u", vm->vmid);
	add(vm, vmid, NULL, c->out);
	for (size_t s = 0; c->volumes && s < vm->conf.n; s++) {
		enum ri_vmsec kind = vm->conf.v[s].kind;

		if (kind != RI_VMSEC_MAIN && kind != RI_VMSEC_PENDING)
			continue;
		ri_drives_free(&d);
		if (ri_drives_of(&vm->conf.v[s], &d, e) < 0)
			return -1;
		for (size_t i = 0; i < d.n; i++)
			add_volume(vm, &d.v[i], c->out);
	}
	return 0;
}

int ri_cmd_candidates(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	const char *root = o->pve_root ? o->pve_root : "";
	RI_BUF out = { 0 };
	struct candidates c = { o->target && strcmp(o->target, "targets") == 0, &out };
	struct ri_err ignored;

	(void)job, (void)e;
	if (!ri_pvehost_is(root) || ri_pvehost_open(root, &h, &ignored) < 0)
		return 0;
	if (ri_pvevm_each(&h, add_vm, &c, &ignored) < 0 || ri_buf_check(&out, &ignored) < 0)
		return 0;
	return ri_print(&out);
}
