// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is done to a guest: order, attributes, links, and a failure at every single call. */
#include "unit/check.h"
#include "unit/fake_guest.h"

#include "guest/apply.h"
#include "guest/readback.h"

static struct ri_actions plan_of_build(void)
{
	struct ri_actions l = { .n = 4 };

	l.v[0] = (struct ri_action){ .kind = RI_ACT_UPLOAD,
		.path = "/boot/ram.tar.gz",
		.host_path = "ARCHIVE",
		.sha256 = "ARCHIVE",
		.mode = 0600,
		.why = "the root, packed" };
	l.v[1] = (struct ri_action){ .kind = RI_ACT_UPLOAD,
		.path = "/boot/initrd.img-ramboot",
		.host_path = "INITRD",
		.sha256 = "INITRD",
		.mode = 0600,
		.why = "the loader" };
	l.v[2] = (struct ri_action){ .kind = RI_ACT_PUT,
		.path = "/etc/fstab",
		.bytes = ri_str("NEW fstab"),
		.mode = 0644,
		.keep_attrs = true,
		.why = "a tmpfs root" };
	l.v[3] = (struct ri_action){ .kind = RI_ACT_PUT,
		.path = "/boot/grub/grub.cfg",
		.bytes = ri_str("NEW cfg"),
		.mode = 0644,
		.keep_attrs = true,
		.why = "the menu entry" };
	return l;
}

static void fresh(struct fake_guest *k)
{
	k->w = (struct ri_guest_rw){ .g.ops = &fake_ops, .ops = &fake_write_ops };
	fake_put(k, "/boot", "", 0, 0755)->dir = true;
	fake_put(k, "/etc", "", 0, 0755)->dir = true;
	fake_put(k, "/boot/grub", "", 0, 0755)->dir = true;
	fake_put(k, "/etc/fstab", "OLD fstab", 9, 0640);
	fake_put(k, "/boot/grub/grub.cfg", "OLD cfg", 7, 0444);
}

static void is(struct fake_guest *k, const char *path, const char *bytes, unsigned mode)
{
	struct fake_file *f = fake_find(k, path);

	assert_non_null(f);
	assert_int_equal(f->n, strlen(bytes));
	assert_memory_equal(f->bytes, bytes, f->n);
	assert_int_equal(f->mode, mode);
	assert_true(f->synced);
}

static void test_order_and_attributes(void **state)
{
	struct ri_actions l = plan_of_build();
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	assert_int_equal(ri_apply(&k.w, &l, &e), 0);
	is(&k, "/boot/ram.tar.gz", "ARCHIVE", 0600);
	is(&k, "/boot/initrd.img-ramboot", "INITRD", 0600);
	is(&k, "/etc/fstab", "NEW fstab", 0640);
	is(&k, "/boot/grub/grub.cfg", "NEW cfg", 0444);
	/* Each is written back before the next: where it comes to lie does not hang on the kernel's clock. */
	assert_string_equal(k.log,
	    "put /boot/ram.tar.gz\nsync /\nput /boot/initrd.img-ramboot\nsync /\n"
	    "put /etc/fstab\nsync /\nput /boot/grub/grub.cfg\nsync /\n");
}

/* The nth call fails, for every n: what refers to the big files never stands without them. */
static void test_a_failure_at_every_call(void **state)
{
	struct ri_actions l = plan_of_build();
	size_t n;

	(void)state;
	for (n = 1;; n++) {
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		struct ri_err e = { 0 };
		int rc;

		fresh(&k);
		k.fail_at = n;
		rc = ri_apply(&k.w, &l, &e);
		if (memcmp(fake_find(&k, "/boot/grub/grub.cfg")->bytes, "NEW", 3) == 0) {
			assert_non_null(fake_find(&k, "/boot/ram.tar.gz"));
			assert_non_null(fake_find(&k, "/boot/initrd.img-ramboot"));
			assert_memory_equal(fake_find(&k, "/etc/fstab")->bytes, "NEW", 3);
		}
		if (k.calls < n) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.sys, ENOSPC);
		assert_non_null(strstr(e.msg, "fake "));
	}
	assert_int_equal(n - 1, 34); /* a new call must be looked at */
}

