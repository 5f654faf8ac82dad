// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Two file systems as one tree: what is found in it, what is refused, and a disk that fails at every read. */
#include "unit/vfs_fixture.h"

#include <errno.h>

static int fd;

static int set_up(void **state)
{
	if (vfs_set_up(state) < 0)
		return -1;
	fd = open(tmp_path(VFS_DISK), O_RDWR | O_CLOEXEC);
	return fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	close(fd);
	return tmp_tear_down(state);
}

#define VFS RI_ON_EXIT(ri_vfs_close) struct ri_vfs

static void opened(struct ri_vfs *v)
{
	struct ri_err e = { 0 };

	check_ok("opening", vfs_open(v, fd, &e), &e);
}

static void mounted(struct ri_vfs *v)
{
	struct ri_err e = { 0 };

	opened(v);
	check_ok("/", ri_vfs_mount(v, "/dev/sda1", "/", &e), &e);
	check_ok("/efi", ri_vfs_mount(v, "/dev/sda2", "/efi", &e), &e);
}

static void test_all(void **state)
{
	struct vfs_seen seen;
	struct ri_err e = { 0 };
	VFS v;

	(void)state;
	opened(&v);
	check_ok("all", vfs_all(&v, &seen, &e), &e);
	/* 7 directories and what mke2fs makes, 20 names; then the FAT's root, which is /efi, EFI and two files. */
	assert_int_equal(seen.entries, 1 + 1 + 4 + 20 + 8 + 3);
	assert_int_equal(seen.attributes,
	    2 + 1 + 2); /* the file's are those of both of its names */
	assert_int_equal(seen.again, 1);
	/* A file of two names is read for each, and of one with holes its blocks. */
	assert_int_equal(seen.bytes, 4 * 20 + VFS_VALUE + 4 + 5 * 1024 + 5);
}

/* What a path leads to, or why it does not. */
static void test_paths(void **state)
{
	static const struct {
		const char *path, *real;
		int why;
		const char *msg; /* of an error */
	} rows[] = {
		{ "/", "/", 0, NULL },
		{ "/link", "/dir/sub/last", 0, NULL },
		{ "/efi/EFI/GRUB.CFG", "/efi/EFI/GRUB.CFG", 0, NULL },
		{ "/efi/EFI/../../file", "/file", 0, NULL },
		{ "/efi/EFI/A long name of a file.conf", "/efi/EFI/A long name of a file.conf", 0,
		    NULL },
		{ "/FILE", NULL, ENOENT, NULL },
		{ "/efi/EFI/nothing", NULL, ENOENT, NULL },
		{ "/long-link", NULL, ENOENT, NULL },
		{ "/itself", NULL, ELOOP, NULL },
		{ "/file/", NULL, ENOTDIR, NULL },
		{ "/efi/efi", NULL, 0, "\"EFI\" is wanted in another case of letters" },
		{ "/efi/EFI/grub.cfg", NULL, 0,
		    "\"GRUB.CFG\" is wanted in another case of letters" },
	};
	VFS v;

	(void)state;
	mounted(&v);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_vfs_find(&v, rows[i].path, true, &p, &e);

		if (rows[i].real) {
			check_ok(rows[i].path, rc, &e);
			assert_string_equal(p.real, rows[i].real);
		} else if (rows[i].msg) {
			check_err(rows[i].path, rc, &e, RI_E_UNSUPPORTED, rows[i].msg);
		} else {
			assert_int_equal(rc, -1);
			assert_int_equal(e.code, RI_E_IO);
			assert_int_equal(e.sys, rows[i].why);
		}
	}
}

