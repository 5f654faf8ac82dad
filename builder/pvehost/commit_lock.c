// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/commit_lock.h"
#include "pveconf/vmconf_boot.h"
#include "pveconf/vmconf_edit.h"
#include "pvehost/conf_write.h"

static int load(const struct ri_location *p, struct ri_pvevm *vm, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };

	return ri_pvehost_open(p->root, &h, e) < 0 ? -1 : ri_pvevm_load(&h, p->vmid, vm, e);
}

static int put(const struct ri_location *p, const char *value, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	RI_BUF text = { 0 };

	if (!p->root || p->vmid == 0)
		return 0;
	if (load(p, &vm, e) < 0 || ri_vmconf_edit_lock(ri_buf_span(&vm.text), value, &text, e) < 0)
		return -1;
	return ri_conf_write(&vm, ri_buf_span(&text), e);
}

int ri_commit_lock_set(const struct ri_location *p, struct ri_err *e)
{
	return put(p, RI_COMMIT_LOCK, e) < 0 ? ri_ctx(e, "locking VM %u", p->vmid) : 0;
}

int ri_commit_lock_clear(const struct ri_location *p, struct ri_err *e)
{
	return put(p, NULL, e) < 0
		   ? ri_ctx(e, "VM %u is still locked in its configuration (run: qm unlock %u)",
			 p->vmid, p->vmid)
		   : 0;
}

int ri_commit_lock_check(const struct ri_location *p, bool found, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };

	if (!p->commit_locked || found)
		return 0;
	return load(p, &vm, e) < 0 ? -1 : ri_vmconf_writable(&vm.conf, p->vmid, NULL, e);
}

int ri_commit_lock_settle(const struct ri_location *p, bool found, struct ri_err *e)
{
	if (ri_commit_lock_check(p, found, e) < 0)
		return -1;
	return p->commit_locked ? ri_commit_lock_clear(p, e) : 0;
}
