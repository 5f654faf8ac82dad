// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ACLs between the kernel's attribute and libarchive's entry, and what a tree needs in a tmpfs.
 */
#include "unit/check.h"

#include <archive.h>
#include <archive_entry.h>

#include "format/posixacl.h"
#include "pack/tmpfs_need.h"

#define V2 "\2\0\0\0"
#define ALL "\xff\xff\xff\xff"

static const struct {
	const char *name;
	struct ri_span value;
} good[] = {
	{ "a user", BYTES(V2 "\1\0\6\0" ALL "\2\0\7\0\41\0\0\0\4\0\4\0" ALL "\20\0\7\0" ALL
			     "\40\0\0\0" ALL) },
	{ "users and groups",
	    BYTES(V2 "\1\0\7\0" ALL "\2\0\1\0\0\0\0\0\2\0\2\0\xff\xff\xff\x7f\4\0\0\0" ALL
		     "\10\0\4\0\1\0\0\0\10\0\5\0\2\0\0\0\20\0\7\0" ALL "\40\0\1\0" ALL) },
};

static void test_round_trip(void **state)
{
	static const int types[] = { ARCHIVE_ENTRY_ACL_TYPE_ACCESS,
		ARCHIVE_ENTRY_ACL_TYPE_DEFAULT };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		for (size_t t = 0; t < 2; t++) {
			struct archive_entry *entry = archive_entry_new();
			struct ri_err e = { 0 };
			RI_BUF got = { 0 };

			archive_entry_set_mode(entry, AE_IFREG | 0777);
			assert_true(ri_posixacl_speakable(good[i].value));
			check_ok(good[i].name,
			    ri_posixacl_to_entry(good[i].value, types[t], entry, &e), &e);
			check_ok(good[i].name, ri_posixacl_from_entry(entry, types[t], &got, &e),
			    &e);
			check_span(good[i].name, ri_buf_span(&got), good[i].value);
			archive_entry_free(entry);
		}
}

static void test_malformed(void **state)
{
	static const struct {
		const char *name;
		struct ri_span value;
		const char *msg;
	} bad[] = {
		{ "empty", BYTES(""), "malformed ACL attribute of 0 bytes" },
		{ "short", BYTES("\2\0\0"), "malformed ACL attribute of 3 bytes" },
		{ "version", BYTES("\1\0\0\0"), "malformed ACL attribute of 4 bytes" },
		{ "half a line", BYTES(V2 "\1\0\6\0"), "malformed ACL attribute of 8 bytes" },
		{ "tag", BYTES(V2 "\3\0\6\0" ALL), "ACL with the tag 0x3" },
		{ "permissions", BYTES(V2 "\1\0\10\0" ALL), "ACL with the permissions 0x8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct archive_entry *entry = archive_entry_new();
		struct ri_err e = { 0 };

		check_err(bad[i].name,
		    ri_posixacl_to_entry(bad[i].value, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, entry, &e),
		    &e, RI_E_GUEST, bad[i].msg);
		archive_entry_free(entry);
	}
}

/* A name without a number must not become anybody's. */
static void test_name_only(void **state)
{
	struct archive_entry *entry = archive_entry_new();
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	(void)state;
	archive_entry_set_mode(entry, AE_IFREG | 0640);
	archive_entry_acl_add_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 7, ARCHIVE_ENTRY_ACL_USER,
	    -1, "www-data");
	check_err("name", ri_posixacl_from_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &got, &e),
	    &e, RI_E_GUEST, "the ACL names \"www-data\" without giving its number");
	archive_entry_free(entry);
}

static void test_none(void **state)
{
	struct archive_entry *entry = archive_entry_new();
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	(void)state;
	archive_entry_set_mode(entry, AE_IFREG | 0640);
	check_ok("none", ri_posixacl_from_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &got, &e),
	    &e);
	assert_int_equal(got.n, 0);
	assert_int_equal(ri_posixacl_type("system.posix_acl_access"),
	    ARCHIVE_ENTRY_ACL_TYPE_ACCESS);
	assert_int_equal(ri_posixacl_type("system.posix_acl_default"),
	    ARCHIVE_ENTRY_ACL_TYPE_DEFAULT);
	assert_int_equal(ri_posixacl_type("system.posix_acl"), 0);
	assert_int_equal(ri_posixacl_type("user.x"), 0);
	archive_entry_free(entry);
}

static void test_unspeakable(void **state)
{
	(void)state;
	/* 2147483647 is the last; "nobody in particular" is no id. */
	assert_true(ri_posixacl_speakable(LIT(V2 "\2\0\7\0\xff\xff\xff\x7f\4\0\4\0" ALL)));
	assert_false(ri_posixacl_speakable(LIT(V2 "\2\0\7\0\0\0\0\x80")));
	assert_false(ri_posixacl_speakable(LIT(V2 "\2\0\7\0\xfe\xff\xff\xff")));
}

/* The figures of pack/tmpfs_need.h by hand; what a tmpfs counts is compared in test_pack. */
static void test_need(void **state)
{
	static const struct {
		const char *name;
		uint64_t bytes, size, data, kernel;
	} files[] = {
		{ "nothing", 0, 0, 0, 0 },
		{ "a byte", 1, 1, 4096, 0 },
		{ "a page", 4096, 4096, 4096, 0 },
		{ "two pages", 4097, 4097, 8192, 576 },
		{ "64 pages", 262144, 262144, 262144, 576 },
		{ "65 pages: three nodes", 266240, 266240, 266240, 3 * 576 },
		{ "a page far behind: a node for each level", 4096, 1 << 30, 4096, 3 * 576 },
		{ "a hole", 0, 1 << 30, 0, 0 },
	};
	static const struct {
		size_t len;
		uint64_t data, kernel;
	} links[] = { { 1, 0, 8 }, { 7, 0, 8 }, { 8, 0, 16 }, { 127, 0, 128 }, { 128, 4096, 0 },
		{ 4095, 4096, 0 } };
	struct ri_tmpfs_need t = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct ri_tmpfs_need f = { 0 };

		ri_tmpfs_need_data(&f, files[i].bytes, files[i].size);
		assert_int_equal(f.data_bytes, files[i].data);
		assert_int_equal(f.kernel_bytes, files[i].kernel);
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		struct ri_tmpfs_need l = { 0 };

		ri_tmpfs_need_symlink(&l, links[i].len);
		assert_int_equal(l.data_bytes, links[i].data);
		assert_int_equal(l.kernel_bytes, links[i].kernel);
	}
	ri_tmpfs_need_inode(&t, "short");
	assert_int_equal(t.kernel_bytes, 1024);
	ri_tmpfs_need_inode(&t, "a-name-of-thirty-two-characters!");
	assert_int_equal(t.kernel_bytes, 2048 + 64);
	assert_int_equal(t.inodes, 2);
	ri_tmpfs_need_link(&t, "short");
	assert_int_equal(t.kernel_bytes, 2048 + 64 + 192);
	ri_tmpfs_need_xattr(&t, 19, 20); /* 32 + 20 -> 64, 20 -> 32 */
	assert_int_equal(t.kernel_bytes, 2048 + 64 + 192 + 96);
	ri_tmpfs_need_xattr(&t, 7, 20000); /* five pages */
	assert_int_equal(t.kernel_bytes, 2048 + 64 + 192 + 96 + 20480 + 8);
	assert_int_equal(t.inodes, 2);
	assert_int_equal(t.data_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_name_only),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_unspeakable),
		cmocka_unit_test(test_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
