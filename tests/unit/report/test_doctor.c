// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What `ramimg doctor` says of a host. */
#include "unit/report/documents.h"

#include "report/doctor.h"

static char ok_found[] = "/usr/bin/qemu-img, 9.1", none[] = "there is no\x1b kernel",
	    way[] = "sudo apt install linux";

static const struct ri_doctor looked = {
	.v = { { .name = "qemu-img", .needs = "staging", .found = { .p = ok_found, .n = 22 } },
	    { .name = "kernel",
		.needs = "the appliance",
		.health = RI_HEALTH_MISSING,
		.found = { .p = none, .n = 19 },
		.remedy = { .p = way, .n = 22 } },
	    { .name = "kvm",
		.needs = "speed",
		.health = RI_HEALTH_WARNING,
		.found = { .p = none, .n = 19 },
		.remedy = { .p = way, .n = 22 } } },
	.n = 3,
};
static const struct ri_doctor well = {
	.v = { { .name = "qemu-img", .needs = "staging", .found = { .p = ok_found, .n = 22 } } },
	.n = 1,
};
static const struct ri_doctor_start started = { .started = true, .kvm = true, .ms = 4250 };
static const struct ri_doctor_start failed = { .ms = 61000, .why = "no\x1b luck" };

static void test_text(void **state)
{
	static const char table[] = "CHECK     STATE    FOUND\n"
				    "qemu-img  ok       /usr/bin/qemu-img, 9.1\n"
				    "kernel    missing  there is no\\x1b kernel\n"
				    "kvm       warning  there is no\\x1b kernel\n"
				    "\n"
				    "kernel, for the appliance:\n"
				    "  sudo apt install linux\n"
				    "kvm, for speed:\n"
				    "  sudo apt install linux\n";
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	check_ok("print", ri_print_doctor(&looked, NULL, &out, &e), &e);
	assert_string_equal(out.p, table);
	out.n = 0;
	check_ok("print", ri_print_doctor(&well, &started, &out, &e), &e);
	assert_non_null(strstr(out.p, "9.1\n\nthe appliance started within 4.2 s, with KVM\n"));
	out.n = 0;
	check_ok("print", ri_print_doctor(&well, &failed, &out, &e), &e);
	assert_non_null(strstr(out.p, "9.1\n\nthe appliance did not start: no\\x1b luck\n"));
}

static void test_json(void **state)
{
	static const char all[] = "{\n"
				  "  \"can_build\": false,\n"
				  "  \"checks\": [\n"
				  "    {\n"
				  "      \"found\": \"/usr/bin/qemu-img, 9.1\",\n"
				  "      \"name\": \"qemu-img\",\n"
				  "      \"needed_for\": \"staging\",\n"
				  "      \"remedy\": null,\n"
				  "      \"state\": \"ok\"\n"
				  "    },\n";
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	check_ok("report", ri_report_doctor(&looked, NULL, &out, &e), &e);
	keep_document(ri_buf_span(&out));
	assert_memory_equal(out.p, all, strlen(all));
	assert_non_null(
	    strstr(out.p, "\"remedy\": \"sudo apt install linux\",\n      \"state\": \"missing\""));
	assert_non_null(strstr(out.p, "\"format\": \"ramimg.doctor/1\"\n}"));
	out.n = 0;
	check_ok("report", ri_report_doctor(&well, &started, &out, &e), &e);
	keep_document(ri_buf_span(&out));
	assert_non_null(strstr(out.p, "\"can_build\": true"));
	assert_non_null(strstr(out.p, "\"launch\": {\n    \"error\": null,\n    \"kvm\": true,\n"
				      "    \"seconds\": 4.25,\n    \"started\": true\n  }"));
	out.n = 0;
	check_ok("report", ri_report_doctor(&well, &failed, &out, &e), &e);
	keep_document(ri_buf_span(&out));
	assert_non_null(strstr(out.p, "\"can_build\": false"));
	assert_non_null(
	    strstr(out.p, "\"kvm\": null,\n    \"seconds\": 61.0,\n    \"started\": false"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
