// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the kernel line says to the loader. */
#include "unit/check.h"
#include "loader/cmdline.h"

static void words(void **state)
{
	static const struct {
		const char *line, *word;
		bool has;
	} cases[] = {
		{ "boot=ramimg ro quiet splash\n", "quiet", true },
		{ "quiet\n", "quiet", true },
		{ "quiet", "quiet", true },
		{ "quietly noquiet quiet=1\n", "quiet", false },
		{ "", "quiet", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_cmdline_has(ri_str(cases[i].line), cases[i].word) != cases[i].has)
			fail_msg("%s", cases[i].line);
}

static void applied(void **state)
{
	static const struct {
		const char *line, *size;
		enum ri_code code;
		const char *error;
		bool foreign;
	} cases[] = {
		{ .line = "boot=ramimg quiet\n", .size = "100%" },
		{ .line = "ramimg.size=50% boot=ramimg ramimg.size=2G", .size = "2G" },
		{ .line = "quiet ramimg.foreign\n", .size = "100%", .foreign = true },
		{ .line = "ramimg.foreign=1 ramimg.foreigner", .size = "100%" },
		{ .line = "xramimg.size=1G ramimg.sizes=1G", .size = "100%" },
		{ .line = "ramimg.diskless ramimg.disk=1", .size = "100%" },
		{ .line = "ro ramimg.disk\n",
		    .code = RI_E_CONFIG,
		    .error = "ramimg.disk is on the kernel line" },
		{ .line = "ramimg.size=lots",
		    .code = RI_E_CONFIG,
		    .error = "ramimg.size=lots on the kernel line: " },
		{ .line = "ramimg.size=",
		    .code = RI_E_CONFIG,
		    .error = "ramimg.size= on the kernel line: " },
		{ .line = "ramimg.size=100%,mode=0777",
		    .code = RI_E_CONFIG,
		    .error = "ramimg.size=100%,mode=0777 on the kernel line: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_manifest_free)
		struct ri_manifest m = { .tmpfs_size = strdup("100%") };
		struct ri_err e = { 0 };
		int rc = ri_cmdline_apply(ri_str(cases[i].line), &m, &e);

		if (!cases[i].error) {
			check_ok(cases[i].line, rc, &e);
			assert_string_equal(m.tmpfs_size, cases[i].size);
			assert_int_equal(m.foreign, cases[i].foreign);
			continue;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, cases[i].code);
		if (strncmp(e.msg, cases[i].error, strlen(cases[i].error)) != 0)
			fail_msg("%s: said [%s]", cases[i].line, e.msg);
		assert_string_equal(m.tmpfs_size, "100%");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
