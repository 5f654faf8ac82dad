// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Ext file systems that are not read: of other kinds, in need of repair, damaged.
 */
#include "unit/extfs_fixture.h"

#include "format/posixacl.h"

static void test_not_opened(void **state)
{
	static const struct {
		const char *command, *msg;
	} rows[] = {
		{ "feature needs_recovery", "its journal has to be replayed first" },
		{ "ssv journal_dev 5", "its journal is on another device" },
		{ "ssv journal_inum 0", "its journal is on another device" },
		{ "feature journal_dev", "it is the journal of another file system" },
		{ "ssv state 0", "it was not unmounted cleanly" },
		{ "ssv state 3", "it is marked as having errors" },
		{ "ssv state 5", "it was not unmounted cleanly" },
		{ "ssv last_orphan 12", "it has deleted files that are still to be cleaned up" },
		{ "feature orphan_present",
		    "it has deleted files that are still to be cleaned up" },
		{ "ssv creator_os 1", "it was not made by a Linux that is known" },
		{ "ssv rev_level 2", "it was not made by a Linux that is known" },
		{ "ssv checksum_type 2", "its checksums are of an unknown type" },
		{ "feature metadata_csum_seed ^metadata_csum",
		    "it has a seed for checksums, and no checksums" },
		{ "feature mmp", "it has features that are not known: 0x100, 0x0" },
		{ "feature FEATURE_I31", "it has features that are not known: 0x80000000, 0x0" },
		{ "feature FEATURE_R31", "it has features that are not known: 0x0, 0x80000000" },
		{ "feature shared_blocks", "it has features that are not known: 0x0, 0x4000" },
		{ "ssv blocks_count 4097", "it is larger than its device" },
		{ "ssv log_block_size 7", "its superblock is damaged" },
		{ "ssv blocks_per_group 0", "its superblock is damaged" },
		{ "ssv desc_size 128", "its superblock is damaged" },
		{ "ssv blocks_per_group 8\nssv blocks_count 0xfffffff0",
		    "its superblock is damaged" },
		{ "ssv desc_size 33",
		    "it cannot be opened: Block group descriptor size incorrect" },
	};

	(void)state;
	ext_make("ext4", "has_journal", "1024", "256");
	assert_int_equal(rename(tmp_path(EXT_IMAGE), tmp_path("good")), 0);
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		struct ri_err e = { 0 };
		EXT_OPEN x = { 0 };

		RUN(NULL, NULL, NULL, "cp", tmp_path("good"), tmp_path(EXT_IMAGE));
		ext_debugfs(rows[k].command);
		check_err(rows[k].command, ext_open(&x, &e), &e, RI_E_UNSUPPORTED, rows[k].msg);
		assert_null(x.fs);
	}
}

static void test_no_file_system(void **state)
{
	static char bytes[8192];
	struct ri_err e = { 0 };

	(void)state;
	for (size_t n = 0; n <= sizeof bytes; n += 4096) {
		EXT_OPEN x = { 0 };

		spit(tmp_path(EXT_IMAGE), ri_span(bytes, n));
		check_err("zeros", ext_open(&x, &e), &e, RI_E_UNSUPPORTED,
		    n == 0 ? "it is too small for a file system"
			   : "it is not an ext2, ext3 or ext4 file system");
	}
}

