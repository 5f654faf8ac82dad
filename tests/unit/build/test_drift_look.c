// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a built volume has changed since, for a list. */
#include "unit/fake_build.h"

#include "build/drift_look.h"

#define RECORD(kernel)                                                                             \
	"kernel=" kernel "\nimage_bytes=8\ninitrd_bytes=9\nnewest=" kernel "\npackages=\n"

static int fresh(void **state)
{
	(void)state;
	fb_fresh();
	fb_image(tmp_path("vm.raw"));
	fb_text(RI_PATH_STATE_RECORD, RECORD("1.0"));
	fb_text(RI_PATH_INITRD, "ours");
	return 0;
}

static void asked(const char *name, const char *want)
{
	struct ri_err e = { 0 };
	RI_BUF newer = { 0 };

	check_ok(name, ri_drift_look_by(&fb_openers, tmp_path("vm.raw"), "raw", &newer, &e), &e);
	check_span(name, ri_buf_span(&newer), ri_str(want));
}

#define NEWER "kernel " FB_KERNEL " was installed; kernel 1.0 was removed"

static void test_newer(void **state)
{
	(void)state;
	asked("newer", NEWER);
	fb_dir("/var/lib/dpkg");
	fb_text("/var/lib/dpkg/status", "Package: a\n");
	asked("packages", NEWER "; packages were installed, upgraded or removed");
	assert_int_equal(fb.appliances, 0);
}

/* The initrd is what tells the file system of /boot, and the record that of the root. */
static void test_a_boot_of_its_own(void **state)
{
	(void)state;
	fake_forget(&fb.appliance, RI_PATH_INITRD);
	asked("no /boot", "");
	fb_text("/initrd.img-ramboot", "ours");
	fb_text("/vmlinuz-1.0", "12345678");
	fb_text("/initrd.img-1.0", "123456789");
	asked("as it was", "");
	fb_text("/initrd.img-1.0", "1234");
	asked("its initrd", "the initrd of kernel 1.0 was made anew");
	fake_forget(&fb.appliance, RI_PATH_STATE_RECORD);
	asked("no record", "");
}

/* Whatever fails, it only tells nothing. */
static void test_a_reader_that_fails(void **state)
{
	size_t calls;

	asked("all is well", NEWER);
	calls = fb.direct.calls;
	assert_true(calls > 5);
	for (size_t i = 1; i <= calls; i++) {
		fresh(state);
		fb.direct.fail_at = i;
		asked("a failure", "");
	}
	assert_int_equal(unlink(tmp_path("vm.raw")), 0);
	asked("no volume", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_newer, fresh),
		cmocka_unit_test_setup(test_a_boot_of_its_own, fresh),
		cmocka_unit_test_setup(test_a_reader_that_fails, fresh),
	};

	return cmocka_run_group_tests(tests, fb_set_up, fb_tear_down);
}