static void test_not_mounted(void **state)
{
	static const struct {
		const char *device, *at;
		enum ri_code code;
		const char *msg;
	} rows[] = {
		{ "/dev/sda3", "/dir", RI_E_IO, "/dev/sda3: no such device" },
		{ "/dev/sda1", "/dir", RI_E_UNSUPPORTED,
		    "/dev/sda1 is mounted twice, or too much is" },
		{ "/dev/sda2", "/", RI_E_UNSUPPORTED, "two file systems for /" },
		{ "/dev/sda2", "/file", RI_E_IO, "/file: Not a directory" },
		{ "/dev/sda2", "/nowhere", RI_E_IO, "/nowhere: No such file or directory" },
		{ "/dev/sda2", "/itself", RI_E_IO, "/itself: Too many levels of symbolic links" },
	};
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	struct ri_err e = { 0 };
	int why = 0;
	VFS v;

	(void)state;
	opened(&v);
	check_err("walk", ri_vfs_walk(&v, "/file", true, &p, &why, &e), &e, RI_E_IO,
	    "/file: nothing is mounted");
	check_err("the first", ri_vfs_mount(&v, "/dev/sda1", "/efi", &e), &e, RI_E_IO,
	    "/efi: No such file or directory");
	e = (struct ri_err){ 0 };
	check_ok("/", ri_vfs_mount(&v, "/dev/sda1", "/", &e), &e);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		e = (struct ri_err){ 0 };
		check_err(rows[i].msg, ri_vfs_mount(&v, rows[i].device, rows[i].at, &e), &e,
		    rows[i].code, rows[i].msg);
		assert_int_equal(v.mounts_n, 1);
	}
}

/* The number of mounts has an end, however many devices a disk has. */
static void test_too_many_mounts(void **state)
{
	struct ri_err e = { 0 };
	VFS v;

	(void)state;
	opened(&v);
	check_ok("/", ri_vfs_mount(&v, "/dev/sda1", "/", &e), &e);
	v.mounts_n = RI_VFS_MOUNTS;
	check_err("one too many", ri_vfs_mount(&v, "/dev/sda2", "/efi", &e), &e, RI_E_UNSUPPORTED,
	    "/dev/sda2 is mounted twice, or too much is");
}

/* What FAT has not, and what is no file system of ours. */
static void test_kinds(void **state)
{
	static const struct ri_fs_inode file = { .ino = 1 };
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs attributes = { 0 };
	uint64_t size = 0, avail = 0;
	struct ri_err e = { 0 };
	RI_BUF to = { 0 };
	struct ri_fs *fs;
	VFS v;

	(void)state;
	assert_true(ri_fs_is_read("ext2") && ri_fs_is_read("ext3") && ri_fs_is_read("vfat"));
	assert_false(ri_fs_is_read("xfs") || ri_fs_is_read(""));
	opened(&v);
	check_ok("FAT", ri_vfs_fs(&v, 1, &fs, &e), &e);
	check_err("link", ri_fs_link(fs, &file, &to, &e), &e, RI_E_UNSUPPORTED, "a symlink on FAT");
	e = (struct ri_err){ 0 };
	check_ok("attributes", ri_fs_xattrs(fs, &file, &attributes, &e), &e);
	assert_int_equal(attributes.n, 0);
	ri_fs_space(fs, &size, &avail);
	assert_in_range(size, avail + 1, 2 << 20);
	v.layout.v[0].type[0] = '\0';
	check_err("unknown", ri_vfs_mount(&v, "/dev/sda1", "/", &e), &e, RI_E_UNSUPPORTED,
	    "/dev/sda1 contains no known file system, which is not read directly");
	e = (struct ri_err){ 0 };
	snprintf(v.layout.v[0].type, strlen("ext4") + 1, "%s", "xfs");
	check_err("xfs", ri_vfs_mount(&v, "/dev/sda1", "/", &e), &e, RI_E_UNSUPPORTED,
	    "/dev/sda1 contains xfs, which is not read directly");
}

/* A disk whose nth read fails. */
struct failing {
	struct ri_image base;
	size_t left;
};

static int failing_read(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	struct failing *f = (struct failing *)i;

	if (f->left > 0 && --f->left == 0)
		return ri_fail(e, RI_E_IO, 0, "the disk is gone");
	assert_int_equal(pread(fd, buf, n, (off_t)at), (ssize_t)n);
	return 0;
}

static void not_freed(struct ri_image *i)
{
	(void)i;
}

static void test_a_disk_that_fails(void **state)
{
	struct failing f = { { failing_read, not_freed, VFS_BYTES }, 0 };
	struct ri_err e = { 0 };
	RI_FD int scratch = ri_scratch_create(&e);
	VFS v = { 0 };
	size_t n;

	(void)state;
	check_ok("opening", ri_vfs_open(&v, &f.base, scratch, &e), &e);
	for (n = 1;; n++) {
		struct vfs_seen seen;
		int rc;

		f.left = n;
		rc = vfs_all(&v, &seen, &e);
		vfs_again(&v);
		if (f.left > 0)
			break;
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_non_null(strstr(e.msg, "the disk is gone"));
		e = (struct ri_err){ 0 };
	}
	check_ok("at the end", 0, &e);
	assert_in_range(n, 20, 1000);
}

