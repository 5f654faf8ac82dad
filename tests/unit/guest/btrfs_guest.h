// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A guest on a btrfs, for inspection: its paths are those of the top-level subvolume, and what is mounted at "/" says
 * which part of them is seen.
 */
#include "unit/check.h"
#include "unit/facts_fixture.h"
#include "unit/fake_guest.h"

#include "guest/find_subvol.h"
#include "guest/inspect_mounts.h"

#define BTRFS_FSTAB "UUID=u / btrfs subvol=@rootfs,compress=zstd 0 0\n"

/** Its subvolumes. */
static const struct {
	uint64_t id;
	const char *path;
	bool snapshot;
} btrfs_all[] = {
	{ 5, "", false },
	{ 260, "@rootfs/.snapshots/1/snapshot", true },
	{ 261, "@rootfs/.snapshots/1/snapshot/deeper", true },
	{ 256, "@rootfs", false },
	{ 257, "@home", false },
	{ 258, "@home/old", true },
	{ 259, "@rootfs/var/lib/machines", false },
	{ 262, "timeshift/@rootfs", true },
	{ 263, "@rootfs/home/hidden", true },
	{ 264, "@rootfs/moved", true },
};

static struct {
	char at[300];     /* what is mounted: "id point" a line */
	const char *top;  /* the path of the subvolume at "/" */
	const char *less; /* no subvolume but those of which the path begins so */
} btrfs;

/* As it is at the top: "/etc" in @rootfs is "/@rootfs/etc". */
static const char *btrfs_path(const char *path, char *out, size_t n)
{
	snprintf(out, n, "%s%s%s", btrfs.top[0] ? "/" : "", btrfs.top, path);
	return out;
}

static int btrfs_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	char whole[200];

	return fake_kind(g, btrfs_path(path, whole, sizeof whole), out, e);
}

static int btrfs_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	if (fake_step(g, e, "resolve") < 0)
		return -1;
	*out = strdup(path);
	return *out ? 0 : ri_nomem(e);
}

static int btrfs_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e)
{
	char whole[200];

	return fake_read(g, btrfs_path(path, whole, sizeof whole), max, out, e);
}

static int btrfs_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id,
    const char *mountpoint, bool readonly, struct ri_err *e)
{
	size_t n = strlen(btrfs.at);

	(void)readonly;
	assert_string_equal(device, "/dev/sda1");
	if (fake_step(g, e, "mount_subvolume") < 0)
		return -1;
	snprintf(btrfs.at + n, sizeof btrfs.at - n, "%d %s\n", (int)id, mountpoint);
	for (size_t i = 0; strcmp(mountpoint, "/") == 0 && i < sizeof btrfs_all / sizeof *btrfs_all;
	     i++)
		if (btrfs_all[i].id == id)
			btrfs.top = btrfs_all[i].path;
	return 0;
}

static int btrfs_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e)
{
	for (size_t i = 0; i < sizeof btrfs_all / sizeof *btrfs_all; i++)
		if ((!btrfs.less ||
			strncmp(btrfs_all[i].path, btrfs.less, strlen(btrfs.less)) == 0) &&
		    ri_subvols_add(out, btrfs_all[i].id, btrfs_all[i].path, e) < 0)
			return -1;
	out->by_default = RI_SUBVOL_TOP;
	return btrfs_mount_subvolume(g, device, RI_SUBVOL_TOP, "/", true, e);
}

static int btrfs_is_snapshot(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e)
{
	char whole[200];

	if (fake_step(g, e, "is_snapshot") < 0)
		return -1;
	btrfs_path(path, whole, sizeof whole);
	if (strncmp(path, "/home/", 6) == 0)
		snprintf(whole, sizeof whole, "/@home%s", path + 5);
	for (size_t i = 0; i < sizeof btrfs_all / sizeof *btrfs_all; i++)
		if (strcmp(whole + 1, btrfs_all[i].path) == 0) {
			*yes = btrfs_all[i].snapshot;
			return 0;
		}
	fail_msg("%s is no subvolume", whole);
	return -1;
}

static struct ri_guest_ops btrfs_ops;

/** What makes the directory @top a root, with that fstab. */
static void btrfs_root(struct fake_guest *k, const char *top, const char *fstab)
{
	static const char *const dirs[] = { "", "/etc", "/bin" };
	char path[128];

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		snprintf(path, sizeof path, "%s%s", top, dirs[i]);
		fake_put(k, path, "", 0, 0755)->dir = true;
	}
	snprintf(path, sizeof path, "%s/etc/fstab", top);
	fake_put(k, path, fstab, strlen(fstab), 0644);
}

/** Without a root, to be ended by fake_free. */
static void btrfs_fresh(struct fake_guest *k)
{
	memset(&btrfs, 0, sizeof btrfs);
	btrfs.top = "";
	btrfs_ops = fake_ops;
	btrfs_ops.kind = btrfs_kind;
	btrfs_ops.resolve = btrfs_resolve;
	btrfs_ops.read = btrfs_read;
	btrfs_ops.subvolumes = btrfs_subvolumes;
	btrfs_ops.mount_subvolume = btrfs_mount_subvolume;
	btrfs_ops.is_snapshot = btrfs_is_snapshot;
	k->w = (struct ri_guest_rw){ .g.ops = &btrfs_ops, .ops = &fake_write_ops };
	k->avail = (uint64_t)1 << 30;
}
