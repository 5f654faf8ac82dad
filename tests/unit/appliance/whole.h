// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An appliance of the fake libguestfs on a stage of a test's own, and everything that one does in its life. The
 * test is not root meanwhile, so that what it remembers of KVM is its own, too.
 */
#include "unit/appliance/fake_guestfs.h"
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "appliance/appliance.h"
#include "host/kvm_hangs.h"
#include "host/confine.h"
#include "pack/source.h"

#include <archive_entry.h>
#include <signal.h>

static bool whole_was_root;
static struct ri_volume whole_volume = RI_VOLUME_INIT;
static struct ri_stage whole_stage;
static char whole_told[4096]; /* what the appliance has answered, in words */

/* The saved one is the way back; programs that are started do not get it. */
static inline void whole_be_root(bool yes)
{
	uid_t uid = yes ? 0 : RI_CONFINED_ID;

	if (whole_was_root)
		assert_int_equal(setresuid(uid, uid, 0), 0);
}

static char *whole_keep(const char *name)
{
	char *path = strdup(tmp_path(name));

	assert_non_null(path);
	return path;
}

static inline int whole_set_up(void **state)
{
	struct ri_err e = { 0 };

	if (tmp_set_up(state) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	whole_was_root = geteuid() == 0;
	if (whole_was_root)
		assert_int_equal(chown(tmpdir, RI_CONFINED_ID, RI_CONFINED_ID), 0);
	whole_be_root(false);
	assert_int_equal(mkdir(tmp_path("run"), 0700), 0);
	assert_int_equal(mkdir(tmp_path("stage"), 0700), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", tmp_path("run"), 1), 0);
	RUN(tmpdir, NULL, NULL, "mkdir", "tree");
	spit(tmp_path("tree/a"), LIT("content\n"));
	RUN(tmpdir, NULL, NULL, "tar", "--format=gnu", "-C", "tree", "-cf", "t.tar", ".");
	whole_volume.path = whole_keep("volume");
	whole_volume.size = 1 << 20;
	whole_stage = (struct ri_stage){ .dir = whole_keep("stage"),
		.overlay = whole_keep("stage/overlay.qcow2"),
		.handover = whole_keep("stage/" RI_STAGE_HANDOVER),
		.volume = &whole_volume };
	check_ok("stage", ri_dir_open(whole_stage.dir, 0, &whole_stage.at, &e), &e);
	fake_guestfs.tar = whole_keep("t.tar");
	fake_guestfs.hv = whole_keep("qemu");
	return 0;
}

static inline int whole_tear_down(void **state)
{
	ri_dir_close(&whole_stage.at);
	free(whole_stage.dir);
	free(whole_stage.overlay);
	free(whole_stage.handover);
	free(whole_volume.path);
	free((void *)(uintptr_t)fake_guestfs.tar);
	free((void *)(uintptr_t)fake_guestfs.hv);
	whole_be_root(true);
	return tmp_tear_down(state);
}

/** Have KVM counted as hanging, or not. */
static inline void whole_mark(bool set)
{
	RI_FREE char *mark = ri_kvm_hangs_path(NULL);

	if (set)
		ri_kvm_hangs_set(mark);
	else
		unlink(mark);
	assert_int_equal(ri_kvm_hangs_is_set(mark), set);
}

__attribute__((format(printf, 1, 2))) static void whole_tell(const char *fmt, ...)
{
	size_t used = strlen(whole_told);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(whole_told + used, sizeof whole_told - used, fmt, ap);
	va_end(ap);
}

static int whole_disk(struct ri_guest *g, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist fs = { 0 };
	RI_BUF systems = { 0 };
	RI_STRV tags = { 0 };
	enum ri_unclean left = RI_UNCLEAN_NOT;
	bool bad = false;

	if (g->ops->filesystems(g, &fs, e) < 0 || g->ops->preen(g, "/dev/sda1", &bad, e) < 0 ||
	    g->ops->unclean(g, "/dev/sda1", &left, e) < 0 || g->ops->describe(g, &systems, e) < 0 ||
	    g->ops->tags(g, "/dev/sda1", &tags, e) < 0 || g->ops->tags(g, "/dev/sdc", &tags, e) < 0)
		return -1;
	for (size_t i = 0; i < fs.n; i++)
		whole_tell("%s=%s ", fs.v[i].device, fs.v[i].type);
	whole_tell("%s%s| %s |", bad ? "bad " : "", left != RI_UNCLEAN_NOT ? "unclean " : "",
	    systems.p ? systems.p : "");
	for (size_t i = 0; i < tags.n; i++)
		whole_tell(" %s", tags.v[i]);
	whole_tell("\n");
	return 0;
}

static int whole_device(struct ri_guest *g, const char *device, struct ri_err *e)
{
	RI_FREE char *uuid = NULL, *spec = NULL;
	struct ri_bootdev dev = { 0 };
	int rc = g->ops->device(g, device, &uuid, &spec, &dev, e);

	if (rc == 0)
		whole_tell("%s %s %s %s %d %d\n", uuid, spec, dev.ptable ? dev.ptable : "-",
		    dev.lvm_hint ? dev.lvm_hint : "-", dev.disk, dev.part);
	free(dev.ptable);
	free(dev.lvm_hint);
	return rc;
}

static int whole_names(struct ri_guest *g, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_FREE char *real = NULL;
	RI_STRV names = { 0 };
	RI_STRV found = { 0 };
	uint64_t size, avail, used;
	enum ri_kind kinds[4];
	static const char *const of[] = { "/file", "/dir", "/link", "/node" };

	for (size_t i = 0; i < 4; i++)
		if (g->ops->kind(g, of[i], &kinds[i], e) < 0)
			return -1;
	if (g->ops->space(g, "/", &size, &avail, e) < 0 ||
	    g->ops->resolve(g, "/bin", &real, e) < 0 ||
	    g->ops->list(g, "/", &names, &sizes, e) < 0 ||
	    g->ops->glob(g, "/boot/*", &found, e) < 0 || g->ops->usage(g, "/", &used, e) < 0)
		return -1;
	whole_tell("%d%d%d%d %llu %llu %s %s %s %llu:", kinds[0], kinds[1], kinds[2], kinds[3],
	    (unsigned long long)size, (unsigned long long)avail, real, found.v[0], found.v[1],
	    (unsigned long long)used);
	for (size_t i = 0; i < names.n; i++)
		whole_tell(" %s %lld", names.v[i], (long long)sizes[i]);
	whole_tell("\n");
	return 0;
}

static int whole_subvolumes(struct ri_guest *g, struct ri_err *e)
{
	RI_ON_EXIT(ri_subvols_free) struct ri_subvols l = { 0 };
	bool a, b;

	if (g->ops->subvolumes(g, "/dev/vg/root", &l, e) < 0 || g->ops->umount_all(g, e) < 0 ||
	    g->ops->mount_subvolume(g, "/dev/vg/root", 256, "/", false, e) < 0 ||
	    g->ops->is_snapshot(g, "/plain", &a, e) < 0 ||
	    g->ops->is_snapshot(g, "/copy", &b, e) < 0 || g->ops->umount_all(g, e) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++)
		whole_tell("%d=%s ", (int)l.v[i].id, l.v[i].path);
	whole_tell("default %d, snapshots %d%d\n", (int)l.by_default, a, b);
	return 0;
}

static int whole_files(struct ri_guest *g, struct ri_err *e)
{
	char sum[RI_SHA256_HEX + 1];
	RI_BUF bytes = { 0 };

	if (g->ops->mount(g, "/dev/vg/root", "/", true, e) < 0 ||
	    g->ops->read(g, "/file", 5, &bytes, e) < 0 ||
	    g->ops->download(g, "/file", 5, tmp_path("down"), e) < 0 ||
	    g->ops->sha256(g, "/file", sum, e) < 0 || g->ops->umount_all(g, e) < 0 ||
	    g->ops->mount(g, "/dev/vg/root", "/", false, e) < 0)
		return -1;
	whole_tell("%.*s %.8s\n", (int)bytes.n, bytes.p, sum);
	return 0;
}

static int whole_changes(struct ri_guest_rw *w, struct ri_err *e)
{
	struct timespec changed;

	if (w->ops->mtime(w, "/file", &changed, e) < 0 ||
	    w->ops->set_mtime(w, "/dir", &changed, e) < 0)
		return -1;
	if (w->ops->write(w, "/new", ri_str("text"), e) < 0 ||
	    w->ops->upload(w, fake_guestfs.tar, "/boot/tar", e) < 0 ||
	    w->ops->attrs(w, "/boot/tar", 0644, NULL, e) < 0 ||
	    w->ops->attrs(w, "/boot/tar", 0, "/file", e) < 0 ||
	    w->ops->rename(w, "/new", "/newer", e) < 0 || w->ops->remove(w, "/old", e) < 0 ||
	    w->ops->rmdir(w, "/empty", e) < 0 || w->ops->mkdirs(w, "/there", 0755, e) < 0 ||
	    w->ops->mkdirs(w, "/made", 0755, e) < 0 || w->ops->remove_tree(w, "/usr", e) < 0)
		return -1;
	return w->ops->sync(w, e) < 0 ? -1 : w->ops->trim(w, "/", e);
}

static int whole_tree(struct ri_guest *g, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct archive_entry *entry;
	struct ri_source_block b;
	RI_STRV excludes = { 0 };
	int rc;

	if (ri_strv_add(&excludes, "./tmp", e) < 0 ||
	    g->ops->source(g, NULL, &excludes, &src, e) < 0)
		return -1;
	while ((rc = src->ops->next(src, &entry, e)) == 0 && entry) {
		whole_tell(" %s", archive_entry_pathname(entry));
		while ((rc = src->ops->data(src, &b, e)) > 0)
			whole_tell(" %zu", b.n);
		if (rc < 0)
			break;
	}
	whole_tell("\n");
	return rc;
}

/** All operations, one after the other, up to the first that fails. @return 0; -1. */
static inline int whole_work(struct ri_guest_rw *w, struct ri_err *e)
{
	whole_told[0] = '\0';
	if (whole_disk(&w->g, e) < 0 || whole_device(&w->g, "/dev/sda1", e) < 0 ||
	    whole_device(&w->g, "/dev/vg/root", e) < 0 || whole_names(&w->g, e) < 0 ||
	    whole_subvolumes(&w->g, e) < 0 || whole_files(&w->g, e) < 0 || whole_changes(w, e) < 0)
		return -1;
	return whole_tree(&w->g, e);
}

/** What whole_told is then. */
static const char whole_want[] =
    "/dev/sdc=swap /dev/sda1=ext4 /dev/md0=ext4 /dev/vg/root=ext4 | Debian GNU/Linux 12 (linux) on "
    "/dev/vg/root | UUID=1111-a LABEL=boot PARTUUID=5555-01 UUID=1111-a\n"
    "1111-a UUID=1111-a gpt - 0 1\n"
    "1111-a /dev/mapper/vg-root - lvmid/VG-1/LV-1 0 0\n"
    "1234 4096000 1024000 /usr/bin /boot/a /boot/b 12288: dir -1 file 5 link -1 node -1 new -1\n"
    "5= 256=@rootfs 257=@rootfs/a b default 256, snapshots 01\n"
    "hello 01234567\n"
    " . a 8\n";