/* One such file is enough, and it is named. */
static const struct {
	const char *options, *commands, *msg; /* "inode N: " is put before it */
} bad_files[] = {
	{ "", "sif bytes-1 mode 0", "it is in use, and marked as deleted" },
	{ "", "sif bytes-1 links_count 0", "it is in use, and marked as deleted" },
	{ "", "sif bytes-1 mode 0130644", "it is of an unknown type" },
	{ "", "sif bytes-1 flags 0x80004", "it is compressed" },
	{ "", "sif bytes-1 flags 0x80800", "it is encrypted" },
	{ "", "sif bytes-1 flags 0x180000", "it is protected by verity" },
	{ "", "sif bytes-1 flags 0x40080000", "it is a directory that folds case" },
	{ "", "sif bytes-1 flags 0x280000", "it is an attribute's value, and a file" },
	{ "", "sif bytes-1 flags 0x10000000", "it has inline data, which the file system has not" },
	{ "inline_data", "sif bytes-1 flags 0x10000000\nsif bytes-1 extra_isize 128",
	    "its inline data is not there" },
	{ "inline_data", "sif bytes-1 size 61", "it is larger than its inline data" },
	{ "", "sif bytes-1 extra_isize 132", "its fields do not fit into it" },
	{ "", "sif bytes-1 extra_isize 30", "its fields do not fit into it" },
	{ "", "sif bytes-1 size 0x7ffffffffff", "it is larger than a file can be" },
	{ "", "sif bytes-1 mtime_extra 0xee6b2800",
	    "its time has more than a second of nanoseconds" },
	{ "", "sif bytes-1 block[0] 0", "its extents are damaged" },
	{ "", "sif bytes-1 block[0] 0x5f30a", "its extents are damaged" },
	{ "", "sif bytes-1 block[1] 6", "its extents are damaged" },
	{ "", "sif bytes-1 block[1] 0x60004", "its extents are damaged" },
	{ "", "sif bytes-1 block[4] 0", "its extents are not in order" },
	{ "", "sif bytes-1 block[5] 4096", "it points to a block that is not there" },
	{ "", "sif bytes-1 block[5] 0", "it points to a block that is not there" },
	{ "", "sif bytes-300000 block[0] 0x2f30a\nsif bytes-300000 block[6] 5",
	    "its extents are not in order" },
	{ "^extent,^64bit,^metadata_csum", "sif bytes-1 block[0] 4096",
	    "it points to a block that is not there" },
	{ "^extent,^64bit,^metadata_csum", "sif bytes-300000 block[IND] 9999",
	    "it points to a block that is not there" },
	{ "", "sif bytes-1 file_acl 5000", "it points to a block that is not there" },
	{ "", "sif link size 0", "it is a symlink of an impossible length" },
	{ "", "sif link size 13", "it is a symlink with a NUL inside" },
	{ "", "sif link size 60", "it is a symlink of an impossible length" },
	{ "", "sif link size 4096", "it is a symlink of an impossible length" },
	{ "", "sif link size 1024", "it is a symlink of an impossible length" },
	{ "inline_data", "sif link flags 0x10000000", "its inline data is not there" },
	{ "^extent,^64bit,^metadata_csum", "sif slow block[0] 0",
	    "it has a hole where none can be" },
	{ "^extent,^64bit,^metadata_csum", "sif slow block[0] 4096",
	    "it points to a block that is not there" },
	{ "^extent,^64bit,^metadata_csum", "sif bytes-1 flags 0x80000",
	    "it has extents, which the file system has not" },
	{ "", "sif bytes-1 block[3] 0xffffffff", "its extents are not in order" },
	{ "", "sif pieces block[0] 0xf30a", "its extents are damaged" },
	{ "", "sif pieces block[1] 0x20004", "its extents are damaged" },
	{ "", "sif pieces block[4] 4090", "its extents are damaged" },
	{ "", "sif pieces block[4] 9999", "it points to a block that is not there" },
	{ "", "sif pieces block[0] 0x2f30a\nsif pieces block[6] 0",
	    "its extents are not in order" },
	{ "",
	    "sif bytes-1 size 6144000\nsif bytes-1 block[0] 0x2f30a\nsif bytes-1 block[1] 4\n"
	    "sif bytes-1 block[4] 3000\nsif bytes-1 block[5] 100\nsif bytes-1 block[6] 3000\n"
	    "sif bytes-1 block[7] 3000\nsif bytes-1 block[8] 100",
	    "it has more blocks than the file system" },
	{ "", "sif many block[0] 0x1f30a\nsif many block[3] 1", "it has a hole where none can be" },
	{ "", "sif many size 0x10000000", "it is of an impossible size" },
	{ "inline_data", "sif dir size 100", "it is not as large as its inline data" },
	{ "inline_data", "sif dir extra_isize 128", "its inline data is not there" },
	{ "", "ea_set link user.x x\nsif link links_count 1",
	    "it has an attribute that it cannot have" },
	{ "", "sif many size 100", "it is of an impossible size" },
	{ "", "sif many size 0", "it is of an impossible size" },
	{ "", "sif many size 0x100000", "it has a hole where none can be" },
	{ "", "sif bytes-1 mode 040755", "it is of an impossible size" },
	{ "", "sif bytes-5000 mode 040755\nsif bytes-5000 size 4096", "its entries are damaged" },
};

