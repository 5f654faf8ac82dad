// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A machine that boots, in a directory: an archive with every kind of member, its manifest, and a mounted "disk"
 * with it. Takes root, and happens in a mount namespace of its own.
 */
#include "unit/frames_fixture.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "format/archive_id.h"
#include "loader/archive.h"
#include "loader/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define LOAD_ID "0123456789abcdef0123456789abcdef"
#define TEN "d/d/d/d/d/d/d/d/d/d/"
#define LOAD_DEEP TEN TEN TEN TEN "leaf"
enum { LOAD_HOLE = 1 << 20, LOAD_BLOCK = 4096, LOAD_BIG = 50000 };

/* One block, and a hole behind it. */
static const char load_sparse[LOAD_HOLE] = { 'x' };

/** What is not 0 is what the member has beside its name and mode. A character device is 1:3. */
struct load_member {
	const char *name;
	mode_t mode;
	const char *data; /* of a file, or what a link points to */
	bool hard;
	uid_t uid;
	bool acl; /* a default ACL with a line for user 7 */
	const char *xattr, *value;
};

/* Where a name comes twice, the last one counts. */
static const struct load_member load_members[] = {
	{ ".", S_IFDIR | 0751, .uid = 0 },
	{ "etc", S_IFDIR | 02775, .uid = 1000, .acl = true },
	{ "etc/file", S_IFREG | 0600, .data = "the first\n" },
	{ "etc/file", S_IFREG | 04755, .data = "the last\n", .uid = 12, .xattr = "trusted.n=ote",
	    .value = "v" },
	{ "etc/hard", S_IFREG | 0600, .data = "in the way\n" },
	{ "etc/hard", S_IFREG | 0644, .data = "etc/file", .hard = true },
	{ "etc/link", S_IFLNK | 0777, .data = "elsewhere" },
	{ "etc/link", S_IFLNK | 0777, .data = "file", .uid = 12, .xattr = "trusted.of",
	    .value = "link" },
	{ "dev/null", S_IFIFO | 0600, .uid = 0 },
	{ "dev/null", S_IFCHR | 0666, .uid = 3 },
	{ "dev/pipe", S_IFIFO | 0600, .uid = 3 },
	{ LOAD_DEEP, S_IFREG | 0644, .data = "deep\n" },
	{ TEN TEN TEN TEN "leaves", S_IFREG | 0644, .data = "deep, too\n" },
	{ "d/empty", S_IFDIR | 0700, .uid = 0 },
	{ "d/d/d", S_IFDIR | 0700, .uid = 0 },
	{ "big", S_IFREG | 0644, .data = content },
	{ "hole", S_IFREG | 0644, .data = load_sparse },
};
enum { LOAD_MEMBERS = sizeof load_members / sizeof *load_members };

static inline void load_put(struct archive *a, const struct load_member *m)
{
	struct archive_entry *e = archive_entry_new();
	bool is_file = S_ISREG(m->mode) && !m->hard;
	size_t n = !is_file ? 0 : m->data == content ? LOAD_BIG : strlen(m->data);

	archive_entry_set_pathname(e, m->name);
	archive_entry_set_mode(e, m->mode);
	archive_entry_set_uid(e, m->uid);
	archive_entry_set_gid(e, m->uid);
	archive_entry_set_mtime(e, -1, 500000000);
	if (m->uid)
		archive_entry_set_atime(e, 1000000, 0);
	if (strcmp(m->name, "hole") == 0) {
		n = LOAD_HOLE;
		archive_entry_set_size(e, LOAD_HOLE);
		archive_entry_sparse_add_entry(e, 0, LOAD_BLOCK);
	} else if (is_file) {
		archive_entry_set_size(e, (la_int64_t)n);
	}
	if (S_ISLNK(m->mode))
		archive_entry_set_symlink(e, m->data);
	if (m->hard)
		archive_entry_set_hardlink(e, m->data);
	if (S_ISCHR(m->mode))
		archive_entry_set_rdev(e, makedev(1, 3));
	if (m->xattr)
		archive_entry_xattr_add_entry(e, m->xattr, m->value, strlen(m->value));
	for (int who = 0; m->acl && who < 4; who++)
		archive_entry_acl_add_entry(e, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, 5,
		    (int[]){ ARCHIVE_ENTRY_ACL_USER_OBJ, ARCHIVE_ENTRY_ACL_USER,
			ARCHIVE_ENTRY_ACL_GROUP_OBJ, ARCHIVE_ENTRY_ACL_OTHER }[who],
		    who == 1 ? 7 : -1, NULL);
	if (m->acl)
		archive_entry_acl_add_entry(e, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, 5,
		    ARCHIVE_ENTRY_ACL_MASK, -1, NULL);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	if (n > 0)
		assert_int_equal(archive_write_data(a, m->data, n), n);
	archive_entry_free(e);
}

