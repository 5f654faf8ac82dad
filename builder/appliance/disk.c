// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: file systems, operating systems, devices.
 */
#include "appliance/internal.h"
#include "base/cancel.h"
#include "base/log.h"
#include "lvm/metadata.h"

#include <errno.h>

static int add_fs(struct ri_guest *g, struct ri_guest_fslist *l, const char *device,
    struct ri_err *e)
{
	struct ri_guest_fs *grown = realloc(l->v, (l->n + 1) * sizeof *grown);
	struct ri_guest_fs *fs;

	if (!grown)
		return ri_nomem(e);
	l->v = grown;
	fs = &l->v[l->n++];
	*fs = (struct ri_guest_fs){ strdup(device),
		guestfs_vfs_type(ri_appliance_handle(g), device) };
	if (!fs->device)
		return ri_nomem(e);
	return fs->type ? 0 : ri_appliance_fail(ri_appliance_handle(g), e, device);
}

/* A disk of which no partition is among @parts may itself contain a file system. */
static bool is_partitioned(const char *disk, char **parts)
{
	for (; *parts; parts++)
		if (strncmp(*parts, disk, strlen(disk)) == 0)
			return true;
	return false;
}

static int add_disk(struct ri_guest *g, struct ri_guest_fslist *l, const char *disk,
    struct ri_err *e)
{
	bool guests;

	if (ri_appliance_is_guests(ri_appliance_handle(g), disk, &guests, e) < 0)
		return -1;
	return guests ? add_fs(g, l, disk, e) : 0;
}

static bool has_pv(const struct ri_guest_fslist *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].type, "LVM2_member") == 0)
			return true;
	return false;
}

/*
 * guestfs_list_filesystems would tell the same, but looks for much more (btrfs subvolumes, Windows
 * dynamic disks …) and takes eight seconds without KVM; these take one.
 */
int ri_appliance_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist r = { 0 };
	guestfs_h *h = ri_appliance_handle(g);
	RI_APPLIANCE_LIST disks = guestfs_list_devices(h);
	RI_APPLIANCE_LIST parts = guestfs_list_partitions(h);
	RI_APPLIANCE_LIST arrays = guestfs_list_md_devices(h);
	RI_APPLIANCE_LIST volumes = guestfs_lvs(h);

	if (!disks || !parts || !arrays || !volumes)
		return ri_appliance_fail(h, e, "listing file systems");
	for (char **d = disks; *d; d++)
		if (!is_partitioned(*d, parts) && add_disk(g, &r, *d, e) < 0)
			return -1;
	for (char **p = parts; *p; p++)
		if (add_fs(g, &r, *p, e) < 0)
			return -1;
	for (char **m = arrays; *m; m++)
		if (add_fs(g, &r, *m, e) < 0)
			return -1;
	if (has_pv(&r) && ri_appliance_check_groups(h, e) < 0)
		return -1;
	for (char **v = volumes; *v; v++)
		if (add_fs(g, &r, *v, e) < 0)
			return -1;
	*out = r;
	r = (struct ri_guest_fslist){ 0 };
	return 0;
}

int ri_appliance_preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e)
{
	struct guestfs_e2fsck_argv opt = { .bitmask = GUESTFS_E2FSCK_CORRECT_BITMASK,
		.correct = 1 };

	*bad = guestfs_e2fsck_argv(ri_appliance_handle(g), device, &opt) < 0;
	if (*bad && ri_cancelled())
		return ri_cancel_check(e);
	if (*bad)
		ri_log(RI_LOG_DEBUG, "e2fsck -p %s: %s", device,
		    guestfs_last_error(ri_appliance_handle(g)));
	return 0;
}

/* In tune2fs's words (e2fsprogs, lib/e2p/ls.c), by turns a name and its value: "clean with errors". */
int ri_appliance_unclean(struct ri_guest *g, const char *device, enum ri_unclean *out,
    struct ri_err *e)
{
	RI_APPLIANCE_LIST l = guestfs_tune2fs_l(ri_appliance_handle(g), device);

	*out = RI_UNCLEAN_NOT;
	if (!l)
		return ri_cancel_check(e); /* so damaged that e2fsck has to say it */
	for (char **p = l; p[0] && p[1]; p += 2) {
		bool state = strcmp(p[0], "Filesystem state") == 0;

		if (state && strstr(p[1], "errors")) {
			*out = RI_UNCLEAN_ERROR;
			return 0;
		}
		if ((state && strstr(p[1], "not clean")) ||
		    (strcmp(p[0], "Filesystem features") == 0 && strstr(p[1], "needs_recovery")))
			*out = RI_UNCLEAN_STOPPED;
	}
	return 0;
}

