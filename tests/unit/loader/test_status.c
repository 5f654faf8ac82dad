// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/status.h"

#include <stdlib.h>
#include <sys/stat.h>

#define ID "0123456789abcdef0123456789abcdef"

static const char in_ram[] =
    "{\n"
    "\t\"result\": \"ram\",\n"
    "\t\"reason\": null,\n"
    "\t\"build\": \"" ID "\",\n"
    "\t\"form\": \"compressed\",\n"
    "\t\"foreign\": false,\n"
    "\t\"bytes\": 799014912,\n"
    "\t\"entries\": 18125,\n"
    "\t\"dropped\": {\"user_xattrs\": 3, \"other_xattrs\": 0, \"acls\": 1},\n"
    "\t\"seconds\": {\"check\": 0.007, \"unpack\": 12.345, \"finish\": 1.000, "
    "\"unmount\": 0.020, \"release\": 0.000, \"total\": 13.372},\n"
    "\t\"released\": [],\n"
    "\t\"kept\": []\n"
    "}\n";

static void rendering(void **state)
{
	struct ri_status s = { .in_ram = true,
		.reason = "ignored",
		.build = ID,
		.form = "compressed",
		.bytes = 799014912,
		.entries = 18125,
		.loss = { 3, 0, 1 },
		.ms = { 7, 12345, 1000, 20 } };
	struct ri_status disk = { .reason = "not \"enough\"\nRAM",
		.form = "tmpfs",
		.foreign = true };
	RI_BUF out = { 0 }, other = { 0 };

	(void)state;
	ri_status_render(&s, &out);
	check_span("in RAM", ri_buf_span(&out), ri_str(in_ram));
	ri_status_render(&disk, &other);
	assert_true(ri_span_starts(ri_buf_span(&other),
	    "{\n\t\"result\": \"disk\",\n\t\"reason\": \"not \\\"enough\\\"\\u000aRAM\",\n"
	    "\t\"build\": null,\n\t\"form\": null,\n\t\"foreign\": true,\n"));
}

static void disks_and_time_are_replaced(void **state)
{
	static const char want_end[] = "\"release\": 1.234, \"total\": 14.606},\n"
				       "\t\"released\": [\"sda\", \"vdb\"],\n"
				       "\t\"kept\": [\"sdc: is mounted on /x\"]\n}\n";
	RI_STRV released = { 0 }, kept = { 0 };
	RI_BUF out = { 0 }, again = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_strv_add(&released, "sda", &e), 0);
	assert_int_equal(ri_strv_add(&released, "vdb", &e), 0);
	assert_int_equal(ri_strv_add(&kept, "sdc: is mounted on /x", &e), 0);
	check_ok("first", ri_status_released(ri_str(in_ram), &released, &kept, 1234, &out, &e), &e);
	assert_memory_equal(out.p, in_ram, strstr(in_ram, "\"release\"") - in_ram);
	assert_string_equal(strstr(out.p, "\"release\""), want_end);
	check_ok("again", ri_status_released(ri_buf_span(&out), &released, &kept, 1234, &again, &e),
	    &e);
	check_span("idempotent", ri_buf_span(&again), ri_buf_span(&out));
	check_err("no such line",
	    ri_status_released(LIT("{\n}\n"), &released, &kept, 1, &again, &e), &e, RI_E_VERIFY,
	    "no line with \"released\"");
}

static const struct {
	const char *in, *out;
} strings[] = {
	{ "", "\"\"" },
	{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
	{ "\n\t\x01\x7f", "\"\\u000a\\u0009\\u0001\x7f\"" },
	{ "\xc3\xbc \xe6\x97\xa5 \xf0\x9f\x98\x80", "\"\xc3\xbc \xe6\x97\xa5 \xf0\x9f\x98\x80\"" },
	{ "\xe9", "\"\\ufffd\"" },
	{ "\xc0\x80|\xed\xa0\x80|\xf5|\xe6\x97", "\"\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd|"
						 "\\ufffd\\ufffd\"" },
};

static void json_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
		RI_BUF out = { 0 };

		ri_json_string(&out, strings[i].in);
		check_span(strings[i].in, ri_buf_span(&out), ri_str(strings[i].out));
	}
}

static void the_file_is_written(void **state)
{
	char dir[] = "/tmp/test_loader_status-XXXXXX", path[64], got[16] = "";
	struct ri_err e = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/made/status", dir);
	for (int round = 0; round < 2; round++) {
		check_ok("write", ri_status_write(path, LIT("text\n"), &e), &e);
		RI_FILE FILE *f = fopen(path, "r");

		assert_non_null(f);
		assert_int_equal(fread(got, 1, sizeof got, f), 5);
		assert_memory_equal(got, "text\n", 5);
	}
	unlink(path);
	/* A directory in its place: the message names what could not be done. */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(ri_status_write(path, LIT("x"), &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "renaming"));
	rmdir(path);
	strcat(path, ".new");
	unlink(path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rendering),
		cmocka_unit_test(disks_and_time_are_replaced),
		cmocka_unit_test(json_strings),
		cmocka_unit_test(the_file_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
