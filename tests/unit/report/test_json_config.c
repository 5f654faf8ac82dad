// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What programs read of the settings that count. */
#include "unit/report/documents.h"

#include "host/json.h"
#include "plan/origin.h"
#include "report/json_config.h"

static json_t *named(json_t *document, const char *name)
{
	json_t *all = json_object_get(document, "settings");

	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *s = json_array_get(all, i);

		if (strcmp(json_string_value(json_object_get(s, "name")), name) == 0)
			return s;
	}
	fail_msg("no setting %s", name);
	return NULL;
}

static void test_config(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	RI_BUF without = { 0 };
	RI_JSON j = NULL;

	(void)state;
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	job.reserve = 3 << 20;
	check_ok("set",
	    ri_origin_set(&job, ri_setting_find("ram.reserve"), "/etc/ramimg/vm/105.conf:4", &e),
	    &e);
	check_ok("report", ri_report_config(&job, "105", &out, &e), &e);
	keep_document(ri_buf_span(&out));
	j = json_loadb(out.p, out.n, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(j, "format")), "ramimg.config/1");
	assert_int_equal(json_integer_value(json_object_get(j, "vmid")), 105);
	assert_int_equal(json_array_size(json_object_get(j, "settings")), ri_settings_n);
	assert_string_equal(json_string_value(json_object_get(named(j, "ram.reserve"), "value")),
	    "\"3M\"");
	assert_string_equal(json_string_value(json_object_get(named(j, "ram.reserve"), "from")),
	    "/etc/ramimg/vm/105.conf:4");
	assert_true(json_is_null(json_object_get(named(j, "ram.size"), "from")));
	check_ok("report", ri_report_config(&job, NULL, &without, &e), &e);
	keep_document(ri_buf_span(&without));
	assert_non_null(strstr(without.p, "\"vmid\": null"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
