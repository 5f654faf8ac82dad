// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether KVM works, as a made-up QEMU has it. */
#include "unit/trial/made_qemu.h"

#include "host/kvm_hangs.h"
#include "trial/kvm.h"

#include <sys/utsname.h>

/* Long enough for a shell on a busy machine; what hangs is waited for as long. */
enum { SOON_MS = 60000, HANGS_MS = 300, NEVER_MS = 1 << 30 };

static char device[64], boot[64], mark[64];

/** Put an empty file. */
static void put(const char *name)
{
	struct ri_err e = { 0 };

	check_ok(name, put_file(tmp_path(name), ri_str(""), 0644, &e), &e);
}

static bool says(struct ri_trial_kvm k)
{
	struct ri_err e = { 0 };
	bool yes = true;

	check_ok("says", ri_trial_kvm_works(&k, &yes, &e), &e);
	return yes;
}

static bool works(int patience_ms)
{
	return says((struct ri_trial_kvm){ device, boot, mark, patience_ms });
}

#define FOR_EVER "while :; do :; done"

static void test_kernel(void **state)
{
	(void)state;
	put("boot/vmlinuz-6.9.0");
	put("boot/vmlinuz-6.10.0");
	put("boot/config-6.11.0");
	made_qemu(
	    "case \"$*\" in *' -accel kvm '*' -append console=ttyS0 panic=-1 '*'-kernel '*/vmlinuz-6.10.0)\n"
	    "echo 'Linux version'; echo 'Kernel panic - not syncing: VFS'; " FOR_EVER "\nesac");
	assert_true(works(SOON_MS));
	/* It ends without a word: no reason not to ask again. */
	made_qemu("echo 'No bootable device'");
	assert_false(works(SOON_MS));
	made_qemu("echo 'failed to initialize kvm' >&2; exit 1");
	assert_false(works(SOON_MS));
	assert_false(ri_kvm_hangs_is_set(mark));
}

static void test_running_kernel(void **state)
{
	struct utsname u;
	char name[80];

	(void)state;
	uname(&u);
	snprintf(name, sizeof name, "boot/vmlinuz-%.64s", u.release);
	put(name);
	put("boot/vmlinuz-999");
	made_qemu(
	    "case \"$*\" in *-kernel*/vmlinuz-999) ;; *-kernel*) echo 'Kernel panic'; esac; " FOR_EVER);
	assert_true(works(SOON_MS));
	assert_int_equal(unlink(tmp_path(name)), 0);
}

static void test_no_kernel(void **state)
{
	(void)state;
	made_qemu(
	    "case \"$*\" in *-kernel*) ;; *isa-debugcon*) echo 'No bootable device.'; esac; " FOR_EVER);
	assert_true(works(SOON_MS));
}

static void check_hangs(const char *script, int patience_ms)
{
	put("boot/vmlinuz-6.9.0");
	made_qemu(script);
	assert_false(works(patience_ms));
	assert_true(ri_kvm_hangs_is_set(mark));
	/* Not tried again, unless somebody insists. */
	made_qemu("echo 'Kernel panic'; " FOR_EVER);
	assert_false(works(SOON_MS));
	assert_true(says((struct ri_trial_kvm){ device, boot, NULL, SOON_MS }));
}

static void test_hangs(void **state)
{
	(void)state;
	check_hangs("echo 'Booting from ROM'; " FOR_EVER, HANGS_MS);
}

/** The machine stands still, and QEMU stays. */
static void test_at_a_loss(void **state)
{
	static const char *const rows[] = { "KVM internal error. Suberror: 1",
		"KVM: entry failed, hardware error 0x0", "error: kvm run failed Bad address" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_FREE char *script = NULL;

		assert_true(asprintf(&script, "echo '%s' >&2; " FOR_EVER, rows[i]) > 0);
		check_hangs(script, NEVER_MS);
		assert_int_equal(unlink(mark), 0);
	}
}

static void test_no_device(void **state)
{
	(void)state;
	made_qemu("echo 'No bootable device.'; " FOR_EVER);
	assert_int_equal(unlink(device), 0);
	assert_false(works(SOON_MS));
}

static int set_up(void **state)
{
	if (made_qemu_set_up(state) < 0 || mkdir(tmp_path("boot"), 0755) < 0)
		return -1;
	put("device");
	snprintf(device, sizeof device, "%s", tmp_path("device"));
	snprintf(boot, sizeof boot, "%s", tmp_path("boot"));
	snprintf(mark, sizeof mark, "%s", tmp_path("mark"));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kernel, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_running_kernel, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_no_kernel, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_hangs, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_at_a_loss, set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_no_device, set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
