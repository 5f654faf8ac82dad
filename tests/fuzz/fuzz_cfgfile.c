// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A configuration file: what is taken is within the limits of plan/job.h's table, and the same every time. */
#include "fuzz.h"
#include "cli/cfgfile.h"

/* libconfig (1.5) forgets a text behind which the syntax is wrong. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static void check_row(const struct ri_setting *row, const struct ri_job *job)
{
	const char *field = (const char *)job + row->offset;
	const struct ri_strv *list = (const struct ri_strv *)field;
	struct ri_err e = { 0 };
	size_t words = 0;

	switch (row->kind) {
	case RI_SET_BOOL:
		FUZZ_CHECK(*(const unsigned char *)field <= 1);
		break;
	case RI_SET_INT:
		FUZZ_CHECK(*(const int *)field >= row->min && *(const int *)field <= row->max);
		break;
	case RI_SET_SIZE:
		FUZZ_CHECK(*(const uint64_t *)field >= (uint64_t)row->min);
		FUZZ_CHECK(*(const uint64_t *)field <= (uint64_t)row->max);
		break;
	case RI_SET_ENUM:
		while (row->words[words])
			words++;
		FUZZ_CHECK(*(const int *)field >= 0 && (size_t) * (const int *)field < words);
		break;
	case RI_SET_STRING:
		FUZZ_CHECK(!row->check || fuzz_ok(row->check(*(char *const *)field, &e), &e));
		break;
	case RI_SET_LIST:
		for (size_t i = 0; row->check && i < list->n; i++)
			FUZZ_CHECK(fuzz_ok(row->check(list->v[i], &e), &e));
		break;
	}
}

static bool parse(struct ri_span text, struct ri_job *job, struct ri_err *e)
{
	FUZZ_CHECK(ri_job_defaults(job, e) == 0);
	return ri_cfgfile_parse("a.conf", text, job, e) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job again = { 0 };
	struct ri_span text = fuzz_input(data, size);
	struct ri_err e = { 0 }, e2 = { 0 };
	bool taken = parse(text, &job, &e);

	FUZZ_CHECK(parse(text, &again, &e2) == taken && strcmp(e.msg, e2.msg) == 0);
	FUZZ_CHECK(taken || (e.code == RI_E_CONFIG && strncmp(e.msg, "a.conf", 6) == 0));
	fuzz_ok(taken ? 0 : -1, &e);
	for (size_t i = 0; taken && i < ri_settings_n; i++)
		check_row(&ri_settings[i], &job);
	return 0;
}
