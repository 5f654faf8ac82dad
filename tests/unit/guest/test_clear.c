// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is left of a root in a slim image. */
#include "unit/check.h"
#include "unit/fake_guest.h"

#include "guest/apply.h"
#include "guest/clear.h"

static struct ri_mount mounts[] = {
	{ .mountpoint = (char[]){ "/" }, .fstype = (char[]){ "ext4" } },
	{ .mountpoint = (char[]){ "/boot/efi" }, .fstype = (char[]){ "vfat" } },
	{ .mountpoint = (char[]){ "/srv/a/b" }, .fstype = (char[]){ "ext4" } },
	{ .mountpoint = (char[]){ "/efi" }, .fstype = (char[]){ "vfat" } },
};
static const struct ri_facts facts = { .mounts = mounts, .mounts_n = 4 };

static void fresh(struct fake_guest *k)
{
	static const char *const dirs[] = { "/boot", "/boot/grub", "/etc", "/etc/apt", "/usr",
		"/usr/bin", "/usr/lib", "/usr/lib/x", "/dev", "/proc", "/sys", "/srv", "/srv/a",
		"/srv/a/b", "/srv/a/b/c", "/efi", "/lost+found", "/home" };
	static const char *const files[] = { "/boot/vmlinuz-1", "/boot/grub/grub.cfg", "/etc/fstab",
		"/etc/fstab.ramimg-orig", "/etc/os-release", "/etc/shadow", "/etc/apt/list",
		"/usr/bin/ls", "/usr/lib/os-release", "/usr/lib/x/y", "/dev/null", "/srv/a/one",
		"/srv/a/b/two", "/srv/a/b/c/three", "/efi/grubx64.efi", "/lost+found/#1",
		"/home/secret", "/bootx" };

	k->w = (struct ri_guest_rw){ .g.ops = &fake_ops, .ops = &fake_write_ops };
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		fake_put(k, dirs[i], "", 0, 0755)->dir = true;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		fake_put(k, files[i], "x", 1, 0644);
	fake_put(k, "/bin", "/usr/bin", 8, 0777)->link = true;
}

/* Each path of a cleared guest, in any order. */
static void check_left(struct fake_guest *k)
{
	static const char *const left[] = { "/boot", "/boot/grub", "/boot/vmlinuz-1",
		"/boot/grub/grub.cfg", "/etc", "/etc/fstab", "/etc/os-release", "/usr", "/usr/lib",
		"/usr/lib/os-release", "/dev", "/proc", "/sys", "/srv", "/srv/a", "/srv/a/b",
		"/efi", "/efi/grubx64.efi", "/lost+found", "/lost+found/#1", "/bin" };

	for (size_t i = 0; i < sizeof left / sizeof *left; i++)
		if (!fake_find(k, left[i]))
			fail_msg("%s is gone", left[i]);
	if (k->n != sizeof left / sizeof *left)
		fail_msg("%zu paths are left: %s", k->n, k->log);
}

static void test_what_stays(void **state)
{
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	check_ok("clear", ri_guest_clear(&k.w, &facts, &e), &e);
	check_left(&k);
	/* And once more there is nothing to do. */
	k.log[0] = '\0';
	check_ok("again", ri_guest_clear(&k.w, &facts, &e), &e);
	assert_string_equal(k.log, "");
	check_left(&k);
}

/* Trimmed is what is unused once all has been written, of each file system that can be. */
static void test_applied(void **state)
{
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_actions l = { .n = 2, .facts = &facts };
	struct ri_err e = { 0 };
	size_t n;

	(void)state;
	l.v[0] = (struct ri_action){ .kind = RI_ACT_CLEAR, .path = "/", .why = "test" };
	l.v[1] = (struct ri_action){ .kind = RI_ACT_PUT,
		.path = "/boot/grub/grub.cfg",
		.bytes = ri_str("new"),
		.mode = 0644,
		.why = "test" };
	fresh(&k);
	check_ok("apply", ri_apply(&k.w, &l, &e), &e);
	check_left(&k);
	n = strlen(k.log);
	assert_string_equal(k.log + n -
				strlen("put /boot/grub/grub.cfg\nsync /\ntrim /\ntrim /srv/a/b\n"),
	    "put /boot/grub/grub.cfg\nsync /\ntrim /\ntrim /srv/a/b\n");
}

/* Whatever call fails, it is said; only a disk that cannot be trimmed is no failure. */
static void test_each_failure(void **state)
{
	struct ri_actions l = { .n = 1, .facts = &facts };
	size_t bad = 0;

	(void)state;
	l.v[0] = (struct ri_action){ .kind = RI_ACT_CLEAR, .path = "/", .why = "test" };
	for (size_t at = 1;; at++) {
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		struct ri_err e = { 0 };
		int rc;

		fresh(&k);
		k.fail_at = at;
		rc = ri_apply(&k.w, &l, &e);
		if (k.calls < at)
			break;
		bad += rc < 0;
		if (rc == 0)
			check_left(&k);
		else
			assert_non_null(strstr(e.msg, "fake "));
	}
	assert_true(bad > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_stays),
		cmocka_unit_test(test_applied),
		cmocka_unit_test(test_each_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