/* A guest whose files and directories were all changed at 5.6 s, but for what does not exist. */
static void aged(struct fake_guest *k)
{
	fresh(k);
	for (size_t i = 0; i < k->n; i++)
		k->f[i].mtime = (struct timespec){ 5, 6 };
}

static void changed_at(struct fake_guest *k, const char *path, time_t sec, long nsec)
{
	const struct fake_file *f = fake_find(k, path);

	assert_non_null(f);
	if (f->mtime.tv_sec != sec || f->mtime.tv_nsec != nsec)
		fail_msg("%s: %lld.%ld", path, (long long)f->mtime.tv_sec, f->mtime.tv_nsec);
}

/* One file in place of another, one that is new and in a new directory, and one that goes. */
static struct ri_actions three_changes(enum ri_act_times times)
{
	struct ri_actions l = plan_of_build();

	l.times = times;
	l.date = 1000;
	l.n = 3;
	l.v[0] = l.v[2];
	l.v[1].path = "/var/ramimg/x";
	l.v[2] =
	    (struct ri_action){ .kind = RI_ACT_REMOVE, .path = "/boot/grub/grub.cfg", .why = "x" };
	return l;
}

static void test_times(void **state)
{
	/* The replaced file and its directory; the new one, its directory and what that is in; where one goes. */
	static const struct {
		enum ri_act_times times;
		struct timespec file, dir, new_file, new_dir, up;
	} rows[] = {
		{ RI_TIMES_NOW, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 } },
		{ RI_TIMES_KEPT, { 5, 6 }, { 5, 6 }, { 0, 0 }, { 0, 0 }, { 5, 6 } },
		{ RI_TIMES_DATE, { 1000, 0 }, { 1000, 0 }, { 1000, 0 }, { 1000, 0 }, { 1000, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_actions l = three_changes(rows[i].times);
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		struct ri_err e = { 0 };

		aged(&k);
		fake_put(&k, "/var", "", 0, 0755)->dir = true;
		fake_find(&k, "/var")->mtime = (struct timespec){ 5, 6 };
		check_ok("apply", ri_apply(&k.w, &l, &e), &e);
		changed_at(&k, "/etc/fstab", rows[i].file.tv_sec, rows[i].file.tv_nsec);
		changed_at(&k, "/etc", rows[i].dir.tv_sec, rows[i].dir.tv_nsec);
		changed_at(&k, "/boot/grub", rows[i].dir.tv_sec, rows[i].dir.tv_nsec);
		changed_at(&k, "/var/ramimg/x", rows[i].new_file.tv_sec, 0);
		changed_at(&k, "/var/ramimg", rows[i].new_dir.tv_sec, 0);
		changed_at(&k, "/var", rows[i].up.tv_sec, rows[i].up.tv_nsec);
		changed_at(&k, "/boot", 5, 6); /* nothing happened in it */
		assert_null(fake_find(&k, "/boot/grub/grub.cfg"));
	}
}

/* Whatever fails on the way is told. */
static void test_times_that_cannot_be_set(void **state)
{
	(void)state;
	for (enum ri_act_times times = RI_TIMES_KEPT; times <= RI_TIMES_DATE; times++) {
		for (size_t n = 1;; n++) {
			struct ri_actions l = three_changes(times);
			RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
			struct ri_err e = { 0 };
			int rc;

			aged(&k);
			k.fail_at = n;
			rc = ri_apply(&k.w, &l, &e);
			assert_int_equal(rc, k.calls < n ? 0 : -1);
			if (rc == 0) {
				assert_true(n > 25);
				break;
			}
			assert_non_null(strstr(e.msg, "fake "));
		}
	}
}

static void test_a_link_stays_a_link(void **state)
{
	struct ri_actions l = { .n = 1 };
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };
	struct fake_file *f;

	(void)state;
	fresh(&k);
	fake_put(&k, "/etc/real", "OLD", 3, 0600);
	f = fake_put(&k, "/etc/link", "/etc/real", 9, 0777);
	f->link = true;
	l.v[0] = (struct ri_action){ .kind = RI_ACT_PUT,
		.path = "/etc/link",
		.bytes = ri_str("NEW"),
		.mode = 0644,
		.keep_attrs = true,
		.why = "test" };
	assert_int_equal(ri_apply(&k.w, &l, &e), 0);
	is(&k, "/etc/real", "NEW", 0600);
	assert_true(fake_find(&k, "/etc/link")->link);
}