static void test_files(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof bad_files / sizeof *bad_files; k++) {
		char path[32], want[200];
		struct ri_err e = { 0 };
		EXT_OPEN x = { 0 };

		ext_make("ext4",
		    bad_files[k].options[0] ? bad_files[k].options : "^metadata_csum,^has_journal",
		    "1024", "256");
		ext_debugfs(bad_files[k].commands);
		check_ok("open", ext_open(&x, &e), &e);
		assert_int_equal(sscanf(bad_files[k].commands, "%*s %31s", path), 1);
		snprintf(want, sizeof want, "inode %u: %s", ext_find(x.fs, path), bad_files[k].msg);
		check_err(bad_files[k].commands, ext_walk(x.fs, RI_FS_ROOT, &e), &e,
		    RI_E_UNSUPPORTED, want);
	}
}

/* Bytes of the image exchanged: what they are found by, and what instead. */
static void test_names_damaged(void **state)
{
	static const struct {
		const char *name;
		struct ri_span is, becomes;
		const char *msg;
	} rows[] = {
		{ "slash", BYTES("name-17"), BYTES("nam/-17"), "a name in it cannot be one" },
		{ "NUL", BYTES("name-17"), BYTES("nam\0-17"), "a name in it cannot be one" },
		{ "twice", BYTES("name-171"), BYTES("name-172"),
		    "two files in it have the same name" },
		{ "dot", BYTES("\1\1linked"), BYTES("\1\1.inked"), "a name in it cannot be one" },
		{ "empty", BYTES("\6\1linked"), BYTES("\0\1linked"), "a name in it cannot be one" },
		{ "dot dot", BYTES("\6\1linked"), BYTES("\2\1..nked"),
		    "a name in it cannot be one" },
		{ "long", BYTES("\7\1name-17"), BYTES("\xff\1name-17"), "its entries are damaged" },
		{ "without dots", BYTES("\1\2.\0\0\0\2\0\0\0"), BYTES("\1\2a\0\0\0\2\0\0\0"),
		    "it does not begin with . and .." },
	};

	(void)state;
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		struct ri_err e = { 0 };
		RI_BUF bytes = { 0 };
		EXT_OPEN x = { 0 };
		char *at;

		ext_make("ext4", "^metadata_csum,^has_journal,^dir_index", "1024", "256");
		slurp(tmp_path(EXT_IMAGE), &bytes);
		at = memmem(bytes.p, bytes.n, rows[k].is.p, rows[k].is.n);
		if (strcmp(rows[k].name, "dot") == 0)
			at = memmem(bytes.p, bytes.n, "\6\1linked", 8);
		assert_non_null(at);
		memcpy(at, rows[k].becomes.p, rows[k].becomes.n);
		spit(tmp_path(EXT_IMAGE), ri_buf_span(&bytes));
		check_ok(rows[k].name, ext_open(&x, &e), &e);
		assert_int_equal(ext_walk(x.fs, RI_FS_ROOT, &e), -1);
		if (e.code != RI_E_UNSUPPORTED || !strstr(e.msg, rows[k].msg))
			fail_msg("%s: said [%s], want [%s]", rows[k].name, e.msg, rows[k].msg);
	}
}

