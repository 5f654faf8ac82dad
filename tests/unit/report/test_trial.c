// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What `ramimg test` says of a trial. */
#include "unit/report/documents.h"

#include "report/trial.h"

static char in_ram[] = "the root is in RAM", bad[] = "failed: <a>&\"b\"\x1b", none[] = "no agent";

static const struct ri_trial_checks some = {
	.v = { [RI_TRIAL_LOADER] = { RI_TRIAL_PASSED, in_ram, 12345 },
	    [RI_TRIAL_UNITS] = { RI_TRIAL_FAILED, bad, 61000 },
	    [RI_TRIAL_FILES] = { RI_TRIAL_SKIPPED, none, 0 } },
};
static const struct ri_trial_checks well = {
	.v = { [RI_TRIAL_LOADER] = { RI_TRIAL_PASSED, in_ram, 12345 } },
};
static const struct ri_trial_machine machine = { .memory = 1024,
	.cpus = 1,
	.uefi = true,
	.kvm = true,
	.bus = RI_TRIAL_SATA };

static void test_text(void **state)
{
	struct ri_trial_told t = { "a.qcow2", &machine, NULL, &some, 75500, "out/a/console.log",
		0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	RI_BUF least = { 0 };

	(void)state;
	check_ok("print", ri_print_trial(&t, &out, &e), &e);
	check_span("text", ri_buf_span(&out),
	    ri_str(
		"CHECK   STATE    TIME  FOUND\n"
		"loader  passed   0:12  the root is in RAM\n"
		"units   failed   1:01  failed: <a>&\"b\"\\x1b\n"
		"files   skipped  0:00  no agent\n"
		"\n1024 MiB of memory, 1 CPU, UEFI, with KVM\nthe console: out/a/console.log\n"));
	t.least = 416;
	t.boot = "disk";
	check_ok("print", ri_print_trial(&t, &least, &e), &e);
	assert_non_null(strstr(least.p, ", with KVM, --boot disk\n"));
	assert_non_null(strstr(least.p, "\nthe least memory that works: 416 MiB\n"));
}

static void test_json(void **state)
{
	static const char want[] =
	    "{\n  \"boot\": \"default\",\n  \"checks\": [\n    {\n      \"detail\": \"the root is in RAM\",\n"
	    "      \"name\": \"loader\",\n      \"seconds\": 12.345,\n"
	    "      \"state\": \"passed\"\n    }\n  ],\n"
	    "  \"console\": \"out/a/console.log\",\n  \"format\": \"ramimg.test/1\",\n"
	    "  \"least_ram_bytes\": null,\n  \"machine\": {\n    \"bus\": \"sata\",\n    \"cpus\": 1,\n"
	    "    \"firmware\": \"uefi\",\n    \"kvm\": true,\n    \"memory_bytes\": 1073741824\n  },\n"
	    "  \"passed\": true,\n  \"seconds\": 75.5,\n  \"target\": \"a.qcow2\"\n}\n";
	struct ri_trial_told t = { "a.qcow2", &machine, NULL, &well, 75500, "out/a/console.log",
		0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	RI_BUF failed = { 0 };

	(void)state;
	check_ok("report", ri_report_trial(&t, &out, &e), &e);
	check_document("json", ri_buf_span(&out), ri_str(want));
	t.checks = &some;
	t.boot = "ram";
	t.least = 16;
	check_ok("report", ri_report_trial(&t, &failed, &e), &e);
	keep_document(ri_buf_span(&failed));
	assert_non_null(strstr(failed.p, "\"boot\": \"ram\""));
	assert_non_null(strstr(failed.p, "\"passed\": false"));
	assert_non_null(strstr(failed.p, "\"least_ram_bytes\": 16777216"));
	assert_non_null(strstr(failed.p, "\"detail\": \"failed: <a>&\\\"b\\\"\\u001B\""));
}

static void test_junit(void **state)
{
	static const char want[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites>\n"
	    "  <testsuite name=\"ramimg test a&lt;b.raw\" tests=\"3\" failures=\"1\" errors=\"0\" "
	    "skipped=\"1\" time=\"75.500\">\n"
	    "    <testcase classname=\"ramimg.test\" name=\"loader\" time=\"12.345\"/>\n"
	    "    <testcase classname=\"ramimg.test\" name=\"units\" time=\"61.000\">\n"
	    "      <failure message=\"failed: &lt;a&gt;&amp;&quot;b&quot;\\x1b\"/>\n"
	    "    </testcase>\n"
	    "    <testcase classname=\"ramimg.test\" name=\"files\" time=\"0.000\">\n"
	    "      <skipped message=\"no agent\"/>\n"
	    "    </testcase>\n"
	    "  </testsuite>\n"
	    "</testsuites>\n";
	const struct ri_trial_told t = { "a<b.raw", &machine, NULL, &some, 75500, "console", 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	check_ok("junit", ri_junit_trial(&t, &out, &e), &e);
	check_span("junit", ri_buf_span(&out), ri_str(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_junit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
