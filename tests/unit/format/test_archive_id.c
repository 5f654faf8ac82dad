// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The header that says which build made an archive: as it is written, and as others may damage it. */
#include "unit/check.h"

#include "format/archive_id.h"

#define ID "0123456789abcdef0123456789abcdef"
#define BLOCK 512
#define RECORD "57 comment=ramimg build " ID "\n"

/* The header with its records replaced by @records, and a right checksum. */
static void with_records(struct ri_span records, unsigned char tar[RI_ARCHIVE_ID_BYTES])
{
	unsigned sum = 0;

	ri_archive_id_render(ID, tar);
	memset(tar + BLOCK, 0, BLOCK);
	memcpy(tar + BLOCK, records.p, records.n);
	snprintf((char *)tar + 124, 12, "%011zo", records.n);
	memset(tar + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += tar[i];
	snprintf((char *)tar + 148, 8, "%06o", sum);
	tar[155] = ' ';
}

static bool find(const unsigned char *tar, size_t n, char id[RI_BUILD_ID_LEN + 1])
{
	return ri_archive_id_find(ri_span((const char *)tar, n), id);
}

static void test_there_and_back(void **state)
{
	unsigned char tar[RI_ARCHIVE_ID_BYTES], own[RI_ARCHIVE_ID_BYTES];
	char id[RI_BUILD_ID_LEN + 1] = "";

	(void)state;
	ri_archive_id_render(ID, tar);
	assert_true(find(tar, sizeof tar, id));
	assert_string_equal(id, ID);
	assert_false(find(tar, sizeof tar - 1, id));
	/* The checksum, the type and the magic are looked at, and so is what is in no field of ours. */
	for (size_t i = 0; i < BLOCK; i += 37) {
		memcpy(own, tar, sizeof own);
		own[i] ^= 1;
		assert_false(find(own, sizeof own, id));
	}
	for (size_t i = 257; i < 262; i++) {
		memcpy(own, tar, sizeof own);
		own[i] = 'x';
		assert_false(find(own, sizeof own, id));
	}
	with_records(LIT(RECORD), own);
	assert_memory_equal(own, tar, sizeof own);
}

static void test_records(void **state)
{
	static const struct {
		const char *name;
		struct ri_span records;
		bool found;
	} cases[] = {
		{ "ours", BYTES(RECORD), true },
		{ "behind another", BYTES("11 path=ab\n" RECORD), true },
		{ "behind another comment", BYTES("13 comment=x\n" RECORD), true },
		{ "another build", BYTES("24 comment=ramimg build\n" RECORD), true },
		{ "a longer id", BYTES("58 comment=ramimg build " ID "0\n"), false },
		{ "no id", BYTES("57 comment=ramimg build " ID), false },
		{ "upper case", BYTES("57 comment=ramimg build 0123456789ABCDEF0123456789abcdef\n"),
		    false },
		{ "none", BYTES(""), false },
		{ "no length", BYTES(" comment=x\n" RECORD), false },
		{ "a length only", BYTES("57"), false },
		{ "digits only", BYTES("02"), false },
		{ "a length of nothing", BYTES("2 \n" RECORD), false },
		{ "a length that is too short for itself", BYTES("1 x\n" RECORD), false },
		{ "an empty record", BYTES("3 \n" RECORD), false },
		{ "a longer length", BYTES("999 comment=x\n" RECORD), false },
		{ "a very long length", BYTES("99999999999999999999999 x\n" RECORD), false },
		{ "no blank", BYTES("13_comment=x\n" RECORD), false },
		{ "no end of the line", BYTES("12 comment=x\n" RECORD), false },
		{ "no digits", BYTES("x3 comment=x\n" RECORD), false },
		{ "a colon", BYTES(":3 comment=x\n" RECORD), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsigned char tar[RI_ARCHIVE_ID_BYTES];
		char id[RI_BUILD_ID_LEN + 1] = "untouched";

		with_records(cases[i].records, tar);
		if (find(tar, sizeof tar, id) != cases[i].found)
			fail_msg("%s: not %d", cases[i].name, cases[i].found);
		assert_string_equal(id, cases[i].found ? ID : "untouched");
	}
}

/* The size may be more than is there, and what no octal digit is ends it. */
static void test_sizes(void **state)
{
	static const char *const sizes[] = { "77777777777", "777777777777", "00000000071", "71 ",
		"718" };
	char id[RI_BUILD_ID_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		unsigned char tar[RI_ARCHIVE_ID_BYTES];
		unsigned sum = 0;

		with_records(LIT(RECORD), tar);
		memcpy(tar + 124, sizes[i], strlen(sizes[i]));
		memset(tar + 148, ' ', 8);
		for (size_t k = 0; k < BLOCK; k++)
			sum += tar[k];
		snprintf((char *)tar + 148, 8, "%06o", sum);
		if (!find(tar, sizeof tar, id))
			fail_msg("size %s: not found", sizes[i]);
		assert_string_equal(id, ID);
	}
}

static void test_valid(void **state)
{
	(void)state;
	assert_true(ri_archive_id_valid(ID));
	assert_false(ri_archive_id_valid(""));
	assert_false(ri_archive_id_valid(ID "0"));
	assert_false(ri_archive_id_valid(ID "g"));
	assert_false(ri_archive_id_valid("0123456789abcdef0123456789abcde"));
	assert_false(ri_archive_id_valid("0123456789abcdef0123456789abcdeF"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
