// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is read of ext file systems; what is refused is in test_extfsbad.c, and tests/guest/extfs.py
 * compares more with what the kernel shows.
 */
#include "unit/extfs_fixture.h"
#include "fs/ext_data.h"
#include "fs/ext_dir.h"
#include "fs/ext_xattr.h"

#include "format/posixacl.h"

static const struct {
	const char *name, *type, *options, *block, *inode;
} kinds[] = {
	{ "ext2", "ext2", "^dir_index", "1024", "128" },
	{ "ext2, large blocks", "ext2", "^resize_inode", "4096", "256" },
	{ "ext3", "ext3", "^resize_inode", "1024", "256" },
	{ "ext4", "ext4", "64bit,metadata_csum", "1024", "256" },
	{ "ext4, large blocks", "ext4", "metadata_csum", "4096", "256" },
	{ "ext4, old", "ext4", "^64bit,^metadata_csum,uninit_bg", "1024", "128" },
	{ "inline data", "ext4", "inline_data", "1024", "256" },
	{ "large inodes", "ext4", "inline_data,ea_inode", "4096", "1024" },
	{ "clusters", "ext4", "bigalloc,^resize_inode", "1024", "256" },
	{ "large directories", "ext4", "large_dir", "1024", "256" },
	{ "a seed", "ext4", "metadata_csum,metadata_csum_seed", "1024", "256" },
	{ "the largest blocks", "ext4", "^resize_inode", "65536", "256" },
	{ "the largest blocks, without extents", "ext2", "^resize_inode", "65536", "256" },
};

static void same_data(const char *name, struct ri_extfs *fs, const char *path)
{
	struct ri_fs_inode i = ext_stat(fs, path + strlen("tree/"));
	struct ext_bytes got = { 0 };
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };

	slurp(tmp_path(path), &want);
	assert_int_equal(i.size, want.n);
	check_ok(name, ri_extfs_data(fs, &i, ext_collect, &got, &e), &e);
	if (strcmp(path, "tree/holes") == 0) {
		assert_in_range(got.came, 14, 3 * 65536);
	} else {
		assert_int_equal(got.came, want.n);
	}
	if (got.b.n != want.n || (want.n > 0 && memcmp(got.b.p, want.p, want.n) != 0))
		fail_msg("%s: %s has other data", name, path);
	ri_buf_free(&got.b);
}

static void same_tree(const char *name, struct ri_extfs *fs)
{
	static const char *const files[] = { "tree/bytes-0", "tree/bytes-1", "tree/bytes-60",
		"tree/bytes-61", "tree/bytes-150", "tree/bytes-5000", "tree/bytes-300000",
		"tree/holes", "tree/dir/linked", "tree/many/name-199" };
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	struct ri_fs_inode i;
	struct ri_err e = { 0 };
	RI_BUF to = { 0 };

	for (size_t k = 0; k < sizeof files / sizeof *files; k++) {
		struct stat st;

		same_data(name, fs, files[k]);
		assert_int_equal(stat(tmp_path(files[k]), &st), 0);
		i = ext_stat(fs, files[k] + strlen("tree/"));
		assert_int_equal(i.mode, st.st_mode);
		assert_int_equal(i.mtime, st.st_mtim.tv_sec);
		assert_int_equal(i.uid, st.st_uid);
		assert_int_equal(i.links, st.st_nlink);
	}
	i = ext_stat(fs, "link");
	check_ok(name, ri_extfs_link(fs, &i, &to, &e), &e);
	check_span(name, ri_buf_span(&to), ri_str("to/somewhere"));
	assert_int_equal(i.size, to.n);
	assert_int_equal(ext_stat(fs, "many").mode, S_IFDIR | 01777);
	assert_int_equal(ext_find(fs, "dir/linked"), ext_find(fs, "bytes-61"));
	check_ok(name, ri_extfs_names(fs, ext_find(fs, "many"), &names, &e), &e);
	assert_int_equal(names.n, 200);
	for (size_t k = 1; k < names.n; k++)
		assert_true(strcmp(names.v[k - 1].name, names.v[k].name) < 0);
}

static void test_kinds(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		uint64_t size, avail;
		struct ri_err e = { 0 };
		EXT_OPEN x = { 0 };

		ext_make(kinds[k].type, kinds[k].options, kinds[k].block, kinds[k].inode);
		check_ok(kinds[k].name, ext_open(&x, &e), &e);
		same_tree(kinds[k].name, x.fs);
		check_ok(kinds[k].name, ext_walk(x.fs, RI_FS_ROOT, &e), &e);
		ri_extfs_space(x.fs, &size, &avail);
		assert_in_range(size, EXT_BYTES / 2, EXT_BYTES - 1);
		assert_in_range(avail, 1, size);
	}
}

