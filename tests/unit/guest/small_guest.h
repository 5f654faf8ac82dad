// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A small guest for inspection, whose operations say what a test wants of them.
 */
#include "unit/facts_fixture.h"
#include "unit/fake_guest.h"

#include "guest/inspect.h"

#define SMALL_KERNEL "6.1.0-9-amd64"
#define SMALL_MODULES "/lib/modules/" SMALL_KERNEL

/* What the guest's disk is said to have; what is NULL is as the fake has it. */
static struct {
	const struct ri_guest_fs *fs; /* ended by a device that is NULL */
	const char *const *roots;     /* ended by NULL */
	const char *describes;        /* in words, what else there is */
	const char *at_root;          /* the device that is mounted at / */
	const char *tags;             /* of /dev/sda2 */
	const char *fails;            /* the mount point that cannot be mounted */
	bool pool;                    /* no btrfs is on one device only */
	const char *full;             /* the directory with too many names */
} small;

static int small_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	if (!small.fs)
		return fake_filesystems(g, out, e);
	if (fake_step(g, e, "filesystems") < 0)
		return -1;
	out->v = calloc(8, sizeof *out->v);
	for (const struct ri_guest_fs *f = small.fs; f->device; f++)
		out->v[out->n++] = (struct ri_guest_fs){ strdup(f->device), strdup(f->type) };
	return 0;
}

/* Files are only on the roots. */
static int small_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	bool root = !small.roots && strcmp(small.at_root, "/dev/sda1") == 0;

	for (const char *const *r = small.roots; r && *r; r++)
		root = root || strcmp(*r, small.at_root) == 0;
	if (fake_kind(g, path, out, e) < 0)
		return -1;
	if (!root)
		*out = RI_KIND_NONE;
	return 0;
}

static int small_describe(struct ri_guest *g, struct ri_buf *out, struct ri_err *e)
{
	ri_buf_add_str(out, small.describes ? small.describes : "");
	return fake_step(g, e, "describe") < 0 ? -1 : ri_buf_check(out, e);
}

static int small_tags(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e)
{
	if (!small.tags || strcmp(device, "/dev/sda2") != 0)
		return fake_tags(g, device, out, e);
	return fake_step(g, e, "tags") < 0 ? -1 : ri_strv_add(out, small.tags, e);
}

static int small_mount(struct ri_guest *g, const char *device, const char *mountpoint,
    bool readonly, struct ri_err *e)
{
	if (small.fails && strcmp(small.fails, mountpoint) == 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be mounted", device);
	if (strcmp(mountpoint, "/") == 0)
		small.at_root = strcmp(device, "/dev/sda1") == 0 ? "/dev/sda1" : "/dev/sda2";
	return fake_mount(g, device, mountpoint, readonly, e);
}

static int small_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id,
    const char *mountpoint, bool readonly, struct ri_err *e)
{
	assert_int_equal(id, RI_SUBVOL_TOP);
	return small_mount(g, device, mountpoint, readonly, e);
}

static int small_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e)
{
	if (small.pool)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s is on several devices", device);
	return fake_subvolumes(g, device, out, e);
}

static int small_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	if (!small.full || strcmp(small.full, dir) != 0)
		return fake_list(g, dir, names, sizes, e);
	*sizes = calloc(RI_INSPECT_NAMES_MAX + 1, sizeof **sizes);
	for (size_t i = 0; i <= RI_INSPECT_NAMES_MAX; i++)
		if (ri_strv_add(names, "name", e) < 0)
			return -1;
	return 0;
}

static int small_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out,
    struct ri_err *e)
{
	if (!small.full || strcmp(small.full, pattern) != 0)
		return fake_glob(g, pattern, out, e);
	for (size_t i = 0; i <= RI_INSPECT_NAMES_MAX; i++)
		if (ri_strv_add(out, "/name", e) < 0)
			return -1;
	return 0;
}

static struct ri_guest_ops small_ops;

static void small_text(struct fake_guest *k, const char *path, const char *text)
{
	fake_put(k, path, text, strlen(text), 0644);
}

/** A Debian, to be ended by fake_free. */
static void small_fresh(struct fake_guest *k)
{
	static const char *const dirs[] = { "/bin", "/boot", "/boot/grub", "/etc", "/etc/default",
		"/etc/default/grub.d", "/etc/grub.d", "/lib/modules", SMALL_MODULES, "/tmp",
		"/var/lib", "/srv", "/data" };

	memset(&small, 0, sizeof small);
	small.at_root = "/dev/sda1";
	small_ops = fake_ops;
	small_ops.filesystems = small_filesystems;
	small_ops.kind = small_kind;
	small_ops.describe = small_describe;
	small_ops.tags = small_tags;
	small_ops.mount = small_mount;
	small_ops.mount_subvolume = small_mount_subvolume;
	small_ops.subvolumes = small_subvolumes;
	small_ops.list = small_list;
	small_ops.glob = small_glob;
	k->w = (struct ri_guest_rw){ .g.ops = &small_ops, .ops = &fake_write_ops };
	k->avail = (uint64_t)1 << 30;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		fake_put(k, dirs[i], "", 0, 0755)->dir = true;
	fake_put(k, "/bin/ls", fake_program, sizeof fake_program, 0755);
	small_text(k, "/etc/os-release",
	    "ID=debian\nVERSION_ID=\"12\"\nNAME=\"Debian GNU/Linux\"\n"
	    "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
	small_text(k, RI_PATH_FSTAB, FX_FSTAB);
	small_text(k, RI_PATH_CUSTOM, FX_CUSTOM);
	small_text(k, RI_PATH_CFG, FX_CFG);
	small_text(k, RI_PATH_DEFAULT, FX_DEFAULT);
	small_text(k, RI_PATH_DEFAULT_DIR "/b.cfg", "B=1\n");
	small_text(k, RI_PATH_DEFAULT_DIR "/a.cfg", "A=1\n");
	small_text(k, "/usr/share/initramfs-tools/scripts/local", "");
	small_text(k, "/boot/vmlinuz-" SMALL_KERNEL, "a kernel");
	small_text(k, "/boot/initrd.img-" SMALL_KERNEL, "an initrd");
	small_text(k, "/tmp/junk", "junk");
	small_text(k, "/srv/a[b", "12345");
	small_text(k, "/srv/a*b\\", "123");
	fake_put(k, "/var/tmp", "/tmp", 4, 0777)->link = true;
}
