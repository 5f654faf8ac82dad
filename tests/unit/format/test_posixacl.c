// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ACLs between the kernel's attribute and libarchive's entry.
 */
#include "unit/check.h"

#include <archive.h>
#include <archive_entry.h>

#include "format/posixacl.h"

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

/* The kernel wants them in order, whatever order an archive has. */
static void test_order(void **state)
{
	struct archive_entry *entry = archive_entry_new();
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	(void)state;
	archive_entry_set_mode(entry, AE_IFREG | 0777);
	check_ok("to",
	    ri_posixacl_to_entry(LIT(V2 "\40\0\1\0" ALL "\20\0\7\0" ALL
					"\2\0\3\0\3\0\0\0\2\0\2\0\2\0\0\0"
					"\2\0\1\0\1\0\0\0\4\0\0\0" ALL "\1\0\7\0" ALL),
		ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, entry, &e),
	    &e);
	check_ok("from", ri_posixacl_from_entry(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, &got, &e),
	    &e);
	check_span("in order", ri_buf_span(&got),
	    LIT(V2 "\1\0\7\0" ALL "\2\0\1\0\1\0\0\0\2\0\2\0\2\0\0\0\2\0\3\0\3\0\0\0"
		   "\4\0\0\0" ALL "\20\0\7\0" ALL "\40\0\1\0" ALL));
	archive_entry_free(entry);
}

static void test_unspeakable(void **state)
{
	(void)state;
	/* 2147483647 is the last; "nobody in particular" is no id. */
	assert_true(ri_posixacl_speakable(LIT(V2 "\2\0\7\0\xff\xff\xff\x7f\4\0\4\0" ALL)));
	assert_false(ri_posixacl_speakable(LIT(V2 "\2\0\7\0\0\0\0\x80")));
	assert_false(ri_posixacl_speakable(LIT(V2 "\2\0\7\0\xfe\xff\xff\xff")));
	assert_false(ri_posixacl_stays(RI_ACL_ACCESS, LIT(V2 "\2\0\7\0\xff\xff\xff\x7f")));
	assert_true(ri_posixacl_stays(RI_ACL_DEFAULT, LIT(V2 "\2\0\7\0\0\0\0\x80")));
	assert_true(ri_posixacl_stays("user.x", LIT(V2 "\2\0\7\0\xff\xff\xff\x7f")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_name_only),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_unspeakable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