static const struct {
	const char *commands;
	struct ri_fs_inode want; /* what is not 0 */
} fields[] = {
	{ "sif bytes-1 uid 70000\nsif bytes-1 gid 4294967294\n",
	    { .uid = 70000, .gid = 4294967294u } },
	{ "sif bytes-1 mtime @0xffffffff\nsif bytes-1 mtime_extra 0x77359400\n",
	    { .mtime = -1, .mtime_nsec = 500000000 } },
	{ "sif bytes-1 mtime @0x80000000\nsif bytes-1 mtime_extra 4\n",
	    { .mtime = -2147483648LL, .mtime_nsec = 1 } },
	{ "sif bytes-1 mtime @0x80000000\nsif bytes-1 mtime_extra 1\n", { .mtime = 2147483648LL } },
	{ "sif bytes-1 mtime @0x7fffffff\nsif bytes-1 mtime_extra 0xee6b27ff\n",
	    { .mtime = 15032385535LL, .mtime_nsec = 999999999 } },
	/* Without room for it, nothing is there. */
	{ "sif bytes-1 mtime @0x80000000\nsif bytes-1 mtime_extra 5\n"
	  "sif bytes-1 extra_isize 8\n",
	    { .mtime = -2147483648LL } },
	/* The old encoding, then the new one. */
	{ "sif bytes-1 mode 020600\nsif bytes-1 block[0] 0xfe03\n",
	    { .mode = S_IFCHR | 0600, .dev_major = 0xfe, .dev_minor = 3 } },
	{ "sif bytes-1 mode 060600\nsif bytes-1 block[0] 0\n"
	  "sif bytes-1 block[1] 0xfffabcde\n",
	    { .mode = S_IFBLK | 0600, .dev_major = 0xabc, .dev_minor = 0xfffde } },
	{ "sif bytes-1 size 0x200000001\n", { .size = 0x200000001 } },
	{ "sif bytes-1 links_count 65000\n", { .links = 65000 } },
	{ "sif bytes-1 mode 0140600\n", { .mode = S_IFSOCK | 0600 } },
	{ "sif bytes-1 mode 0010600\n", { .mode = S_IFIFO | 0600 } },
	{ "sif bytes-1 flags 0xC0000\nsif bytes-1 blocks 3\n", { .blocks = 6 } },
};

static void test_fields(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
		const struct ri_fs_inode *want = &fields[k].want;
		struct ri_fs_inode got;
		struct ri_err e = { 0 };
		EXT_OPEN x = { 0 };

		ext_make("ext4", "metadata_csum", "1024", "256");
		ext_debugfs(fields[k].commands);
		check_ok(fields[k].commands, ext_open(&x, &e), &e);
		got = ext_stat(x.fs, "bytes-1");
		if ((want->uid && (got.uid != want->uid || got.gid != want->gid)) ||
		    (want->mtime &&
			(got.mtime != want->mtime || got.mtime_nsec != want->mtime_nsec)) ||
		    (want->mode && (got.mode != want->mode || got.dev_major != want->dev_major ||
				       got.dev_minor != want->dev_minor)) ||
		    (want->size && got.size != want->size) ||
		    (want->blocks && got.blocks != want->blocks) ||
		    (want->links && got.links != want->links))
			fail_msg(
			    "%s: mode %o, uid %u, gid %u, links %u, size %llu, mtime %lld.%09u, "
			    "device %x:%x",
			    fields[k].commands, got.mode, got.uid, got.gid, got.links,
			    (unsigned long long)got.size, (long long)got.mtime, got.mtime_nsec,
			    got.dev_major, got.dev_minor);
	}
}

/* What there is behind a file's end, and what is there and not written, is not the file's. */
static void test_ends(void **state)
{
	static const struct {
		const char *path, *commands;
		uint64_t size, came;
	} rows[] = {
		{ "holes", "sif holes size 5", 5, 5 },
		{ "bytes-5000", "sif bytes-5000 size 1000", 1000, 1000 },
		{ "bytes-1", "sif bytes-1 block[4] 0x8001", 1, 0 },
		{ "pieces", "sif pieces size 0x40001", 0x40001, 1025 },
	};

	(void)state;
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		struct ext_bytes got = { 0 };
		struct ri_fs_inode i;
		struct ri_err e = { 0 };
		EXT_OPEN x = { 0 };

		ext_make("ext4", "^has_journal", "1024", "256");
		ext_debugfs(rows[k].commands);
		check_ok(rows[k].commands, ext_open(&x, &e), &e);
		i = ext_stat(x.fs, rows[k].path);
		check_ok(rows[k].commands, ri_extfs_data(x.fs, &i, ext_collect, &got, &e), &e);
		assert_int_equal(i.size, rows[k].size);
		assert_int_equal(got.came, rows[k].came);
		ri_buf_free(&got.b);
	}
}

