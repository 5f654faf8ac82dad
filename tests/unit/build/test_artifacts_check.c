// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Artifacts in a directory against their manifest.json. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "build/artifacts_check.h"

/* Of "archive\n", "initrd\n", "kernel\n", "sbom\n", "entry\n", "fstab\n"; the sums are sha256sum's, at run time. */
#define MAKE                                                                                        \
	"mkdir d; cd d; sum() { sha256sum <$1 | cut -c1-64; }; "                                    \
	"for n in archive initrd kernel sbom entry fstab; do echo $n >$n.x; done; "                 \
	"one() { printf '\"%s\": {\"file\": \"%s.x\", \"bytes\": %s, \"sha256\": \"%s\"}, ' $1 $1 " \
	"$(stat -c %s $1.x) $(sum $1.x); }; "                                                       \
	"{ printf '{\"format\": \"ramimg.build/1\", \"form\": \"tmpfs\", \"files\": {'; "           \
	"one archive; one initrd; one kernel; one sbom; "                                           \
	"printf '\"entry\": \"entry.x\", \"entry_sha256\": \"%s\", ' $(sum entry.x); "              \
	"printf '\"fstab\": \"fstab.x\", \"fstab_sha256\": \"%s\"}}' $(sum fstab.x); } >manifest.json; "

static int fresh(const char *change)
{
	RI_BUF script = { 0 };

	ri_buf_addf(&script, "rm -rf d; %s%s", MAKE, change);
	assert_false(script.oom);
	RUN(tmpdir, NULL, NULL, "sh", "-ec", script.p);
	return 0;
}

static void test_good(void **state)
{
	static const char *const what[] = { "archive", "initrd", "kernel", "entry", "fstab",
		"sbom" };
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	/* A directory that anybody could have made. */
	fresh("chmod 777 .");
	check_ok("check", ri_artifacts_check(tmp_path("d"), NULL, &v, &e), &e);
	assert_int_equal(v.bad, 0);
	assert_int_equal(v.n, 6);
	assert_string_equal(v.form, "tmpfs");
	for (size_t i = 0; i < v.n; i++) {
		RI_BUF name = { 0 };

		ri_buf_addf(&name, "%s.x", what[i]);
		assert_string_equal(v.v[i].what, what[i]);
		assert_string_equal(v.v[i].detail, name.p);
	}
}

/* What boots without a disk is there where the manifest says so. */
static void test_diskless(void **state)
{
	static const char add[] =
	    "echo d >diskless_initrd.x; echo c >diskless_cmdline.x; "
	    "sed -i \"s|, \\\"fstab\\\"|, $(one diskless_initrd; one diskless_cmdline) \\\"fstab\\\"|\" manifest.json; ";
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict bad = { 0 };
	struct ri_err e = { 0 };
	RI_BUF script = { 0 };

	(void)state;
	fresh(add);
	check_ok("check", ri_artifacts_check(tmp_path("d"), NULL, &v, &e), &e);
	assert_int_equal(v.n, 8);
	assert_int_equal(v.bad, 0);
	assert_string_equal(v.v[6].what, "diskless_initrd");
	ri_buf_addf(&script, "%secho x >>diskless_cmdline.x", add);
	fresh(script.p);
	check_ok("check", ri_artifacts_check(tmp_path("d"), NULL, &bad, &e), &e);
	assert_int_equal(bad.bad, 1);
	assert_string_equal(bad.v[7].detail,
	    "diskless_cmdline.x has another length than manifest.json says");
}

/* Each change is found, and the rest is judged all the same. */
static void test_bad(void **state)
{
	static const struct {
		const char *change, *what, *detail;
	} rows[] = {
		{ "rm archive.x", "archive", "archive.x is missing" },
		{ "echo >>initrd.x", "initrd",
		    "initrd.x has another length than manifest.json says" },
		{ "echo Kernel >kernel.x", "kernel",
		    "kernel.x has another SHA-256 than manifest.json says" },
		{ "echo more >>entry.x", "entry",
		    "entry.x has another SHA-256 than manifest.json says" },
		{ "rm fstab.x; mkfifo fstab.x", "fstab", "fstab.x is not a file" },
		{ "rm fstab.x; mkdir fstab.x", "fstab", "fstab.x is not a file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
		struct ri_err e = { 0 };

		fresh(rows[i].change);
		check_ok(rows[i].change, ri_artifacts_check(tmp_path("d"), NULL, &v, &e), &e);
		assert_int_equal(v.bad, 1);
		assert_int_equal(v.n, 6);
		for (size_t k = 0; k < v.n; k++) {
			assert_int_equal(v.v[k].good, strcmp(v.v[k].what, rows[i].what) != 0);
			if (!v.v[k].good)
				assert_string_equal(v.v[k].detail, rows[i].detail);
		}
	}
}

/* What no build left: nothing outside of the directory is opened, and nothing of it said. */
static void test_no_manifest(void **state)
{
	static const struct {
		const char *change;
		enum ri_code code;
		const char *want;
	} rows[] = {
		{ "rm manifest.json", RI_E_VERIFY,
		    "manifest.json: is missing; this is no directory of artifacts" },
		{ "rm manifest.json; mkfifo manifest.json", RI_E_VERIFY,
		    "manifest.json: is not a file, or too long" },
		{ "truncate -s 5M manifest.json", RI_E_VERIFY,
		    "manifest.json: is not a file, or too long" },
		{ "echo '{}' >manifest.json", RI_E_VERIFY, "is none that a build left" },
		{ "echo '[' >manifest.json", RI_E_VERIFY, "is none that a build left" },
		{ "sed -i 's/build.1/build\\/2/' manifest.json", RI_E_VERIFY,
		    "is none that a build left" },
		{ "sed -i 's/entry_sha256/entry_sum/' manifest.json", RI_E_VERIFY,
		    "does not say what entry is; a build of this version does" },
		{ "sed -i 's/fstab.x/..\\/x/' manifest.json", RI_E_VERIFY,
		    "does not say what fstab is" },
		{ "sed -i 's/kernel.x/.hidden/' manifest.json", RI_E_VERIFY,
		    "does not say what kernel is" },
		{ "sed -i 's/\"bytes\": 8/\"bytes\": -8/' manifest.json", RI_E_VERIFY,
		    "does not say what archive is" },
		{ "rm kernel.x; ln -s /etc/passwd kernel.x", RI_E_IO, "kernel.x" },
		{ "rm manifest.json; ln -s /etc/passwd manifest.json", RI_E_IO, "manifest.json" },
		{ "cd ..; rm -rf d", RI_E_IO, "cannot open the directory" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
		struct ri_err e = { 0 };

		fresh(rows[i].change);
		assert_int_equal(ri_artifacts_check(tmp_path("d"), NULL, &v, &e), -1);
		if (e.code != rows[i].code || !strstr(e.msg, rows[i].want))
			fail_msg("%s: %s", rows[i].change, e.msg);
		assert_int_equal(v.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_bad, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_diskless, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_no_manifest, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
