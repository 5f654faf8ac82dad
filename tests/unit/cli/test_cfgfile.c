// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "cli/cfgfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/** Whether two jobs agree in every setting of the table; the first difference fails the test. */
static void check_same(const struct ri_job *a, const struct ri_job *b)
{
	for (size_t i = 0; i < ri_settings_n; i++) {
		const struct ri_setting *s = &ri_settings[i];
		const void *fa = (const char *)a + s->offset, *fb = (const char *)b + s->offset;
		const struct ri_strv *la = fa, *lb = fb;
		bool same = true;

		switch (s->kind) {
		case RI_SET_BOOL:
			same = *(const bool *)fa == *(const bool *)fb;
			break;
		case RI_SET_INT:
		case RI_SET_ENUM:
			same = *(const int *)fa == *(const int *)fb;
			break;
		case RI_SET_SIZE:
			same = *(const uint64_t *)fa == *(const uint64_t *)fb;
			break;
		case RI_SET_STRING:
			same = strcmp(*(char *const *)fa, *(char *const *)fb) == 0;
			break;
		case RI_SET_LIST:
			same = la->n == lb->n;
			for (size_t j = 0; same && j < la->n; j++)
				same = strcmp(la->v[j], lb->v[j]) == 0;
			break;
		}
		if (!same)
			fail_msg("%s differs", s->path);
	}
}

static void spoil(struct ri_job *job, struct ri_err *e)
{
	ri_job_free(job);
	*job = (struct ri_job){ .form = RI_COMPRESSED,
		.upper_size = strdup("1%"),
		.block_size = 1,
		.zram = strdup("1M"),
		.compression = RI_ZSTD,
		.gzip_level = 0,
		.zstd_level = 19,
		.tmpfs_size = strdup("1%"),
		.reserve = 1,
		.stage_dir = strdup("/x") };
	assert_int_equal(ri_strv_add(&job->exclude, "/x", e), 0);
	assert_int_equal(ri_strv_add(&job->keep, "/x", e), 0);
}

/** The shipped file sets everything, and to the built-in defaults. */
static void test_shipped_is_default(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job want = { 0 }, got = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&want, &e), 0);
	spoil(&got, &e); /* a setting that is missing in the file stays spoilt and shows */
	check_ok("ramimg.conf", ri_cfgfile_read(SOURCE_DIR "/configs/ramimg.conf", false, &got, &e),
	    &e);
	check_same(&got, &want);
}

static void test_shipped_others(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job hand = { 0 }, ci = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&hand, &e) | ri_job_defaults(&ci, &e), 0);
	check_ok("by-hand", ri_cfgfile_read(SOURCE_DIR "/configs/by-hand.conf", false, &hand, &e),
	    &e);
	assert_int_equal(hand.compression, RI_GZIP);
	assert_string_equal(hand.tmpfs_size, "100%");
	assert_int_equal(hand.reserve, 0);
	assert_false(hand.grub_default);
	assert_false(hand.release);
	assert_true(hand.keep.n > 0);
	check_ok("golden-ci", ri_cfgfile_read(SOURCE_DIR "/configs/golden-ci.conf", false, &ci, &e),
	    &e);
	assert_int_equal(ci.compression, RI_ZSTD);
	assert_true(ci.grub_default);
	assert_true(ci.exclude.n > 0);
}

static void test_good(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	check_ok("empty", ri_cfgfile_parse("c", LIT(""), &job, &e), &e);
	check_ok("comments", ri_cfgfile_parse("c", LIT("# a\n// b\n/* c */\n"), &job, &e), &e);
	check_ok("no newline", ri_cfgfile_parse("c", LIT("grub = { default = FALSE; }"), &job, &e),
	    &e);
	assert_false(job.grub_default);
	check_ok("empty group", ri_cfgfile_parse("c", LIT("ram: { };\r\n"), &job, &e), &e);
	check_ok("list",
	    ri_cfgfile_parse("c",
		LIT("archive: { exclude = ( \"/a\", \"/b/\" ); zstd_level = 0x10L; compression = "
		    "\"zstd\" }\n"
		    "ram: { reserve = 1073741824; size = \"1G\" }\n"),
		&job, &e),
	    &e);
	assert_int_equal(job.exclude.n, 2);
	assert_int_equal(job.zstd_level, 16);
	assert_int_equal(job.compression, RI_ZSTD);
	assert_int_equal(job.reserve, 1 << 30);
	assert_string_equal(job.tmpfs_size, "1G");
	check_ok("large", ri_cfgfile_parse("c", LIT("ram: { reserve = 4294967296L }"), &job, &e),
	    &e);
	assert_int_equal(job.reserve, 1LL << 32);
}