/** The tar stream of @n members, and the build's id. */
static inline struct ri_buf load_tar(const struct load_member *members, size_t n)
{
	static char bytes[1 << 20];
	unsigned char id[RI_ARCHIVE_ID_BYTES];
	struct archive *a = archive_write_new();
	struct ri_buf out = { 0 };
	size_t used = 0;

	assert_int_equal(archive_write_set_format_pax(a), ARCHIVE_OK);
	assert_int_equal(archive_write_set_options(a, "xattrheader=SCHILY"), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(a, bytes, sizeof bytes, &used), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++)
		load_put(a, &members[i]);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	ri_archive_id_render(LOAD_ID, id);
	ri_buf_add(&out, bytes, used);
	ri_buf_add(&out, id, sizeof id);
	assert_false(out.oom);
	return out;
}

/** @tar as ramimg packs it. */
static inline struct ri_buf load_pack(struct ri_span tar, enum kind kind)
{
	const struct ri_span id = { tar.p + tar.n - RI_ARCHIVE_ID_BYTES, RI_ARCHIVE_ID_BYTES };
	struct ri_buf out = { 0 };

	for (tar.n -= id.n; tar.n > 0;) {
		size_t n = tar.n < PIECE ? tar.n : PIECE;

		put_unit(&out, tar.p, n, kind);
		tar = ri_span(tar.p + n, tar.n - n);
	}
	put_stored(&out, id.p, id.n, kind);
	assert_false(out.oom);
	return out;
}

/** The machine; its paths are below tmpdir. */
struct load_fixture {
	char root[96], aside[96], sys[96], dev[96], proc[96], meminfo[96], manifest[96], status[96];
	struct ri_load_opts o;
	struct ri_manifest m;
};

static inline char *load_text(const char *s)
{
	char *copy = strdup(s);

	assert_non_null(copy);
	return copy;
}

/** Set what the manifest says of the archive @packed, of @tar bytes and @entries. */
static inline void load_announce(struct load_fixture *f, size_t packed, size_t tar, size_t entries)
{
	f->m.archive_bytes = packed;
	f->m.tar_bytes = tar;
	f->m.entries = f->m.inodes = entries;
}

static inline void load_paths(struct load_fixture *f)
{
	snprintf(f->root, sizeof f->root, "%s/root", tmpdir);
	snprintf(f->aside, sizeof f->aside, "%s/run/disk", tmpdir);
	snprintf(f->sys, sizeof f->sys, "%s/sys", tmpdir);
	snprintf(f->dev, sizeof f->dev, "%s/dev", tmpdir);
	snprintf(f->proc, sizeof f->proc, "%s/proc", tmpdir);
	snprintf(f->meminfo, sizeof f->meminfo, "%s/meminfo", tmpdir);
	snprintf(f->manifest, sizeof f->manifest, "%s/manifest", tmpdir);
	snprintf(f->status, sizeof f->status, "%s/run/status", tmpdir);
	f->o = (struct ri_load_opts){ .manifest = f->manifest,
		.root = f->root,
		.aside = f->aside,
		.layers = "/nonexistent/layers",
		.status = f->status,
		.proc = f->proc,
		.sys = f->sys,
		.dev = f->dev,
		.meminfo = f->meminfo,
		.mountinfo = "/proc/self/mountinfo",
		.stall = "60",
		.lvm = "/nonexistent/lvm" };
}

static inline void load_fixture_init(struct load_fixture *f)
{
	*f = (struct load_fixture){ 0 };
	load_paths(f);
	f->m = (struct ri_manifest){ .build_id = LOAD_ID,
		.archive = load_text("/boot/ram.tar.gz"),
		.archive_fs = load_text("U-1"),
		.archive_on_root = true,
		.compression = load_text("gzip"),
		.tmpfs_bytes = 2 << 20,
		.tmpfs_size = load_text("100%"),
		.reserve_bytes = 1 << 20,
		/* Hardly any: one thread reads ahead, by two pieces. */
		.loader_bytes = 1 << 20,
		.kernel = load_text("6.1.0"),
		.os = load_text("Test 1"),
		.grubenv = load_text("/boot/grubenv") };
	assert_int_equal(mkdir(f->root, 0700), 0);
	assert_int_equal(mkdir(tmp_path("run"), 0700), 0);
	spit(f->meminfo, ri_str("MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n"));
}

static inline void load_fixture_free(struct load_fixture *f)
{
	ri_manifest_free(&f->m);
}

/** Begin a test with @f, where this program is @alone in a mount namespace (load_alone). @return 0; -1. */
static inline int load_begin(struct load_fixture *f, bool alone, void **state)
{
	if (!alone)
		return 0;
	if (tmp_set_up(state) < 0)
		return -1;
	load_fixture_init(f);
	return 0;
}

/** End it. @return 0; -1. */
static inline int load_end(struct load_fixture *f, bool alone, void **state)
{
	if (!alone)
		return 0;
	load_fixture_free(f);
	return tmp_tear_down(state);
}

/** In a mount namespace of its own, where nothing leaves it. @return false for a user that may not. */
static inline bool load_alone(void)
{
	if (unshare(CLONE_NEWNS) < 0) {
		print_message("needs root, for mounts of its own: %s\n", strerror(errno));
		return false;
	}
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	return true;
}