/*
 * Other bytes before or behind what they are found by: attributes in the inode, in a block, and in an inode of
 * their own; names; a node of extents.
 */
static const struct {
	const char *options, *commands; /* %s: a file of 1200 bytes */
	struct ri_span is;
	int at;
	struct ri_span becomes;
	const char *msg;
} patches[] = {
#define NEAR "^ea_inode", "ea_set bytes-1 user.tagged VALUE1"
	{ NEAR, BYTES("tagged"), -16, BYTES("\xff"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), -16, BYTES("\x44"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), -8, BYTES("\0\0\2\0"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), -8, BYTES("\x40"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), -14, BYTES("\0\0"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), -14, BYTES("\xff\xff"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), -12, BYTES("\x0c"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), 2, BYTES("\0"), "its attributes are damaged" },
	{ NEAR, BYTES("tagged"), -15, BYTES("\5"), "it has an attribute of an unknown kind" },
	{ NEAR, BYTES("tagged"), -15, BYTES("\xff"), "it has an attribute of an unknown kind" },
	{ NEAR, BYTES("tagged"), -15, BYTES("\2"), "it has an attribute that it cannot have" },
	{ NEAR, BYTES("tagged"), -16, BYTES("\0\1\x54\0\0\0\0\0\6\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	    "it has an attribute that it cannot have" },
	{ "^ea_inode", "ea_set bytes-1 user.tagged 1\nea_set bytes-1 user.tagger 2",
	    BYTES("tagger"), 5, BYTES("d"), "it has an attribute twice" },
#define BLOCK "^ea_inode", "ea_set -f %s.400 bytes-1 user.tagged"
#define BLOCK_HEAD BYTES("\0\0\2\xea\1\0\0\0\1\0\0\0")
	{ BLOCK, BLOCK_HEAD, 2, BYTES("\1"),
	    "its attributes are damaged" }, /* of a form before ours */
	{ BLOCK, BLOCK_HEAD, 8, BYTES("\2"), "reading its attributes: " },
#define FAR "ea_inode", "ea_set -f %s bytes-1 user.tagged"
	{ FAR, BYTES("tagged"), -12, BYTES("\2\0\0\0"),
	    "an attribute's value is not where it should be" },
	{ FAR, BYTES("tagged"), -12, BYTES("\x0b\0\0\0"),
	    "an attribute's value is not where it should be" },
	{ FAR, BYTES("tagged"), -12, BYTES("\5\0\0\0"), "it is reserved, and a file" },
	{ FAR, BYTES("tagged"), -8, BYTES("\xff\3"),
	    "an attribute's value is not where it should be" },
	{ FAR, BYTES("VVVVVVVV"), 3, BYTES("W"), "an attribute's value has a wrong checksum" },
#define LINKED "^dir_index", "", BYTES("\6\1linked")
	{ LINKED, -6, BYTES("\xff\xff"), "a name in it is of an inode that is not there" },
	{ LINKED, -6, BYTES("\x08\0"), "it is reserved, and a file" },
	{ LINKED, -2, BYTES("\4\0"), "its entries are damaged" },
	{ LINKED, -2, BYTES("\x0e\0"), "its entries are damaged" },
	{ LINKED, -2, BYTES("\xe4\3"), "its entries are damaged" },
	{ "^dir_index", "", BYTES("\1\2.\0\0\0\2\0\0\0"), -6, BYTES("\0\0\0\0"),
	    "it does not begin with . and .." },
	{ "inline_data", "", BYTES("\6\1linked"), -2, BYTES("\4\0"), "its entries are damaged" },
	{ "extent", "", BYTES("\x0a\xf3\6\0"), 2, BYTES("\0"), "its extents are damaged" },
#undef NEAR
#undef BLOCK
#undef BLOCK_HEAD
#undef FAR
#undef LINKED
};

static void test_patches(void **state)
{
	static char value[1200];

	(void)state;
	memset(value, 'V', sizeof value);
	spit(tmp_path("value"), ri_span(value, sizeof value));
	spit(tmp_path("value.400"), ri_span(value, 400));
	for (size_t k = 0; k < sizeof patches / sizeof *patches; k++) {
		char commands[300], options[80];
		struct ri_err e = { 0 };
		RI_BUF bytes = { 0 };
		EXT_OPEN x = { 0 };
		char *at;

		snprintf(options, sizeof options, "^metadata_csum,^has_journal,%s",
		    patches[k].options);
		snprintf(commands, sizeof commands, patches[k].commands, tmp_path("value"));
		ext_make("ext4", options, "1024", "256");
		ext_debugfs(commands);
		slurp(tmp_path(EXT_IMAGE), &bytes);
		at = memmem(bytes.p, bytes.n, patches[k].is.p, patches[k].is.n);
		if (!at)
			fail_msg("row %zu: %s is not there", k, patches[k].is.p);
		memcpy(at + patches[k].at, patches[k].becomes.p, patches[k].becomes.n);
		spit(tmp_path(EXT_IMAGE), ri_buf_span(&bytes));
		check_ok("open", ext_open(&x, &e), &e);
		assert_int_equal(ext_walk(x.fs, RI_FS_ROOT, &e), -1);
		if (e.code != RI_E_UNSUPPORTED || !strstr(e.msg, patches[k].msg))
			fail_msg("row %zu: said [%s], want [%s]", k, e.msg, patches[k].msg);
	}
}

/* A bit anywhere in metadata shows where there are checksums. */
static void test_checksums(void **state)
{
	static const struct {
		const char *what, *needle;
		size_t skip;
		const char *msg;
	} rows[] = {
		{ "superblock", "VOLUME", 0, "superblock" },
		{ "group", NULL, 2048 + 20, "the descriptor of group 0 has a wrong checksum" },
		{ "inode", "to/somewhere", 3, "checksum" },
		{ "directory", "name-17", 3, "checksum" },
		{ "attributes", "LONG-VALUE", 3, "checksum" },
		{ "extents", "\x0a\xf3\6", 8, "its extents have a wrong checksum" },
	};

	(void)state;
	memcpy(ext_noise, "LONG-VALUE", 10);
	spit(tmp_path("value"), ri_span(ext_noise, 400));
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		struct ri_err e = { 0 };
		RI_BUF command = { 0 };
		RI_BUF bytes = { 0 };
		EXT_OPEN x = { 0 };
		char *at;

		ext_make("ext4", "metadata_csum,^has_journal", "1024", "256");
		ri_buf_addf(&command, "ssv volume_name VOLUME\nea_set -f %s bytes-1 user.long\n",
		    tmp_path("value"));
		ext_debugfs(command.p);
		slurp(tmp_path(EXT_IMAGE), &bytes);
		at = rows[k].needle
			 ? memmem(bytes.p, bytes.n, rows[k].needle, strlen(rows[k].needle))
			 : bytes.p;
		assert_non_null(at);
		at[rows[k].skip] ^= 1;
		spit(tmp_path(EXT_IMAGE), ri_buf_span(&bytes));
		if (ext_open(&x, &e) == 0)
			assert_int_equal(ext_walk(x.fs, RI_FS_ROOT, &e), -1);
		if (e.code != RI_E_UNSUPPORTED || !strstr(e.msg, rows[k].msg))
			fail_msg("%s: said [%s], want [%s]", rows[k].what, e.msg, rows[k].msg);
	}
}

static void test_xattrs_damaged(void **state)
{
	static const struct {
		const char *name, *attr;
		struct ri_span raw;
		const char *msg;
	} rows[] = {
		{ "version", RI_ACL_ACCESS, BYTES("\2\0\0\0\1\0\6\0"), "its ACL is damaged" },
		{ "no lines", RI_ACL_ACCESS, BYTES("\1\0\0\0"), "its ACL is damaged" },
		{ "half a line", RI_ACL_ACCESS, BYTES("\1\0\0\0\1\0"), "its ACL is damaged" },
		{ "no id", RI_ACL_ACCESS, BYTES("\1\0\0\0\2\0\6\0"), "its ACL is damaged" },
		{ "tag", RI_ACL_ACCESS, BYTES("\1\0\0\0\3\0\6\0"), "its ACL is damaged" },
		{ "rights", RI_ACL_DEFAULT, BYTES("\1\0\0\0\1\0\10\0"), "its ACL is damaged" },
	};

	(void)state;
	for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
		struct ri_err e = { 0 };
		RI_BUF command = { 0 };
		EXT_OPEN x = { 0 };
		char want[200];

		ext_make("ext4", "^has_journal", "1024", "256");
		spit(tmp_path("value"), rows[k].raw);
		ri_buf_addf(&command, "ea_set -r -f %s bytes-1 %s\n", tmp_path("value"),
		    rows[k].attr);
		ext_debugfs(command.p);
		check_ok(rows[k].name, ext_open(&x, &e), &e);
		snprintf(want, sizeof want, "inode %u: %s", ext_find(x.fs, "bytes-1"), rows[k].msg);
		check_err(rows[k].name, ext_walk(x.fs, RI_FS_ROOT, &e), &e, RI_E_UNSUPPORTED, want);
	}
}