/* Where nothing is, nothing is made: the guest said so by mistake, or somebody on purpose. */
static void test_a_link_that_leads_nowhere(void **state)
{
	struct ri_actions l = { .n = 1 };
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	fake_put(&k, "/etc/link", "/opt/nothing", 12, 0777)->link = true;
	l.v[0] = (struct ri_action){ .kind = RI_ACT_PUT,
		.path = "/etc/link",
		.bytes = ri_str("NEW"),
		.why = "test" };
	assert_int_equal(ri_apply(&k.w, &l, &e), -1);
	assert_int_equal(e.code, RI_E_GUEST);
	assert_string_equal(e.msg,
	    "/etc/link (test): /etc/link is a symbolic link that leads nowhere; "
	    "remove it in the guest");
	assert_null(fake_find(&k, "/opt/nothing"));
}

static void test_what_is_in_the_way(void **state)
{
	static const struct {
		enum ri_act_kind kind;
		const char *want;
	} cases[] = {
		{ RI_ACT_PUT, "/etc/x (test): /etc/x exists and is not a file" },
		{ RI_ACT_REMOVE, "/etc/x (test): is a directory and was to be removed as a file" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_actions l = { .n = 1 };
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		struct ri_err e = { 0 };

		fresh(&k);
		fake_put(&k, "/etc/x", "", 0, 0755)->dir = true;
		l.v[0] = (struct ri_action){ .kind = cases[i].kind,
			.path = "/etc/x",
			.bytes = ri_str("NEW"),
			.why = "test" };
		assert_int_equal(ri_apply(&k.w, &l, &e), -1);
		assert_int_equal(e.code, RI_E_GUEST);
		assert_string_equal(e.msg, cases[i].want);
	}
}

static void test_removing_what_is_not_there(void **state)
{
	struct ri_actions l = { .n = 2 };
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	l.v[0] = (struct ri_action){ .kind = RI_ACT_REMOVE, .path = "/nowhere", .why = "test" };
	l.v[1] = (struct ri_action){ .kind = RI_ACT_RMDIR, .path = "/nowhere-else", .why = "test" };
	assert_int_equal(ri_apply(&k.w, &l, &e), 0);
	assert_string_equal(k.log, "");
}

static void test_readback(void **state)
{
	static const struct {
		const char *path, *bytes, *want;
	} cases[] = {
		{ NULL, NULL, NULL },
		{ "/etc/fstab", "NEW fstaB",
		    "/etc/fstab: it reads back differently from what was written" },
		{ "/boot/ram.tar.gz", "ARCHIVF",
		    "/boot/ram.tar.gz: its SHA-256 is ARCHIVF instead of ARCHIVE" },
		{ "/boot/initrd.img-ramboot", "",
		    "/boot/initrd.img-ramboot: its SHA-256 is  instead of INITRD" },
	};
	struct ri_actions l = plan_of_build();
	struct ri_mount m = { .device = NULL };
	struct ri_facts f = { .mounts = &m, .mounts_n = 1 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		struct ri_err e = { 0 };
		int rc;

		fresh(&k);
		assert_int_equal(ri_apply(&k.w, &l, &e), 0);
		if (cases[i].path)
			fake_put(&k, cases[i].path, cases[i].bytes, strlen(cases[i].bytes), 0);
		rc = ri_readback(&k.w.g, &f, &l, &e);
		assert_int_equal(rc < 0, cases[i].want != NULL);
		assert_string_equal(e.msg, cases[i].want ? cases[i].want : "");
		assert_int_equal(e.code, cases[i].want ? RI_E_VERIFY : RI_OK);
	}
}

/* What was removed is looked for; a directory may stay for what the guest has put into it. */
static void test_readback_of_what_is_gone(void **state)
{
	struct ri_actions l = { .n = 2 };
	struct ri_mount m = { .device = NULL };
	struct ri_facts f = { .mounts = &m, .mounts_n = 1 };
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	fake_put(&k, "/etc/old", "OLD", 3, 0600);
	fake_put(&k, "/etc/olds", "", 0, 0700)->dir = true;
	l.v[0] = (struct ri_action){ .kind = RI_ACT_REMOVE, .path = "/etc/old", .why = "test" };
	l.v[1] = (struct ri_action){ .kind = RI_ACT_RMDIR, .path = "/etc/olds", .why = "test" };
	check_err("before", ri_readback(&k.w.g, &f, &l, &e), &e, RI_E_VERIFY,
	    "/etc/old: it was removed and is still there");
	e = (struct ri_err){ 0 };
	check_ok("apply", ri_apply(&k.w, &l, &e), &e);
	assert_string_equal(k.log, "remove /etc/old\nsync /\nrmdir /etc/olds\nsync /\n");
	check_ok("after", ri_readback(&k.w.g, &f, &l, &e), &e);
}

static void test_a_failure_at_every_call_of_a_readback(void **state)
{
	struct ri_actions l = plan_of_build();
	struct ri_mount m = { .device = NULL };
	struct ri_facts f = { .mounts = &m, .mounts_n = 1 };
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };
	size_t n;

	(void)state;
	fresh(&k);
	check_ok("apply", ri_apply(&k.w, &l, &e), &e);
	l.v[l.n++] = (struct ri_action){ .kind = RI_ACT_REMOVE, .path = "/etc/old", .why = "test" };
	for (n = 1;; n++) {
		int rc;

		k.calls = 0;
		k.fail_at = n;
		rc = ri_readback(&k.w.g, &f, &l, &e);
		if (k.calls < n)
			break;
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		e = (struct ri_err){ 0 };
	}
	check_ok("no failure", 0, &e);
	assert_int_equal(n - 1, 2 + 5);
}

/* What an earlier build was interrupted in leaves a name behind, and a link of that name is not followed. */
static void test_what_is_left(void **state)
{
	struct ri_actions l = plan_of_build();
	RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k);
	fake_put(&k, "/etc/precious", "PRECIOUS", 8, 0600);
	fake_put(&k, "/etc/fstab.ramimg-new", "/etc/precious", 13, 0777)->link = true;
	check_ok("apply", ri_apply(&k.w, &l, &e), &e);
	is(&k, "/etc/fstab", "NEW fstab", 0640);
	is(&k, "/etc/precious", "PRECIOUS", 0600);
	assert_null(fake_find(&k, "/etc/fstab.ramimg-new"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_attributes),
		cmocka_unit_test(test_a_failure_at_every_call),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_that_cannot_be_set),
		cmocka_unit_test(test_a_link_stays_a_link),
		cmocka_unit_test(test_a_link_that_leads_nowhere),
		cmocka_unit_test(test_what_is_in_the_way),
		cmocka_unit_test(test_removing_what_is_not_there),
		cmocka_unit_test(test_readback),
		cmocka_unit_test(test_readback_of_what_is_gone),
		cmocka_unit_test(test_a_failure_at_every_call_of_a_readback),
		cmocka_unit_test(test_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