/*
 * By libguestfs's inspection, which knows many systems, but takes seconds and gives up on an fstab that it does
 * not like. That it cannot say is no failure then: nothing but words depends on it.
 */
int ri_appliance_describe(struct ri_guest *g, struct ri_buf *out, struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(g);
	RI_APPLIANCE_LIST l = guestfs_inspect_os(h);

	if (!l)
		ri_log(RI_LOG_DEBUG, "looking for operating systems: %s", guestfs_last_error(h));
	for (char **root = l; root && *root; root++) {
		RI_FREE char *type = guestfs_inspect_get_type(h, *root);
		RI_FREE char *product = guestfs_inspect_get_product_name(h, *root);

		ri_buf_addf(out, "%s%s (%s) on %s", out->n > 0 ? ", " : "", product ? product : "?",
		    type ? type : "?", *root);
	}
	return ri_cancel_check(e) < 0 ? -1 : ri_buf_check(out, e);
}

int ri_appliance_mount(struct ri_guest *g, const char *device, const char *mountpoint,
    bool readonly, struct ri_err *e)
{
	if (guestfs_mount_options(ri_appliance_handle(g), readonly ? "ro" : "noatime", device,
		mountpoint) < 0)
		return ri_appliance_fail(ri_appliance_handle(g), e, device);
	return 0;
}

int ri_appliance_umount_all(struct ri_guest *g, struct ri_err *e)
{
	return guestfs_umount_all(ri_appliance_handle(g)) < 0
		   ? ri_appliance_fail(ri_appliance_handle(g), e, "unmounting")
		   : 0;
}

static int add_tag(struct ri_strv *out, const char *key, const char *value, struct ri_err *e)
{
	RI_BUF tag = { 0 };

	if (!*value)
		return 0;
	ri_buf_addf(&tag, "%s%s", key, value);
	return ri_buf_check(&tag, e) < 0 ? -1 : ri_strv_add(out, tag.p, e);
}

/* A character that blkid's "export" format has written as itself behind "\", or as \xNN for a link of udev's. */
static size_t cut_escape(const char *s, char *c)
{
	unsigned byte;
	int n = 0;

	if (sscanf(s, "\\\\x%2x%n", &byte, &n) == 1 || sscanf(s, "\\x%2x%n", &byte, &n) == 1) {
		*c = (char)byte;
		return (size_t)n;
	}
	*c = s[0] == '\\' && s[1] ? s[1] : s[0];
	return s[0] == '\\' && s[1] ? 2 : 1;
}

static int add_partlabel(struct ri_strv *out, const char *value, struct ri_err *e)
{
	RI_BUF name = { 0 };

	while (*value) {
		char c;

		value += cut_escape(value, &c);
		ri_buf_add(&name, &c, 1);
	}
	if (ri_buf_check(&name, e) < 0)
		return -1;
	return name.n > 0 ? add_tag(out, "PARTLABEL=", name.p, e) : 0;
}

/* Of keys and values by turns; "" where the key is not there. */
static const char *value_of(char **l, const char *key)
{
	for (; l[0] && l[1]; l += 2)
		if (strcmp(l[0], key) == 0)
			return l[1];
	return "";
}

/*
 * The partition's values from blkid; empty if it is not a partition or blkid knows nothing of its
 * content.
 */
static int add_partition(guestfs_h *h, const char *device, struct ri_strv *out, struct ri_err *e)
{
	RI_APPLIANCE_LIST l = guestfs_blkid(h, device);

	if (!l && ri_cancelled())
		return ri_cancel_check(e);
	if (!l)
		return 0;
	return add_tag(out, "PARTUUID=", value_of(l, "PART_ENTRY_UUID"), e) < 0 ||
		       add_partlabel(out, value_of(l, "PART_ENTRY_NAME"), e) < 0
		   ? -1
		   : 0;
}

/* Asked only of what may be one, /dev/VG/LV: emulated, each answer takes a second. @return 1, 0; -1 as guestfs_is_lv. */
static int is_volume(guestfs_h *h, const char *device)
{
	return strncmp(device, "/dev/", 5) == 0 && strchr(device + 5, '/')
		   ? guestfs_is_lv(h, device)
		   : 0;
}

/* As dm names it; nothing for what is not a volume. */
static int add_mapper(guestfs_h *h, const char *device, struct ri_strv *out, struct ri_err *e)
{
	RI_BUF path = { 0 };
	int lv = is_volume(h, device);

	if (lv < 0)
		return ri_appliance_fail(h, e, device);
	if (lv == 0)
		return 0;
	ri_lvm_mapper_path(device, &path);
	return ri_buf_check(&path, e) < 0 ? -1 : ri_strv_add(out, path.p, e);
}