static void poke(uint64_t at, const void *p, size_t n)
{
	int fd = open(tmp_path(EXT_IMAGE), O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, p, n, (off_t)at), (ssize_t)n);
	close(fd);
}

/* Millions of blocks of pointers in two: a walk through them ends. */
static void test_map_without_end(void **state)
{
	static const uint32_t top = 4090, middle = 4091, last = 4092;
	uint32_t pointers[256];
	char want[100];
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };

	(void)state;
	ext_make("ext4", "^extent,^64bit,^metadata_csum,^has_journal", "1024", "256");
	ext_debugfs("sif bytes-1 block[TIND] 4090\nsif bytes-1 size 0x7fffffff\n");
	for (size_t i = 0; i < 256; i++)
		pointers[i] = middle;
	poke(top * 1024, pointers, sizeof pointers);
	for (size_t i = 0; i < 256; i++)
		pointers[i] = last;
	poke(middle * 1024, pointers, sizeof pointers);
	check_ok("open", ext_open(&x, &e), &e);
	snprintf(want, sizeof want, "inode %u: it has more blocks than the file system",
	    ext_find(x.fs, "bytes-1"));
	check_err("map", ext_walk(x.fs, RI_FS_ROOT, &e), &e, RI_E_UNSUPPORTED, want);
}

