// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* How a trial judges what it was told. */
#include "unit/check.h"
#include "trial/checks.h"

#include <stdlib.h>

static void expect(const char *name, const struct ri_trial_checks *c, enum ri_trial_what what,
    enum ri_trial_state state, const char *detail)
{
	const struct ri_trial_check *k = &c->v[what];

	if (k->state != state || !k->detail || strcmp(k->detail, detail) != 0)
		fail_msg("%s: %s, [%s]", name, ri_trial_state_word(k->state), k->detail);
}

static void test_loader(void **state)
{
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks c = { 0 };
	static char reason[] = "not enough RAM";
	struct ri_trial_heard h = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("nothing", ri_trial_judge_loader(&c, &h, "the login prompt came", &e), &e);
	assert_int_equal(c.v[RI_TRIAL_LOADER].state, RI_TRIAL_FAILED);
	assert_memory_equal(c.v[RI_TRIAL_LOADER].detail,
	    "the login prompt came, and the loader has said nothing: ", 55);
	h.any = true;
	check_ok("disk", ri_trial_judge_loader(&c, &h, "", &e), &e);
	expect("disk", &c, RI_TRIAL_LOADER, RI_TRIAL_FAILED,
	    "it booted from the disk: it does not say why");
	h.status.reason = reason;
	check_ok("disk", ri_trial_judge_loader(&c, &h, "", &e), &e);
	expect("disk", &c, RI_TRIAL_LOADER, RI_TRIAL_FAILED,
	    "it booted from the disk: not enough RAM");
	h = (struct ri_trial_heard){
		.any = true,
		.status = { .in_ram = true, .compressed = true, .bytes = 3 << 20, .seconds = 2.25 }
	};
	check_ok("ram", ri_trial_judge_loader(&c, &h, "", &e), &e);
	expect("ram", &c, RI_TRIAL_LOADER, RI_TRIAL_PASSED,
	    "the root is in RAM, compressed: 3.0 MiB, loaded in 2.2 s");
}

static void test_release(void **state)
{
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks c = { 0 };
	RI_ON_EXIT(ri_trial_heard_free)
	struct ri_trial_heard h = { .any = true, .status.in_ram = true };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("kept by the build", ri_trial_judge_release(&c, &h, &e), &e);
	expect("kept by the build", &c, RI_TRIAL_RELEASE, RI_TRIAL_SKIPPED,
	    "the disk was built to be kept (release.disk = false)");
	check_ok("add",
	    ri_strv_add(&h.status.released, "sda", &e) + ri_strv_add(&h.status.released, "sdb", &e),
	    &e);
	check_ok("released", ri_trial_judge_release(&c, &h, &e), &e);
	expect("released", &c, RI_TRIAL_RELEASE, RI_TRIAL_PASSED,
	    "the guest has let go of sda; sdb");
	check_ok("add", ri_strv_add(&h.status.kept, "sdb: is mounted on /x", &e), &e);
	check_ok("kept", ri_trial_judge_release(&c, &h, &e), &e);
	expect("kept", &c, RI_TRIAL_RELEASE, RI_TRIAL_FAILED,
	    "the guest has not let go of sdb: is mounted on /x");
}

static void test_root(void **state)
{
	static const struct {
		const char *mounts;
		enum ri_trial_state state;
		const char *detail;
	} rows[] = {
		{ "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb / x y\n/dev/sda2 /a ext4 rw 0 0\n",
		    RI_TRIAL_PASSED, "the root is on the disk: /dev/sdb (x)" },
		{ "/dev/sda1 / ext4 rw 0 0\nnone / tmpfs rw 0 0\n", RI_TRIAL_FAILED,
		    "the root is not on the disk: its type is tmpfs" },
		{ "ramimg / overlay rw 0 0", RI_TRIAL_FAILED,
		    "the root is not on the disk: its type is overlay" },
		{ "/dev/sda1 /a ext4 rw 0 0\n\n/\n", RI_TRIAL_FAILED,
		    "/proc/mounts does not say where the root is" },
		{ "a /", RI_TRIAL_PASSED, "the root is on the disk: a ()" },
		{ NULL, RI_TRIAL_PASSED,
		    "the loader has not run; there is no guest agent to ask for more" },
	};
	struct ri_trial_heard h = { 0 };
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks ran = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks c = { 0 };
		struct ri_span text = ri_str(rows[i].mounts ? rows[i].mounts : "");

		check_ok(rows[i].detail,
		    ri_trial_judge_root(&c, &h, rows[i].mounts ? &text : NULL, &e), &e);
		expect(rows[i].detail, &c, RI_TRIAL_ROOT, rows[i].state, rows[i].detail);
	}
	h.any = true;
	check_ok("loader", ri_trial_judge_root(&ran, &h, NULL, &e), &e);
	expect("loader", &ran, RI_TRIAL_ROOT, RI_TRIAL_FAILED,
	    "the loader has run: the machine booted by the RAM entry");
}

