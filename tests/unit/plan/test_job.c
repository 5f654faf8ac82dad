// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "plan/job.h"
#include "plan/rules.h"

static void test_defaults(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	assert_int_equal(job.form, RI_TMPFS);
	assert_string_equal(job.upper_size, "50%");
	assert_int_equal(job.block_size, 128 << 10);
	assert_string_equal(job.zram, "off");
	assert_int_equal(job.compression, RI_COMPRESSION_AUTO);
	assert_int_equal(job.gzip_level, 2);
	assert_int_equal(job.zstd_level, 3);
	assert_int_equal(job.lz4_level, 3);
	assert_int_equal(job.exclude.n, 0);
	assert_int_equal(job.keep.n, 0);
	assert_string_equal(job.tmpfs_size, "100%");
	assert_int_equal(job.reserve, 128 << 20);
	assert_int_equal(job.loader_memory, 64 << 20);
	assert_false(job.loader_sha256);
	assert_true(job.grub_default);
	assert_true(job.release);
	assert_true(job.reader_direct);
	assert_string_equal(job.stage_dir, "/var/lib/ramimg");
}

/* What suits the form where nothing else is asked for. */
static void test_settle(void **state)
{
	static const struct {
		int form, asked, comes_to;
	} cases[] = {
		{ RI_TMPFS, RI_COMPRESSION_AUTO, RI_GZIP },
		{ RI_TMPFS, RI_GZIP, RI_GZIP },
		{ RI_TMPFS, RI_ZSTD, RI_ZSTD },
		{ RI_TMPFS, RI_LZ4, RI_LZ4 },
		{ RI_COMPRESSED, RI_COMPRESSION_AUTO, RI_ZSTD },
		{ RI_COMPRESSED, RI_GZIP, RI_GZIP },
		{ RI_COMPRESSED, RI_ZSTD, RI_ZSTD },
		{ RI_COMPRESSED, RI_LZ4, RI_LZ4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_job job = { .form = cases[i].form, .compression = cases[i].asked };
		struct ri_err e = { 0 };

		ri_job_settle(&job);
		check_ok("check", ri_job_check(&job, &e), &e);
		assert_int_equal(job.compression, cases[i].comes_to);
	}
}

/* Two compressors of one name count otherwise. */
static void test_level(void **state)
{
	static const struct {
		int form, compression, gzip, zstd, lz4, want;
	} cases[] = {
		{ RI_TMPFS, RI_GZIP, 0, 19, 3, 0 },
		{ RI_TMPFS, RI_GZIP, 3, 19, 3, 3 },
		{ RI_TMPFS, RI_ZSTD, 2, 19, 3, 19 },
		{ RI_COMPRESSED, RI_GZIP, 0, 19, 3, 1 },
		{ RI_COMPRESSED, RI_GZIP, 1, 19, 3, 4 },
		{ RI_COMPRESSED, RI_GZIP, 2, 19, 3, 6 },
		{ RI_COMPRESSED, RI_GZIP, 3, 19, 3, 9 },
		{ RI_COMPRESSED, RI_ZSTD, 2, 3, 3, 3 },
		{ RI_TMPFS, RI_LZ4, 2, 3, 1, 1 },
		{ RI_TMPFS, RI_LZ4, 2, 3, 12, 12 },
		{ RI_COMPRESSED, RI_LZ4, 2, 3, 2, 0 },
		{ RI_COMPRESSED, RI_LZ4, 2, 3, 3, 1 },
		{ RI_COMPRESSED, RI_LZ4, 2, 3, 12, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ri_job job = { .form = cases[i].form,
			.compression = cases[i].compression,
			.gzip_level = cases[i].gzip,
			.zstd_level = cases[i].zstd,
			.lz4_level = cases[i].lz4 };

		assert_int_equal(ri_job_level(&job), cases[i].want);
	}
}

/* Where all of the root lies in a tmpfs, swap is the root's. */
static void test_check_zram(void **state)
{
	static char size[] = "1G", off[] = "off";
	struct ri_job job = { .form = RI_COMPRESSED, .zram = size };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("compressed", ri_job_check(&job, &e), &e);
	job.form = RI_TMPFS;
	check_err("tmpfs", ri_job_check(&job, &e), &e, RI_E_CONFIG,
	    "root.zram is for the compressed form only: in the other one it is the root itself that would be "
	    "swapped out; add --compressed (root.form = \"compressed\"), or set it to \"off\"");
	e = (struct ri_err){ 0 };
	job.zram = off;
	check_ok("off", ri_job_check(&job, &e), &e);
}

/* @want: NULL where there is no place. */
static void for_user(const char *state, const char *home, const char *want)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	assert_int_equal(ri_job_for_user(&job, 1000, state, home, &e), want ? 0 : -1);
	assert_string_equal(job.old_stage_dir, "/var/tmp/ramimg-1000");
	if (want) {
		assert_string_equal(job.stage_dir, want);
	} else {
		assert_int_equal(e.code, RI_E_CONFIG);
		assert_non_null(strstr(e.msg, "neither XDG_STATE_HOME nor HOME"));
	}
}

/** One user's first run must not stop another's; a directory that somebody chose is as he said. */
static void test_stage_of_each_user(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	check_ok("root", ri_job_for_user(&job, 0, "/root/state", "/root", &e), &e);
	assert_string_equal(job.stage_dir, "/var/lib/ramimg");
	assert_string_equal(job.old_stage_dir, "/var/tmp/ramimg");
	for_user("/home/u/state", "/home/u", "/home/u/state/ramimg");
	for_user(NULL, "/home/u", "/home/u/.local/state/ramimg");
	for_user("", "/home/u", "/home/u/.local/state/ramimg");
	for_user("relative", "/home/u", "/home/u/.local/state/ramimg");
	for_user("/state", NULL, "/state/ramimg");
	for_user(NULL, NULL, NULL);
	for_user("relative", "also", NULL);

	free(job.stage_dir);
	job.stage_dir = strdup("/srv/ramimg");
	assert_non_null(job.stage_dir);
	free(ri_steal(job.old_stage_dir));
	check_ok("set", ri_job_for_user(&job, 1000, NULL, NULL, &e), &e);
	assert_null(job.old_stage_dir);
	assert_string_equal(job.stage_dir, "/srv/ramimg");
}

/** SOURCE_DATE_EPOCH: seconds and nothing else, as far as a file system can say them. */
static void test_date(void **state)
{
	static const struct {
		const char *text;
		bool dated;
		int64_t date;
	} good[] = { { NULL, false, 0 }, { "", false, 0 }, { "0", true, 0 },
		{ "1700000000", true, 1700000000 }, { "15032385535", true, RI_DATE_MAX } };
	static const char *const bad[] = { "-1", "+1", " 1", "1.5", "1e9", "yesterday", "1 ",
		"15032385536", "99999999999999999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ri_job job = { 0 };
		struct ri_err e = { 0 };

		check_ok("date", ri_job_date(&job, good[i].text, &e), &e);
		assert_int_equal(job.dated, good[i].dated);
		assert_true(job.source_date == good[i].date);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_job job = { 0 };
		struct ri_err e = { 0 };
		char want[300];

		snprintf(want, sizeof want,
		    "SOURCE_DATE_EPOCH is \"%s\": must be a number of seconds since 1970, at most "
		    "15032385535; set it so, or unset it",
		    bad[i]);
		check_err(bad[i], ri_job_date(&job, bad[i], &e), &e, RI_E_CONFIG, want);
		assert_false(job.dated);
	}
}

/** Every row can be found, is in no other's way, and allows its own default. */
static void test_table(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	for (size_t i = 0; i < ri_settings_n; i++) {
		const struct ri_setting *s = &ri_settings[i];
		char *field = (char *)&job + s->offset;

		assert_ptr_equal(ri_setting_find(s->path), s);
		assert_true(s->offset < sizeof job);
		assert_non_null(strchr(s->path, '.'));
		assert_true(s->help[0] != '\0');
		assert_int_equal(s->kind == RI_SET_ENUM, s->words != NULL);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(ri_settings[j].offset, s->offset);
		if (s->kind == RI_SET_INT)
			check_ok(s->path, ri_setting_set_int(s, &job, *(int *)(void *)field, &e),
			    &e);
		else if (s->kind == RI_SET_SIZE)
			check_ok(s->path,
			    ri_setting_set_int(s, &job, (long long)*(uint64_t *)(void *)field, &e),
			    &e);
		else if (s->kind == RI_SET_STRING)
			check_ok(s->path, s->check(*(char **)(void *)field, &e), &e);
	}
	assert_null(ri_setting_find("archive"));
	assert_null(ri_setting_find("archive.zstd_leve"));
	assert_null(ri_setting_find(""));
}

static void test_set_int(void **state)
{
	static const struct {
		const char *path;
		long long value;
		const char *msg; /* NULL: taken */
	} cases[] = {
		{ "archive.gzip_level", 0, NULL },
		{ "archive.gzip_level", 3, NULL },
		{ "archive.gzip_level", 4, "4 is not in 0..3" },
		{ "archive.gzip_level", -1, "-1 is not in 0..3" },
		{ "archive.zstd_level", 19, NULL },
		{ "archive.lz4_level", 12, NULL },
		{ "archive.lz4_level", 13, "13 is not in 1..12" },
		{ "archive.zstd_level", 0, "0 is not in 1..19" },
		{ "archive.zstd_level", 1LL << 32 | 5, "4294967301 is not in 1..19" },
		{ "root.block_size", 4096, NULL },
		{ "root.block_size", 1 << 20, NULL },
		{ "root.block_size", 2048, "2K is not in 4K..1M" },
		{ "root.block_size", 2 << 20, "2M is not in 4K..1M" },
		{ "root.block_size", 0, "0 is not in 4K..1M" },
		{ "root.block_size", -4096, "-4K is not in 4K..1M" },
		{ "root.block_size", INT64_MIN, "-8388608T is not in 4K..1M" },
		{ "root.block_size", 12288, "12288 is not a power of two" },
		{ "loader.memory", 32 << 20, NULL },
		{ "loader.memory", (32 << 20) - 1, "33554431 is not in 32M..1G" },
		{ "loader.memory", 2LL << 30, "2G is not in 32M..1G" },
		{ "ram.reserve", 0, NULL },
		{ "ram.reserve", 1LL << 40, NULL },
		{ "ram.reserve", 1LL << 41, "2T is not in 0..1T" },
		{ "ram.reserve", (1LL << 40) + 1, "1099511627777 is not in 0..1T" },
		{ "ram.reserve", -5, "-5 is not in 0..1T" },
		{ "ram.size", 1, "must be a text in quotes" },
		{ "grub.default", 1, "must be true or false" },
		{ "archive.exclude", 1, "must be a list of texts ([ \"…\", \"…\" ])" },
		{ "archive.compression", 1, "must be a word in quotes" },
	};
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err d = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&job, &d), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_err e = { 0 };
		const struct ri_setting *s = ri_setting_find(cases[i].path);
		int rc = ri_setting_set_int(s, &job, cases[i].value, &e);

		if (cases[i].msg)
			check_err(cases[i].path, rc, &e, RI_E_CONFIG, cases[i].msg);
		else
			check_ok(cases[i].path, rc, &e);
	}
	/* What was refused left the last good value. */
	assert_int_equal(job.gzip_level, 3);
	assert_int_equal(job.zstd_level, 19);
	assert_int_equal(job.reserve, 1LL << 40);
}