/* One that fails while it is opened has no layout; what is freed is free. */
static void test_a_disk_that_is_gone(void **state)
{
	struct failing f = { { failing_read, not_freed, VFS_BYTES }, 1 };
	struct ri_err e = { 0 };
	RI_FD int scratch = ri_scratch_create(&e);
	VFS v = { 0 };

	(void)state;
	check_err("opening", ri_vfs_open(&v, &f.base, scratch, &e), &e, RI_E_IO,
	    "the disk is gone");
	assert_null(v.fs);
}

static int beat(void *arg, struct ri_err *e)
{
	return --*(int *)arg > 0 ? 0 : ri_fail(e, RI_E_CANCELLED, 0, "interrupted");
}

static int enters_nothing(void *arg, const struct ri_vfs_visit *at, struct ri_err *e)
{
	(void)e;
	++*(int *)arg;
	return strcmp(at->path, "/") != 0;
}

static void test_the_walk(void **state)
{
	RI_ON_EXIT(ri_path_free) struct ri_path top = { 0 };
	struct vfs_seen seen = { 0 };
	struct ri_err e = { 0 };
	int beats = 3, entries = 0;
	VFS v;

	(void)state;
	mounted(&v);
	check_ok("/", ri_vfs_find(&v, "/", true, &top, &e), &e);
	check_ok("flat", ri_vfs_tree(&v, &top, enters_nothing, &entries, &e), &e);
	assert_int_equal(entries, 1 + 9);
	v.beat = beat;
	v.beat_arg = &beats;
	check_err("a beat", ri_vfs_tree(&v, &top, vfs_entry, &seen, &e), &e, RI_E_CANCELLED,
	    "interrupted");
	assert_int_equal(seen.entries, 2);
}

/* The ext alone, changed by debugfs, is mounted and walked over. */
static int walk_changed(const char *commands, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path top = { 0 };
	RI_FD int bare = -1;
	struct vfs_seen seen = { 0 };
	VFS v = { 0 };

	VFS_RUN("cp", "ext", "bare");
	spit(tmp_path("commands"), ri_str(commands));
	VFS_RUN("debugfs", "-w", "-f", "commands", "bare");
	bare = open(tmp_path("bare"), O_RDONLY | O_CLOEXEC);
	check_ok("opening", vfs_open(&v, bare, e), e);
	if (ri_vfs_mount(&v, "/dev/sda", "/", e) < 0)
		return -1;
	check_ok("/", ri_vfs_find(&v, "/", true, &top, e), e);
	return ri_vfs_tree(&v, &top, vfs_entry, &seen, e);
}

static void test_hostile_trees(void **state)
{
	static const struct {
		const char *commands, *msg;
	} rows[] = {
		{ "sif <2> mode 0100644", "/dev/sda: its root is not a directory" },
		{ "sif <2> links_count 0",
		    "/dev/sda: inode 2: it is in use, and marked as deleted" },
		{ "sif <2> flags 0x800", "/dev/sda: inode 2: it is encrypted" },
		{ "cd other\nln <2> again", "/other/again: a directory that has another name too" },
		{ "ssv free_blocks_count 1\nssv state 0",
		    "/dev/sda: it was not unmounted cleanly" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		int rc = walk_changed(rows[i].commands, &e);

		check_err(rows[i].commands, rc, &e, RI_E_UNSUPPORTED, rows[i].msg);
	}
}

/* Deeper than a path can say. */
static void test_too_deep(void **state)
{
	RI_BUF commands = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (int i = 0; i < 17; i++)
		ri_buf_addf(&commands, "mkdir %0250d\ncd %0250d\n", i, i);
	assert_int_equal(walk_changed(commands.p, &e), -1);
	assert_int_equal(e.code, RI_E_UNSUPPORTED);
	assert_int_equal(strncmp(e.msg, "a path of more than 4095 bytes, \"/000", 37), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_not_mounted),
		cmocka_unit_test(test_too_many_mounts),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_a_disk_that_fails),
		cmocka_unit_test(test_a_disk_that_is_gone),
		cmocka_unit_test(test_the_walk),
		cmocka_unit_test(test_hostile_trees),
		cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
