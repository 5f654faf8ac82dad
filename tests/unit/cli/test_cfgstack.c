// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which configuration files count, in which order. */
#include "unit/fake_host.h"

#include "cli/cfgstack.h"
#include "plan/origin.h"

/** What reading the host's files for @vmid gives: "LEVEL from WHERE", the host's root left out; or the error. */
static void check_level(unsigned vmid, const char *want)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	const struct ri_setting *level = ri_setting_find("archive.zstd_level");
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };
	const char *from;

	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	check_ok("read", ri_cfgstack_read(tmpdir, vmid, &job, &e), &e);
	from = ri_origin_of(&job, level);
	if (from) {
		assert_memory_equal(from, tmpdir, strlen(tmpdir));
		from += strlen(tmpdir);
	}
	ri_buf_addf(&got, "%d from %s", job.zstd_level, from ? from : "nowhere");
	check_span("level", ri_buf_span(&got), ri_str(want));
}

static void put_level(const char *name, int level)
{
	char text[80];

	snprintf(text, sizeof text, "# one\narchive: { zstd_level = %d; };\n", level);
	host_put(name, text);
}

/** Each file overrides those before it, and only in what it sets. */
static void test_order(void **state)
{
	(void)state;
	check_level(105, "3 from nowhere");
	put_level("etc/ramimg.conf", 4);
	check_level(105, "4 from /etc/ramimg.conf:2");
	check_log("");
	put_level("etc/ramimg/conf.d/10-site.conf", 6);
	check_level(0, "6 from /etc/ramimg/conf.d/10-site.conf:2");
	check_log("");
	put_level("etc/ramimg/ramimg.conf", 5);
	check_level(0, "6 from /etc/ramimg/conf.d/10-site.conf:2");
	check_log(rooted("%s/etc/ramimg.conf is not read, as there is %s/etc/ramimg/ramimg.conf; "
			 "move what it sets to that one, and remove it\n"));
	assert_int_equal(unlink(tmp_path("etc/ramimg.conf")), 0);
	put_level("etc/ramimg/conf.d/9.conf", 7);
	check_level(0, "7 from /etc/ramimg/conf.d/9.conf:2");
	put_level("etc/ramimg/conf.d/Z.conf", 8);
	put_level("etc/ramimg/conf.d/a.conf", 9);
	check_level(0, "9 from /etc/ramimg/conf.d/a.conf:2");
	put_level("etc/ramimg/vm/105.conf", 10);
	check_level(105, "10 from /etc/ramimg/vm/105.conf:2");
	check_level(106, "9 from /etc/ramimg/conf.d/a.conf:2");
	check_level(0, "9 from /etc/ramimg/conf.d/a.conf:2");
	host_put("etc/ramimg/vm/105.conf", "ram: { reserve = \"1M\"; };\n");
	check_level(105, "9 from /etc/ramimg/conf.d/a.conf:2");
	check_log("");
}

/** What dpkg and editors leave there does not count; what is no file does, as an error. */
static void test_names(void **state)
{
	static const char *const passed[] = { "x.conf~", "x.conf.dpkg-old", ".x.conf", ".conf", "x",
		"x.CONF", "README" };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };
	char name[80];

	(void)state;
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
		snprintf(name, sizeof name, "etc/ramimg/conf.d/%s", passed[i]);
		host_put(name, "nonsense = 1;\n");
	}
	check_level(0, "3 from nowhere");
	host_put("etc/ramimg/conf.d/x.conf/y", "");
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	check_err("a directory", ri_cfgstack_read(tmpdir, 0, &job, &e), &e, RI_E_CONFIG,
	    rooted("the configuration %s/etc/ramimg/conf.d/x.conf: is not a regular file"));
}

/** Lists replace one another. */
static void test_lists(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_put("etc/ramimg/ramimg.conf", "archive: { exclude = [ \"/a\", \"/b\" ]; };\n");
	host_put("etc/ramimg/vm/105.conf", "archive: { exclude = [ \"/c\" ]; };\n");
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	check_ok("read", ri_cfgstack_read(tmpdir, 105, &job, &e), &e);
	assert_int_equal(job.exclude.n, 1);
	assert_string_equal(job.exclude.v[0], "/c");
}

/** A fault in any of them is told with its file and line. */
static void test_faults(void **state)
{
	static const char *const names[] = { "etc/ramimg.conf", "etc/ramimg/ramimg.conf",
		"etc/ramimg/conf.d/x.conf", "etc/ramimg/vm/105.conf" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
		struct ri_err e = { 0 };
		char want[300];

		host_put(names[i], "\n@include \"/etc/passwd\"\n");
		check_ok("defaults", ri_job_defaults(&job, &e), &e);
		snprintf(want, sizeof want,
		    "%s/%s:2: @include is not followed: each file is read for itself", tmpdir,
		    names[i]);
		check_err(names[i], ri_cfgstack_read(tmpdir, 105, &job, &e), &e, RI_E_CONFIG, want);
		assert_int_equal(unlink(tmp_path(names[i])), 0);
	}
}

/** Into a directory that others can write to anybody could put settings. */
static void test_writable(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	put_level("etc/ramimg/conf.d/x.conf", 4);
	assert_int_equal(chmod(tmp_path("etc/ramimg/conf.d"), 0777), 0);
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	assert_int_equal(ri_cfgstack_read(tmpdir, 0, &job, &e), -1);
	assert_int_equal(e.code, RI_E_CONFIG);
	assert_non_null(strstr(e.msg, "etc/ramimg/conf.d"));
}

static void test_has_vms(void **state)
{
	(void)state;
	assert_false(ri_cfgstack_has_vms(tmpdir));
	host_put("etc/ramimg/vm/x", "");
	assert_true(ri_cfgstack_has_vms(tmpdir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_order),
		HOST_TEST(test_names),
		HOST_TEST(test_lists),
		HOST_TEST(test_faults),
		HOST_TEST(test_writable),
		HOST_TEST(test_has_vms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