static void test_set_text(void **state)
{
	static const struct {
		const char *path, *value, *msg;
	} cases[] = {
		{ "archive.compression", "zstd", NULL },
		{ "archive.compression", "xz", "\"xz\" is not one of gzip, zstd, lz4, auto" },
		{ "archive.compression", "ZSTD", "\"ZSTD\" is not one of gzip, zstd, lz4, auto" },
		{ "root.form", "compressed", NULL },
		{ "root.form", "overlay", "\"overlay\" is not one of tmpfs, compressed" },
		{ "root.upper", "1G", NULL },
		{ "root.upper", "0%", "\"0%\" is not in 1%..100%" },
		{ "root.zram", "off", NULL },
		{ "root.zram", "1M", NULL },
		{ "root.zram", "1T", NULL },
		{ "root.zram", "1048575", "\"1048575\" is not in 1M..1T" },
		{ "root.zram", "2T", "\"2T\" is not in 1M..1T" },
		{ "root.zram", "50%",
		    "neither \"off\" nor a size: \"50%\" is not a number of bytes, optionally followed by "
		    "K, M, G or T" },
		{ "root.zram", "on",
		    "neither \"off\" nor a size: \"on\" does not begin with a digit" },
		{ "root.block_size", "64K", NULL },
		{ "root.block_size", "100K", "102400 is not a power of two" },
		{ "ram.size", "75%", NULL },
		{ "ram.size", "200%", "\"200%\" is not in 1%..100%" },
		{ "ram.reserve", "1G", NULL },
		{ "ram.reserve", "2T", "2T is not in 0..1T" },
		{ "ram.reserve", "16777215T", "9223372036854775807 is not in 0..1T" },
		{ "ram.reserve", "much", "\"much\" does not begin with a digit" },
		{ "stage.dir", "/srv/stage", NULL },
		{ "stage.dir", "", "\"\" is not an absolute path" },
		{ "stage.dir", "stage", "\"stage\" is not an absolute path" },
		{ "stage.dir", "/a\nb", "\"/a\nb\" contains a control character" },
		{ "release.disk", "true", "must be true or false" },
		{ "archive.zstd_level", "3", "must be a whole number" },
	};
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err d = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&job, &d), 0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_err e = { 0 };
		const struct ri_setting *s = ri_setting_find(cases[i].path);
		int rc = ri_setting_set_text(s, &job, cases[i].value, &e);

		if (cases[i].msg)
			check_err(cases[i].path, rc, &e, RI_E_CONFIG, cases[i].msg);
		else
			check_ok(cases[i].path, rc, &e);
	}
	assert_int_equal(job.compression, RI_ZSTD);
	assert_int_equal(job.form, RI_COMPRESSED);
	assert_string_equal(job.upper_size, "1G");
	assert_int_equal(job.block_size, 64 << 10);
	assert_string_equal(job.tmpfs_size, "75%");
	assert_int_equal(job.reserve, 1 << 30);
	assert_string_equal(job.stage_dir, "/srv/stage");
}