int ri_appliance_tags(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e)
{
	char *(*const ask[])(guestfs_h *, const char *) = { guestfs_vfs_uuid, guestfs_vfs_label };
	static const char *const keys[] = { "UUID=", "LABEL=" };

	for (size_t i = 0; i < 2; i++) {
		RI_FREE char *value = ask[i](ri_appliance_handle(g), device);

		if (!value)
			return ri_appliance_fail(ri_appliance_handle(g), e, device);
		if (add_tag(out, keys[i], value, e) < 0)
			return -1;
	}
	if (add_partition(ri_appliance_handle(g), device, out, e) < 0)
		return -1;
	return add_mapper(ri_appliance_handle(g), device, out, e);
}

/* Its device-mapper path, and LVM's UUIDs. */
static int lvm_device(guestfs_h *h, const char *device, char **root_spec, struct ri_bootdev *out,
    struct ri_err *e)
{
	const char *vg = device + strlen("/dev/");
	RI_FREE char *name = strndup(vg, strcspn(vg, "/"));
	RI_FREE char *vguuid = NULL, *lvuuid = guestfs_lvuuid(h, device);
	RI_BUF hint = { 0 };
	RI_BUF spec = { 0 };

	if (!name)
		return ri_nomem(e);
	vguuid = guestfs_vguuid(h, name);
	if (!lvuuid || !vguuid)
		return ri_appliance_fail(h, e, device);
	ri_buf_addf(&hint, "lvmid/%s/%s", vguuid, lvuuid);
	ri_lvm_mapper_path(device, &spec);
	out->lvm_hint = ri_buf_steal(&hint);
	*root_spec = ri_buf_steal(&spec);
	return out->lvm_hint && *root_spec ? 0 : ri_nomem(e);
}

/*
 * The kind of partition table on @disk. The last one that was asked for is remembered: emulated, parted takes two
 * seconds and more, all partitions of a guest are on one disk, and nobody changes its table meanwhile.
 */
static int partition_table(struct ri_appliance *gfs, const char *disk, char **out, struct ri_err *e)
{
	if (!gfs->table_of || strcmp(gfs->table_of, disk) != 0) {
		ri_appliance_forget_table(gfs);
		gfs->table = guestfs_part_get_parttype(gfs->h, disk);
		if (!gfs->table)
			return ri_appliance_fail(gfs->h, e, disk);
		gfs->table_of = strdup(disk);
	}
	*out = strdup(gfs->table);
	return gfs->table_of && *out ? 0 : ri_nomem(e);
}

void ri_appliance_forget_table(struct ri_appliance *gfs)
{
	free(ri_steal(gfs->table_of));
	free(ri_steal(gfs->table));
}

static int part_device(struct ri_appliance *gfs, const char *device, const char *uuid,
    char **root_spec, struct ri_bootdev *out, struct ri_err *e)
{
	guestfs_h *h = gfs->h;
	RI_FREE char *disk = guestfs_part_to_dev(h, device);
	RI_BUF spec = { 0 };

	if (!disk)
		return ri_appliance_fail(h, e, device);
	out->part = guestfs_part_to_partnum(h, device);
	out->disk = guestfs_device_index(h, disk);
	if (out->part < 0 || out->disk < 0)
		return ri_appliance_fail(h, e, device);
	if (partition_table(gfs, disk, &out->ptable, e) < 0)
		return -1;
	ri_buf_addf(&spec, "UUID=%s", uuid);
	*root_spec = ri_buf_steal(&spec);
	return *root_spec ? 0 : ri_nomem(e);
}

int ri_appliance_device(struct ri_guest *g, const char *dev, char **uuid, char **root_spec,
    struct ri_bootdev *out, struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(g);
	int lv = is_volume(h, dev);

	*uuid = guestfs_vfs_uuid(h, dev);
	if (lv < 0 || !*uuid)
		return ri_appliance_fail(h, e, dev);
	if (strncmp(dev, "/dev/md", 7) == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "software RAID (%s) is not supported", dev);
	return lv ? lvm_device(h, dev, root_spec, out, e)
		  : part_device((struct ri_appliance *)g, dev, *uuid, root_spec, out, e);
}

int ri_appliance_space(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
    struct ri_err *e)
{
	struct guestfs_statvfs *s = guestfs_statvfs(ri_appliance_handle(g), path);
	bool odd;

	if (!s)
		return ri_appliance_fail(ri_appliance_handle(g), e, path);
	/* bfree, not bavail: root writes, and root may use the reserved blocks. */
	odd = __builtin_mul_overflow(s->frsize, s->blocks, size) ||
	      __builtin_mul_overflow(s->frsize, s->bfree, avail);
	guestfs_free_statvfs(s);
	return odd ? ri_fail(e, RI_E_IO, EOVERFLOW, "%s", path) : 0;
}