/** A file system at the fixture's root. */
static inline void load_mount(const struct load_fixture *f, const char *name)
{
	assert_int_equal(mount(name, f->root, "tmpfs", 0, "size=16m"), 0);
}

static inline struct stat load_stat(const char *root, const char *name)
{
	struct stat st;
	char path[256];

	snprintf(path, sizeof path, "%s/%s", root, name);
	if (lstat(path, &st) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	return st;
}

static inline void load_check_data(const char *root, const char *name, struct ri_span want)
{
	char path[256];
	RI_BUF got = { 0 };

	snprintf(path, sizeof path, "%s/%s", root, name);
	slurp(path, &got);
	check_span(name, ri_buf_span(&got), want);
}

static inline void load_check_xattr(const char *root, const char *name, const char *xattr,
    const char *want)
{
	char path[256], got[64] = "";

	snprintf(path, sizeof path, "%s/%s", root, name);
	if (lgetxattr(path, xattr, got, sizeof got - 1) < 0)
		fail_msg("%s of %s: %s", xattr, path, strerror(errno));
	assert_string_equal(got, want);
}

/** The files of load_members. */
static inline void load_check_files(const char *root)
{
	struct stat st = load_stat(root, "etc/file");

	load_check_data(root, "etc/file", ri_str("the last\n"));
	assert_int_equal(st.st_mode, S_IFREG | 04755);
	assert_true(st.st_uid == 12 && st.st_gid == 12 && st.st_nlink == 2);
	assert_true(st.st_atim.tv_sec == 1000000 && st.st_mtim.tv_sec == -2);
	assert_int_equal(st.st_mtim.tv_nsec, 500000000);
	assert_int_equal(load_stat(root, "etc/hard").st_ino, st.st_ino);
	load_check_data(root, LOAD_DEEP, ri_str("deep\n"));
	load_check_data(root, TEN TEN TEN TEN "leaves", ri_str("deep, too\n"));
	load_check_data(root, "big", ri_span(content, LOAD_BIG));
	st = load_stat(root, "hole");
	assert_true(st.st_size == LOAD_HOLE && st.st_blocks == LOAD_BLOCK / 512);
}

/** The tree of load_members is at @root, and @loss is all that it lacks. */
static inline void load_check(const char *root, struct ri_loss loss)
{
	struct stat st = load_stat(root, "etc");
	char path[128], to[32] = "";

	load_check_files(root);
	assert_int_equal(st.st_mode, S_IFDIR | 02775);
	assert_true(st.st_uid == 1000 && st.st_mtim.tv_sec == -2);
	snprintf(path, sizeof path, "%s/etc", root);
	if (loss.acls == 0)
		assert_true(lgetxattr(path, "system.posix_acl_default", NULL, 0) > 0);
	snprintf(path, sizeof path, "%s/etc/link", root);
	assert_true(readlink(path, to, sizeof to - 1) == 4 && strcmp(to, "file") == 0);
	assert_int_equal(load_stat(root, "etc/link").st_uid, 12);
	if (loss.other_xattrs == 0) {
		load_check_xattr(root, "etc/file", "trusted.n=ote", "v");
		load_check_xattr(root, "etc/link", "trusted.of", "link");
	}
	st = load_stat(root, "dev/null");
	assert_int_equal(st.st_mode, S_IFCHR | 0666);
	assert_true(st.st_rdev == makedev(1, 3) && st.st_uid == 3);
	assert_int_equal(load_stat(root, "dev/pipe").st_mode, S_IFIFO | 0600);
	assert_int_equal(load_stat(root, "d/empty").st_mode, S_IFDIR | 0700);
	assert_int_equal(load_stat(root, "").st_mode, S_IFDIR | 0751);
}

static inline void load_no_tick(void *arg, uint64_t done)
{
	(void)arg, (void)done;
}

/** What the process does that unpacks. @return 0 and what the file system did not take in *@lost; -1. */
static inline int load_unpack(const struct load_fixture *f, struct ri_loss *lost, struct ri_err *e)
{
	RI_ON_EXIT(ri_tree_close) struct ri_tree *tree = NULL;
	RI_FD int fd = -1;
	RI_ON_EXIT(ri_unpack_free) struct ri_unpack u = { 0 };

	if (ri_archive_open(&f->o, &f->m, &fd, e) < 0 ||
	    ri_unpack_begin(fd, &f->m, (struct ri_tick){ load_no_tick, NULL }, &u, e) < 0 ||
	    ri_tree_open(f->root, &tree, e) < 0 || ri_tree_unpack(tree, u.tar, e) < 0 ||
	    ri_tarin_finish(u.tar, e) < 0 || ri_tree_finish(tree, e) < 0)
		return -1;
	*lost = ri_tree_loss(tree);
	return 0;
}

/** Write the archive of load_members, which @f announces then, to @path. */
static inline void load_put_archive(struct load_fixture *f, const char *path)
{
	RI_BUF tar = load_tar(load_members, LOAD_MEMBERS);
	RI_BUF packed = load_pack(ri_buf_span(&tar), OURS);

	load_announce(f, packed.n, tar.n, LOAD_MEMBERS);
	spit(path, ri_buf_span(&packed));
}