static const struct {
	const char *in, *msg;
} bad[] = {
	{ "archive: {\n zstd_level = 40;\n};\n", "c:2: archive.zstd_level: 40 is not in 1..19" },
	{ "archive: {\n gzip_level = -1 };\n", "c:2: archive.gzip_level: -1 is not in 0..3" },
	{ "archive: { zstd_level = 4294967299; };",
	    "c:1: 4294967299 is too large for a plain number; put an L behind it, or write "
	    "a size "
	    "as a text (\"4G\")" },
	{ "archive: { zstd_level = 4294967299L; };",
	    "c:1: archive.zstd_level: 4294967299 is not in 1..19" },
	{ "archive: { zstd_level = \"3\"; };",
	    "c:1: archive.zstd_level: must be a whole number, not a text" },
	{ "archive: { zstd_level = 3.5; };",
	    "c:1: archive.zstd_level: must be a whole number, not a number with a decimal point" },
	{ "archive: { zstd_level = [ 3 ]; };",
	    "c:1: archive.zstd_level: must be a whole number, not a list" },
	{ "archive: { zstd_level = { a = 3; }; };",
	    "c:1: archive.zstd_level: must be a whole number, not a group" },
	{ "\narchive: { compression = 1; };",
	    "c:2: archive.compression: must be a word in quotes, not a whole number" },
	{ "archive: { compression = \"xz\"; };",
	    "c:1: archive.compression: \"xz\" is not one of gzip, zstd, lz4, auto" },
	{ "archive: { exclude = \"/a\"; };", "c:1: archive.exclude: must be a list of "
					     "texts ([ \"…\", \"…\" ]), not a text" },
	{ "archive: { exclude = [ 1 ]; };", "c:1: archive.exclude: element 1 must be a "
					    "text in quotes, not a whole number" },
	{ "archive: { exclude = ( \"/a\",\n ( ) ); };",
	    "c:1: archive.exclude: element 2 must be a text in quotes, not a list" },
	{ "archive: { keep = [ \"/nothing\" ]; };",
	    "c:1: archive.keep: \"/nothing\" is not one of the built-in rules" },
	{ "grub: { default = 1; };",
	    "c:1: grub.default: must be true or false, not a whole number" },
	{ "grub: { default = \"yes\"; };", "c:1: grub.default: must be true or false, not a text" },
	{ "ram: { reserve = true; };",
	    "c:1: ram.reserve: must be a size (\"128M\", or a whole number of bytes), "
	    "not true or false" },
	{ "ram: { reserve = \"2T\"; };", "c:1: ram.reserve: 2T is not in 0..1T" },
	{ "ram: { size = \"150%\"; };", "c:1: ram.size: \"150%\" is not in 1%..100%" },
	{ "stage: { dir = \"x\"; };", "c:1: stage.dir: \"x\" is not an absolute path" },
	{ "archive: {\n\n zstd_levle = 3;\n};",
	    "c:3: archive.zstd_levle: unknown setting; did you mean archive.zstd_level?" },
	{ "archive: { cores = 3; };", "c:1: archive.cores: unknown setting" },
	{ "archve: { zstd_level = 3; };", "c:1: archve: unknown setting; did you mean archive?" },
	{ "zstd_level = 3;", "c:1: zstd_level: unknown setting; did you mean archive.zstd_level?" },
	{ "x = 1;", "c:1: x: unknown setting" },
	{ "x = { y = { z = 1; }; };", "c:1: x: unknown setting" },
	{ "archive = 1;", "c:1: archive: must be a group { … } of settings, not a whole number" },
	{ "archive = [ ];", "c:1: archive: must be a group { … } of settings, not a list" },
	{ "grub: { default = true; };\ngrub: { default = false; };",
	    "c:2: duplicate setting name" },
	{ "grub: { default = true; default = true; };", "c:1: duplicate setting name" },
	{ "grub: {\n default = ;\n};", "c:2: syntax error" },
	{ "grub: { default = true;\n", "c:2: syntax error" },
	{ "grub.default = true;", "c:1: syntax error" },
	{ "\n@include \"/dev/zero\"\n",
	    "c:2: @include is not followed: each file is read for itself" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
		struct ri_err e = { 0 };

		assert_int_equal(ri_job_defaults(&job, &e), 0);
		check_err(bad[i].in, ri_cfgfile_parse("c", ri_str(bad[i].in), &job, &e), &e,
		    RI_E_CONFIG, bad[i].msg);
	}
}