/* Inodes that would be beyond the disk's end. */
static void test_tables_that_are_not_there(void **state)
{
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };

	(void)state;
	ext_make("ext4", "^metadata_csum,^uninit_bg,^has_journal", "1024", "256");
	ext_debugfs("set_bg 0 inode_table 4095");
	check_ok("open", ext_open(&x, &e), &e);
	check_err("inode table", ext_walk(x.fs, RI_FS_ROOT, &e), &e, RI_E_UNSUPPORTED,
	    "inode 2: reading it: Corrupt group descriptor: bad block for inode table");
}

/* The last piece that is read at once is a shorter one. */
static void test_the_end_of_the_disk(void **state)
{
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };

	(void)state;
	ext_make("ext4", "^metadata_csum,^has_journal", "1024", "256");
	RUN(NULL, NULL, NULL, "truncate", "-s", "4080K", tmp_path(EXT_IMAGE));
	ext_debugfs("ssv blocks_count 4080\nsif bytes-1 file_acl 4079");
	check_ok("open", ext_open(&x, &e), &e);
	check_err("the end", ext_walk(x.fs, RI_FS_ROOT, &e), &e, RI_E_UNSUPPORTED,
	    "inode 13: reading its attributes: Extended attribute block has a bad header");
}

/* What no directory leads to, but a caller may have got wrong. */
static void test_asked_for_something_else(void **state)
{
	static const struct ri_fs_inode none = { .ino = 0 };
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs attributes = { 0 };
	struct ext_bytes bytes = { 0 };
	struct ri_fs_inode i;
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };
	RI_BUF to = { 0 };
	size_t failed = 0;

	(void)state;
	ext_make("ext4", "^has_journal", "1024", "256");
	check_ok("open", ext_open(&x, &e), &e);
	failed += ri_extfs_inode(x.fs, 0, &i, &e) < 0;
	assert_string_equal(e.msg, "inode 0: it is reserved, and a file");
	failed += ri_extfs_data(x.fs, &none, ext_collect, &bytes, &e) < 0;
	failed += ri_extfs_link(x.fs, &none, &to, &e) < 0;
	failed += ri_extfs_names(x.fs, 0, &names, &e) < 0;
	failed += ri_extfs_xattrs(x.fs, &none, &attributes, &e) < 0;
	assert_int_equal(failed, 5);
	i = ext_stat(x.fs, "dir");
	failed += ri_extfs_data(x.fs, &i, ext_collect, &bytes, &e) < 0;
	assert_non_null(strstr(e.msg, "it is not a regular file"));
	failed += ri_extfs_link(x.fs, &i, &to, &e) < 0;
	assert_non_null(strstr(e.msg, "it is not a symlink"));
	failed += ri_extfs_names(x.fs, ext_find(x.fs, "link"), &names, &e) < 0;
	assert_non_null(strstr(e.msg, "it is not a directory"));
	assert_int_equal(failed, 8);
	assert_int_equal(bytes.came + to.n + names.n + attributes.n, 0);
}