static void test_set_bool(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	check_ok("default", ri_setting_set_bool(ri_setting_find("grub.default"), &job, false, &e),
	    &e);
	assert_false(job.grub_default);
	assert_true(job.release);
	check_err("level",
	    ri_setting_set_bool(ri_setting_find("archive.gzip_level"), &job, true, &e), &e,
	    RI_E_CONFIG, "must be a whole number");
}

static void test_set_list(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	RI_STRV two = { 0 }, bad = { 0 };
	struct ri_err e = { 0 };
	const struct ri_setting *exclude = ri_setting_find("archive.exclude");
	const struct ri_setting *keep = ri_setting_find("archive.keep");

	(void)state;
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	assert_int_equal(ri_strv_add(&two, "/srv/", &e) | ri_strv_add(&two, "/a*", &e), 0);
	check_ok("two", ri_setting_set_list(exclude, &job, &two, &e), &e);
	check_ok("twice", ri_setting_set_list(exclude, &job, &two, &e), &e);
	assert_int_equal(job.exclude.n, 2);
	assert_string_equal(job.exclude.v[1], "/a*");

	assert_int_equal(ri_strv_add(&bad, "/fine", &e) | ri_strv_add(&bad, "relative", &e), 0);
	assert_int_equal(ri_setting_set_list(exclude, &job, &bad, &e), -1);
	assert_int_equal(e.code, RI_E_CONFIG);
	assert_non_null(strstr(e.msg, "relative"));
	assert_int_equal(job.exclude.n, 2);

	e = (struct ri_err){ 0 };
	check_err("no list", ri_setting_set_list(ri_setting_find("stage.dir"), &job, &two, &e), &e,
	    RI_E_CONFIG, "must be a text in quotes");
	e = (struct ri_err){ 0 };
	check_err("keep", ri_setting_set_list(keep, &job, &two, &e), &e, RI_E_CONFIG,
	    "\"/srv/\" is not one of the built-in rules");
	ri_strv_free(&two);
	assert_int_equal(ri_strv_add(&two, ri_rules_builtin[0].pattern, &e), 0);
	e = (struct ri_err){ 0 };
	check_ok("keep", ri_setting_set_list(keep, &job, &two, &e), &e);
	assert_string_equal(job.keep.v[0], ri_rules_builtin[0].pattern);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_check_zram),
		cmocka_unit_test(test_stage_of_each_user),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_set_int),
		cmocka_unit_test(test_set_text),
		cmocka_unit_test(test_set_bool),
		cmocka_unit_test(test_set_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