/* A journal that says it is larger than all leaves no room, and nothing goes round. */
static void test_no_room(void **state)
{
	uint64_t size = 1, avail = 1;
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };

	(void)state;
	ext_make("ext4", "has_journal", "1024", "256");
	ext_debugfs("sif <8> size 0x10000000");
	check_ok("open", ext_open(&x, &e), &e);
	ri_extfs_space(x.fs, &size, &avail);
	assert_int_equal(size, 0);
	assert_in_range(avail, 1, EXT_BYTES);
}

#define ACL_SHOWN                                                                                  \
	"\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\7\0\xd2\4\0\0\4\0\4\0\xff\xff\xff\xff"               \
	"\20\0\7\0\xff\xff\xff\xff\40\0\0\0\xff\xff\xff\xff"

static void test_xattrs(void **state)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs got = { 0 };
	static const struct {
		const char *name;
		struct ri_span value;
	} want[] = {
		{ "security.selinux", BYTES("system_u:object_r:etc_t:s0\0") },
		{ RI_ACL_ACCESS, BYTES(ACL_SHOWN) },
		{ "trusted.t", BYTES("t") },
		{ "user.empty", BYTES("") },
		{ "user.long", { ext_noise, 400 } },
	};
	RI_BUF commands = { 0 };
	struct ri_fs_inode i;
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };

	(void)state;
	ext_make("ext4", "inline_data", "1024", "256");
	for (size_t k = sizeof want / sizeof *want; k-- > 0;) {
		char file[32];

		snprintf(file, sizeof file, "value-%zu", k);
		spit(tmp_path(file), want[k].value);
		ri_buf_addf(&commands, "ea_set -f %s bytes-60 %s\n", tmp_path(file), want[k].name);
	}
	ext_debugfs(commands.p);
	check_ok("open", ext_open(&x, &e), &e);
	i = ext_stat(x.fs, "bytes-60");
	check_ok("xattrs", ri_extfs_xattrs(x.fs, &i, &got, &e), &e);
	assert_int_equal(got.n, sizeof want / sizeof *want);
	for (size_t k = 0; k < got.n; k++) {
		assert_string_equal(got.v[k].name, want[k].name);
		check_span(want[k].name, ri_buf_span(&got.v[k].value), want[k].value);
	}
}

/* A value that a block has no room for lies in an inode of its own. */
static void test_large_xattr(void **state)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs got = { 0 };
	struct ri_fs_inode i;
	struct ri_err e = { 0 };
	RI_BUF command = { 0 };
	EXT_OPEN x = { 0 };

	(void)state;
	ext_make("ext4", "ea_inode", "1024", "256");
	spit(tmp_path("value"), ri_span(ext_noise, 1024));
	ri_buf_addf(&command, "ea_set -f %s bytes-60 user.large\n", tmp_path("value"));
	ext_debugfs(command.p);
	check_ok("open", ext_open(&x, &e), &e);
	i = ext_stat(x.fs, "bytes-60");
	check_ok("xattrs", ri_extfs_xattrs(x.fs, &i, &got, &e), &e);
	assert_int_equal(got.n, 1);
	check_span("large", ri_buf_span(&got.v[0].value), ri_span(ext_noise, 1024));
}

static int stop(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	(void)at, (void)bytes, (void)e;
	++*(int *)arg;
	return 7;
}

/* Who takes the bytes may have no room for them. */
static int no_room(void *arg, size_t n, char **p, struct ri_err *e)
{
	(void)n, (void)p, (void)e;
	return ++*(int *)arg < 3 ? 7 : -1;
}

static void test_stopped(void **state)
{
	struct ri_fs_inode i;
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };
	int calls = 0;
	const struct ri_fs_sink to = { no_room, stop, &calls };

	(void)state;
	ext_make("ext4", "inline_data", "1024", "256");
	check_ok("open", ext_open(&x, &e), &e);
	i = ext_stat(x.fs, "bytes-300000");
	assert_int_equal(ri_extfs_data(x.fs, &i, stop, &calls, &e), 7);
	i = ext_stat(x.fs, "bytes-1");
	assert_int_equal(ri_extfs_data(x.fs, &i, stop, &calls, &e), 7);
	assert_int_equal(calls, 2);
	i = ext_stat(x.fs, "bytes-300000");
	calls = 1;
	assert_int_equal(ri_extfs_data_to(x.fs, &i, &to, &e), 7);
	assert_int_equal(ri_extfs_data_to(x.fs, &i, &to, &e), -1);
	assert_int_equal(calls, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_xattrs),
		cmocka_unit_test(test_large_xattr),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, ext_tree, tmp_tear_down);
}