/* An image whose nth read fails, whatever it is for, is not damaged. */
struct failing {
	struct ri_image base;
	struct ri_image *below;
	unsigned left;
};

static int failing_read(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	struct failing *f = (struct failing *)i;

	if (f->left-- == 0)
		return ri_fail(e, RI_E_IO, 0, "the disk is gone");
	return f->below->read(f->below, at, buf, n, e);
}

static void test_image_fails(void **state)
{
	struct ri_err e = { 0 };
	EXT_OPEN x = { 0 };
	unsigned n = 0;

	(void)state;
	ext_make("ext4", "inline_data", "1024", "256");
	check_ok("open", ext_open(&x, &e), &e);
	for (;; n++) {
		RI_ON_EXIT(ri_extfs_closep) struct ri_extfs *fs = NULL;
		struct failing f = { { failing_read, NULL, x.image->size }, x.image, n };

		if (ri_extfs_open(&f.base, &fs, &e) == 0 && ext_walk(fs, RI_FS_ROOT, &e) == 0)
			break;
		assert_string_equal(e.msg, "the disk is gone");
		assert_int_equal(e.code, RI_E_IO);
		e = (struct ri_err){ 0 };
	}
	assert_in_range(n, 5, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_opened),
		cmocka_unit_test(test_no_file_system),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_names_damaged),
		cmocka_unit_test(test_patches),
		cmocka_unit_test(test_map_without_end),
		cmocka_unit_test(test_tables_that_are_not_there),
		cmocka_unit_test(test_the_end_of_the_disk),
		cmocka_unit_test(test_asked_for_something_else),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_xattrs_damaged),
		cmocka_unit_test(test_image_fails),
	};

	return cmocka_run_group_tests(tests, ext_tree, tmp_tear_down);
}