static void test_memory(void **state)
{
	static const struct {
		const char *text;
		enum ri_trial_state state;
		const char *detail;
	} rows[] = {
		{ "MemTotal:  2048000 kB\nMemFree: 1 kB\nMemAvailable:   524288 kB\n",
		    RI_TRIAL_PASSED, "512.0 MiB of 2.0 GiB are available" },
		{ "MemTotal:  524288 kB\nMemAvailable:   131072 kB", RI_TRIAL_PASSED,
		    "128.0 MiB of 512.0 MiB are available" },
		{ "MemTotal:  524288 kB\nMemAvailable:   131071 kB", RI_TRIAL_FAILED,
		    "128.0 MiB of 512.0 MiB are available, which is less than ram.reserve (128.0 MiB): give the VM "
		    "more memory" },
		{ "", RI_TRIAL_FAILED, "/proc/meminfo does not say how much is available" },
		{ "MemTotal: 1 kB\nMemAvailable: 2 kB\n", RI_TRIAL_FAILED,
		    "/proc/meminfo does not say how much is available" },
		{ "MemTotal: 18446744073709551615 kB\nMemAvailable: 9 kB\n", RI_TRIAL_FAILED,
		    "/proc/meminfo does not say how much is available" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks c = { 0 };
		struct ri_err e = { 0 };

		check_ok(rows[i].text,
		    ri_trial_judge_memory(&c, ri_str(rows[i].text), 128 << 20, &e), &e);
		expect(rows[i].text, &c, RI_TRIAL_MEMORY, rows[i].state, rows[i].detail);
	}
}

static void test_units_and_files(void **state)
{
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks c = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("none", ri_trial_judge_units(&c, ri_str("\n"), &e), &e);
	expect("none", &c, RI_TRIAL_UNITS, RI_TRIAL_PASSED, "no unit has failed");
	check_ok("two", ri_trial_judge_units(&c, ri_str("a.service\n b.mount \n"), &e), &e);
	expect("two", &c, RI_TRIAL_UNITS, RI_TRIAL_FAILED, "failed: a.service, b.mount");
	check_ok("read",
	    ri_trial_judge_files(&c, ri_str(" 20676\n"),
		ri_str("cat: /tmp/x: No such file or directory\n"), &e),
	    &e);
	expect("read", &c, RI_TRIAL_FILES, RI_TRIAL_PASSED, "all of its 20676 files were read");
	for (int i = 0; i < 2; i++) {
		check_ok("nothing",
		    ri_trial_judge_files(&c, ri_str(i ? "0\n" : ""), ri_str(""), &e), &e);
		expect("nothing", &c, RI_TRIAL_FILES, RI_TRIAL_FAILED,
		    "nothing was read: the guest's find or wc does not do its work");
	}
	check_ok("not read",
	    ri_trial_judge_files(&c, ri_str("20676\n"),
		ri_str("cat: /a: No such file or directory\ncat: /b: Input/output error\n"
		       "cat: /c: Input/output error\n"),
		&e),
	    &e);
	expect("not read", &c, RI_TRIAL_FILES, RI_TRIAL_FAILED,
	    "2 files cannot be read: cat: /b: Input/output error");
	assert_int_equal(ri_trial_count(&c, RI_TRIAL_FAILED), 2);
	assert_int_equal(ri_trial_count(&c, RI_TRIAL_NOT_TRIED), RI_TRIAL_CHECKS - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loader),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_units_and_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
