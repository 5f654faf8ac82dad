// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the appliance's module is looked for, and what is said of one that cannot be used. That the program loads its own
 * is proved by whatever starts an appliance; that it does without libguestfs, by golden/without-libguestfs.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "appmodule/load.h"

#define INSTALLED RAMIMG_MODULE_DIR "/" RI_APPMODULE_FILE

static void check_path(const char *exe, bool secure, const char *want)
{
	RI_FREE char *got = ri_appmodule_path(exe, secure);

	assert_non_null(got);
	assert_string_equal(got, want);
}

static void test_path(void **state)
{
	char exe[200], beside[200];

	(void)state;
	snprintf(exe, sizeof exe, "%s/ramimg", tmpdir);
	snprintf(beside, sizeof beside, "%s/" RI_APPMODULE_FILE, tmpdir);
	spit(exe, LIT("program"));
	check_path(exe, false, INSTALLED);
	spit(beside, LIT("here"));
	check_path(exe, false, beside);
	assert_int_equal(chmod(beside, 0646), 0);
	check_path(exe, false, INSTALLED);
	assert_int_equal(chmod(beside, 0644), 0);
	check_path(exe, true, INSTALLED);
	/* Where it is installed, what is beside it does not count, whatever that is; nor does a working directory. */
	check_path(RAMIMG_BIN_DIR "/ramimg", false, INSTALLED);
	assert_int_equal(chdir(tmpdir), 0);
	check_path("ramimg", false, INSTALLED);
	check_path("./ramimg", false, INSTALLED);
	check_path(NULL, false, INSTALLED);
	assert_int_equal(chdir("/"), 0);
}

/* In a directory that others can write to, theirs is not loaded. */
static void test_somebody_elses(void **state)
{
	char exe[200], beside[200];

	(void)state;
	if (geteuid() != 0)
		skip();
	snprintf(exe, sizeof exe, "%s/ramimg", tmpdir);
	snprintf(beside, sizeof beside, "%s/" RI_APPMODULE_FILE, tmpdir);
	spit(exe, LIT("program"));
	spit(beside, LIT("here"));
	assert_int_equal(chown(beside, 1000, 1000), 0);
	check_path(exe, false, INSTALLED);
	assert_int_equal(chown(exe, 1000, 1000), 0);
	check_path(exe, false, beside);
	assert_int_equal(chown(beside, 0, 0), 0);
	check_path(exe, false, beside);
}

static void check_refused(const char *path, const char *install, const char *words)
{
	static const struct ri_appmodule untouched;
	const struct ri_appmodule *m = &untouched;
	const char *asked = "nothing";
	struct ri_err e = { 0 };

	assert_int_equal(ri_appmodule_load(path, &m, &asked, &e), -1);
	assert_ptr_equal(m, &untouched);
	assert_int_equal(e.code, RI_E_IO);
	if (install)
		assert_string_equal(asked, install);
	else
		assert_null(asked);
	if (!strstr(e.msg, words))
		fail_msg("\"%s\" is not in \"%s\"", words, e.msg);
}

static void test_refused(void **state)
{
	char path[200];

	(void)state;
	snprintf(path, sizeof path, "%s", tmp_path("none.so"));
	check_refused(path, "--reinstall ramimg", "none.so: No such file or directory");
	snprintf(path, sizeof path, "%s", tmp_path("text.so"));
	spit(path, LIT("no library"));
	check_refused(path, NULL, "text.so: file too short");
	/* A library, and none of ours. */
	check_refused("libc.so.6", "--reinstall ramimg",
	    "another build of ramimg, a foreign, than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_path, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_somebody_elses, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_refused, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