/** Nesting as deep as a file can hold ends in an error, not in a crash. */
static void test_deep(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	RI_BUF groups = { 0 }, lists = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	while (groups.n < RI_CFGFILE_MAX - 4)
		ri_buf_add_str(&groups, "a={");
	ri_buf_add_str(&lists, "a=");
	while (lists.n < RI_CFGFILE_MAX - 4)
		ri_buf_add_str(&lists, "(");
	assert_int_equal(ri_cfgfile_parse("c", ri_buf_span(&groups), &job, &e), -1);
	assert_int_equal(e.code, RI_E_CONFIG);
	e = (struct ri_err){ 0 };
	assert_int_equal(ri_cfgfile_parse("c", ri_buf_span(&lists), &job, &e), -1);
	assert_int_equal(e.code, RI_E_CONFIG);
}

/** A name that is longer than a message leaves room for what is wrong. */
static void test_long_name(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };
	char name[4000];

	(void)state;
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	assert_int_equal(ri_cfgfile_parse(name, LIT("x = 1;"), &job, &e), -1);
	assert_non_null(strstr(e.msg, "nnn:1: x: unknown setting"));
}

struct place {
	char dir[64], path[128];
};

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	snprintf(p->dir, sizeof p->dir, "/tmp/ramimg-test-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->path, sizeof p->path, "%s/c.conf", p->dir);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	rmdir(p->path);
	rmdir(p->dir);
	free(p);
	return 0;
}

static void check_refused(const struct place *p, const char *want)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };
	char msg[400];

	assert_int_equal(ri_job_defaults(&job, &e), 0);
	snprintf(msg, sizeof msg, want, p->path);
	check_err(want, ri_cfgfile_read(p->path, false, &job, &e), &e, RI_E_CONFIG, msg);
}

static void put(const char *path, size_t n)
{
	RI_FILE FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		fputc('\n', f);
	assert_int_equal(ferror(f), 0);
}

static void test_missing(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };
	struct place *p = *state;

	check_refused(p, "opening the configuration %s: No such file or directory");
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	check_ok("optional", ri_cfgfile_read(p->path, true, &job, &e), &e);
	assert_int_equal(job.gzip_level, 2);
	/* Optional is for a file that is not there, not for one that is wrong. */
	assert_int_equal(mkdir(p->path, 0700), 0);
	assert_int_equal(ri_cfgfile_read(p->path, true, &job, &e), -1);
}

static void test_directory(void **state)
{
	assert_int_equal(mkdir(((struct place *)*state)->path, 0700), 0);
	check_refused(*state, "the configuration %s: is not a regular file");
}

/** A fifo must not be waited for: alarm ends the test if it is. */
static void test_fifo(void **state)
{
	assert_int_equal(mkfifo(((struct place *)*state)->path, 0600), 0);
	alarm(10);
	check_refused(*state, "the configuration %s: is not a regular file");
	alarm(0);
}

static void test_large(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };
	struct place *p = *state;

	put(p->path, RI_CFGFILE_MAX + 1);
	check_refused(p,
	    "the configuration %s: is larger than 1 MiB, too large for a configuration");
	put(p->path, RI_CFGFILE_MAX);
	assert_int_equal(ri_job_defaults(&job, &e), 0);
	check_ok("1 MiB", ri_cfgfile_read(p->path, false, &job, &e), &e);
}

static void test_unreadable(void **state)
{
	struct place *p = *state;
	bool root = geteuid() == 0;

	put(p->path, 1);
	assert_int_equal(chmod(p->path, 0), 0);
	if (root)
		assert_int_equal(chmod(p->dir, 0755) | seteuid(65534), 0);
	check_refused(p, "opening the configuration %s: Permission denied");
	if (root)
		assert_int_equal(seteuid(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_is_default),
		cmocka_unit_test(test_shipped_others),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_long_name),
		cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fifo, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
