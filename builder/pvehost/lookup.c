// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/lookup.h"
#include "base/log.h"
#include "host/process.h"
#include "pveconf/boot_drive.h"
#include "pveconf/storage_types.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid.h"
#include "pvehost/pass_over_internal.h"
#include "pvehost/volume_users.h"

#include <errno.h>

int ri_locate_of_vmid(const struct ri_pvehost *h, unsigned vmid, char **file, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive d = { 0 };
	int pid;

	if (ri_pvevm_load(h, vmid, &vm, e) < 0 || ri_pvevm_running(h, vmid, &pid, e) < 0)
		return -1;
	if (ri_boot_drive_find(&vm.conf, pid != 0, &d, e) < 0 ||
	    ri_boot_drive_check(&d, vmid, e) < 0)
		return ri_ctx(e, "VM %u", vmid);
	/* Good enough to show, not to write to. */
	if (d.place == RI_BOOT_UNUSED && d.by == RI_BOOT_BY_UNKNOWN)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "VM %u: its boot order names %s, which it does not have; if that was its unused "
		    "volume, name it: %.300s",
		    vmid, d.key, d.file);
	*file = d.file;
	d.file = NULL;
	return 0;
}

static int add_once(struct ri_strv *found, const char *volid, struct ri_err *e)
{
	return ri_strv_has(found, volid) ? 0 : ri_strv_add(found, volid, e);
}

/* What names a volume is one that is looked for if its last part is @name, with or without .raw, .qcow2, .vmdk. */
static int add_if_called(struct ri_strv *found, const char *volid, const char *name,
    struct ri_err *e)
{
	const char *slash = strrchr(volid, '/');
	const char *last = slash ? slash + 1 : strchr(volid, ':') + 1;
	RI_BUF bare = { 0 };

	ri_volname_short(last, &bare);
	if (ri_buf_check(&bare, e) < 0)
		return -1;
	return strcmp(last, name) == 0 || strcmp(bare.p, name) == 0 ? add_once(found, volid, e) : 0;
}

static int look_in_section(const struct ri_vmsection *s, const char *name, struct ri_strv *found,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

	if (ri_drives_of(s, &d, e) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++)
		if (ri_volid_is(d.v[i].file) && add_if_called(found, d.v[i].file, name, e) < 0)
			return -1;
	return 0;
}

static int look_in_vm(const struct ri_pvehost *h, unsigned vmid, const char *name,
    struct ri_strv *found, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };

	if (ri_pvevm_load(h, vmid, &vm, e) < 0)
		return -1;
	for (size_t i = 0; i < vm.conf.n; i++)
		if (vm.conf.v[i].kind != RI_VMSEC_UNKNOWN &&
		    look_in_section(&vm.conf.v[i], name, found, e) < 0)
			return -1;
	return 0;
}

/* The volnames that @name may have on a storage: in the VM's directory with a suffix, or bare. */
static int look_in_storage(const struct ri_pvehost *h, const struct ri_storage *s, unsigned vmid,
    const char *name, struct ri_strv *found, struct ri_err *e)
{
	static const char *const suffixes[] = { "", ".raw", ".qcow2", ".vmdk" };
	bool dir = s->type == RI_STORAGE_DIR || s->type == RI_STORAGE_NFS ||
		   s->type == RI_STORAGE_CIFS || s->type == RI_STORAGE_BTRFS;

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		RI_FREE char *path = NULL;
		RI_BUF volid = { 0 };

		ri_buf_addf(&volid, "%s:", s->id);
		if (dir)
			ri_buf_addf(&volid, "%u/", vmid);
		ri_buf_addf(&volid, "%s%s", name, suffixes[i]);
		if (ri_buf_check(&volid, e) < 0 || ri_volid_host_path(h, volid.p, &path, e) < 0)
			return -1;
		if (path && access(path, F_OK) == 0 && add_once(found, volid.p, e) < 0)
			return -1;
	}
	return 0;
}

/* The first word of each of pvesm's lines but the heading is a volume id. */
static int take_listed(struct ri_span rest, const char *name, struct ri_strv *found,
    struct ri_err *e)
{
	struct ri_span line;

	while (ri_span_line(&rest, &line)) {
		RI_FREE char *volid = ri_span_dup(ri_span_chomp(line));

		if (!volid)
			return ri_nomem(e);
		volid[strcspn(volid, " ")] = '\0';
		if (ri_volid_is(volid) && add_if_called(found, volid, name, e) < 0)
			return -1;
	}
	return 0;
}

/*
 * What has no path yet (a logical volume that is not active, an rbd image) or only a plugin knows,
 * Proxmox lists. @return 1; 0 where it does not answer; -1.
 */
static int ask_pvesm(const struct ri_storage *s, unsigned vmid, const char *name,
    struct ri_strv *found, struct ri_err *e)
{
	struct ri_process_opts opts = { .timeout_s = 30 };
	RI_BUF answer = { 0 };
	struct ri_err why = { 0 };
	char number[16];

	snprintf(number, sizeof number, "%u", vmid);
	const char *argv[] = { "pvesm", "list", s->id, "--vmid", number, NULL };

	if (ri_process_check(argv, &opts, &answer, &why) == 0)
		return take_listed(ri_buf_span(&answer), name, found, e) < 0 ? -1 : 1;
	if (ri_pass_over(&why, e) < 0)
		return -1;
	if (why.sys != ENOENT) /* there is a pvesm */
		ri_log(RI_LOG_WARN, "the storage '%s' cannot be asked for its volumes: %s", s->id,
		    why.msg);
	return 0;
}

static int look_everywhere(const struct ri_pvehost *h, unsigned vmid, const char *name,
    struct ri_strv *found, struct ri_err *e)
{
	for (size_t i = 0; i < h->storages.n; i++) {
		const struct ri_storage *s = &h->storages.v[i];
		struct ri_err ignored;
		int rc;

		if (!s->images || ri_storage_usable(s, h->node, &ignored) < 0)
			continue;
		rc = ask_pvesm(s, vmid, name, found, e);
		if (rc < 0 || (rc == 0 && look_in_storage(h, s, vmid, name, found, e) < 0))
			return -1;
	}
	return 0;
}

static int refuse_several(const char *name, const struct ri_strv *found, struct ri_err *e)
{
	RI_BUF all = { 0 };

	for (size_t i = 0; i < found->n; i++)
		ri_buf_addf(&all, "%s%s", i > 0 ? ", " : "", found->v[i]);
	if (ri_buf_check(&all, e) < 0)
		return -1;
	return ri_fail(e, RI_E_USAGE, 0, "%s may be any of %s; say which", name, all.p);
}

int ri_locate_of_short(const struct ri_pvehost *h, const char *name, char **volid, struct ri_err *e)
{
	unsigned vmid = ri_volname_vmid(name);
	RI_STRV found = { 0 };

	if (look_in_vm(h, vmid, name, &found, e) < 0)
		return -1;
	if (found.n == 0 && look_everywhere(h, vmid, name, &found, e) < 0)
		return -1;
	if (found.n > 1)
		return refuse_several(name, &found, e);
	if (found.n == 0)
		return ri_fail(e, RI_E_MISSING, 0,
		    "VM %u has no volume %s, and no storage of this node shows one; `ramimg list %u` "
		    "shows what it has, STORAGE:VOLUME names any other",
		    vmid, name, vmid);
	*volid = strdup(found.v[0]);
	return *volid ? 0 : ri_nomem(e);
}
