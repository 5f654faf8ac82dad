// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of inspecting, changing and verifying a guest: it says so, and leaks nothing. */
#include "unit/oom.h"

#include "guest/guest.h"
#include "host/hostfile.h"
#include "host/sha256.h"
#include "unit/files.h"
#include "unit/initrds.h"

/* What the guest itself takes is there: its side of a call is another process. */
#define malloc(n) __real_malloc(n)
#define calloc(k, n) __real_calloc(k, n)
#define strdup(s) __real_strdup(s)
#define strndup(s, n) __real_strndup(s, n)
#include "unit/guest/built_manifest.h"
#include "unit/guest/small_guest.h"
#undef malloc
#undef calloc
#undef strdup
#undef strndup

#include "guest/apply.h"
#include "guest/find_excluded.h"
#include "guest/modules.h"
#include "guest/mounts.h"
#include "guest/readback.h"
#include "guest/verify_read.h"

static struct fake_guest guest;

static int inspect(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };

	return ri_inspect(&guest.w.g, *(const bool *)arg, &f, e);
}

static void test_inspect(void **state)
{
	static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", ext4[] = "ext4";
	static const struct ri_guest_fs both[] = { { sda1, ext4 }, { sda2, ext4 }, { NULL, NULL } };
	const bool readonly = true;

	(void)state;
	small_fresh(&guest);
	small.fs = both;
	small.tags = "PARTUUID=abc";
	small_text(&guest, RI_PATH_FSTAB, FX_FSTAB "PARTUUID=abc /boot ext4 defaults 0 2\n");
	assert_true(oom_each("inspect", inspect, &readonly) > 60);
	fake_forget(&guest, "/usr/share/initramfs-tools/scripts/local");
	assert_true(oom_each("without a generator", inspect, &readonly) > 60);
	fake_free(&guest);
}

/* What is refused names things, for which there is no memory either. */
static int refuse(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
	int rc = ri_inspect(&guest.w.g, true, &f, e);

	if (rc == 0 || e->code != RI_E_UNSUPPORTED)
		return rc;
	assert_non_null(strstr(e->msg, arg));
	*e = (struct ri_err){ 0 };
	return 0;
}

static void test_refusing(void **state)
{
	static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", ext4[] = "ext4", swap[] = "swap";
	static const struct ri_guest_fs both[] = { { sda1, ext4 }, { sda2, swap }, { NULL, NULL } };
	static const char *const none[] = { NULL }, *const two[] = { sda1, sda2, NULL };

	(void)state;
	small_fresh(&guest);
	small.fs = both;
	small.roots = none;
	assert_true(oom_each("none", refuse, "/dev/sda2 swap") > 1);
	small.roots = two;
	assert_true(oom_each("two", refuse, "several operating systems") > 2);
	fake_free(&guest);
}

static int modules(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_modules_free) struct ri_modules m = { 0 };

	return ri_modules_fetch(&guest.w.g, SMALL_KERNEL, arg, &m, e);
}

static void test_modules(void **state)
{
	static const char head[64] = "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\1\0\076";

	(void)state;
	small_fresh(&guest);
	small_text(&guest, SMALL_MODULES "/modules.dep", "a/squashfs.ko:\na/loop.ko:\n");
	small_text(&guest, SMALL_MODULES "/modules.builtin", "a/overlay.ko\n");
	fake_put(&guest, SMALL_MODULES "/a/squashfs.ko", head, sizeof head, 0644);
	fake_put(&guest, SMALL_MODULES "/a/loop.ko", head, sizeof head, 0644);
	assert_true(oom_each("modules", modules, "zstd") > 10);
	fake_free(&guest);
}

static int excluded(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list l = { 0 };
	RI_STRV excludes = { 0 };

	return ri_excluded_find(&guest.w.g, arg, &l, &excludes, e);
}

static void test_excluded(void **state)
{
	RI_ON_EXIT(ri_rules_free) struct ri_rules rules = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&guest);
	check_ok("rule", ri_strv_add(&rules.patterns, "/tmp/", &e), &e);
	check_ok("rule", ri_strv_add(&rules.patterns, "/srv/a*", &e), &e);
	assert_true(oom_each("excluded", excluded, &rules) > 10);
	fake_free(&guest);
}

static const struct ri_mount *mounts;

static int change(const void *arg, struct ri_err *e)
{
	const struct ri_actions *l = arg;
	struct ri_mount m = mounts[0];
	const struct ri_facts f = { .mounts = &m, .mounts_n = 1 };

	return ri_guest_mount_checked(&guest.w.g, &f, false, e) < 0 ||
		       ri_apply(&guest.w, l, e) < 0 || ri_readback(&guest.w.g, &f, l, e) < 0
		   ? -1
		   : 0;
}

static void test_change(void **state)
{
	static char root[] = "/", sda1[] = "/dev/sda1", ext4[] = "ext4", uuid[] = FAKE_UUID;
	static const struct ri_mount m = { root, sda1, ext4, uuid, 0, 0, { 0, NULL } };
	struct ri_actions l = { .n = 3 };

	(void)state;
	small_fresh(&guest);
	mounts = &m;
	l.v[0] = (struct ri_action){ .kind = RI_ACT_PUT,
		.path = RI_PATH_FSTAB,
		.bytes = ri_str("NEW"),
		.keep_attrs = true,
		.why = "test" };
	l.v[1] = (struct ri_action){ .kind = RI_ACT_PUT,
		.path = "/top",
		.bytes = ri_str("NEW"),
		.why = "test" };
	l.v[2] = (struct ri_action){ .kind = RI_ACT_REMOVE, .path = "/tmp/junk", .why = "test" };
	assert_true(oom_each("change", change, &l) > 5);
	assert_null(fake_find(&guest, "/tmp/junk"));
	assert_non_null(fake_find(&guest, "/top"));
	fake_free(&guest);
}

/* An initrd of a build, and what belongs to it. */
static void built(const char *archive)
{
	RI_BUF text = { 0 };
	RI_BUF base = { 0 };
	RI_BUF ours = { 0 };
	struct ri_err e = { 0 };

	make_base(&rows[RI_INITRD_GZIP], false);
	built_manifest(archive, SMALL_KERNEL, &text);
	check_ok("append",
	    initrd_append(tmp_path("base"), tmp_path("ours"),
		(const struct ri_initrd_member[]){
		    { RI_MEMBER_MANIFEST, 0644, ri_buf_span(&text) } },
		1, &e),
	    &e);
	slurp(tmp_path("base"), &base);
	slurp(tmp_path("ours"), &ours);
	fake_put(&guest, "/boot/initrd.img-" SMALL_KERNEL, base.p, base.n, 0644);
	fake_put(&guest, RI_PATH_INITRD, ours.p, ours.n, 0600);
	fake_put(&guest, RI_PATH_ARCHIVE_GZIP, archive, strlen(archive), 0600);
}

static int verify(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
	static char name[] = "initrd.img-" SMALL_KERNEL, root[] = "/";
	struct ri_boot_file file = { name, 1 };
	struct ri_mount m = { .mountpoint = root, .bytes = 1 << 20 };
	const struct ri_facts f = { .mounts = &m,
		.mounts_n = 1,
		.boot = &m,
		.boot_files = &file,
		.boot_files_n = 1 };

	if (ri_verify_read(&guest.w.g, &f, tmpdir, &seen, e) < 0)
		return -1;
	if (arg)
		assert_true(seen.archive_sha256[0] && seen.base_same);
	else
		assert_non_null(seen.manifest_error);
	return 0;
}

static void test_verify(void **state)
{
	(void)state;
	small_fresh(&guest);
	guest.host_files = true;
	built("the archive");
	assert_true(oom_each("verify", verify, "built") > 10);
	fake_put(&guest, "/boot/real", "the archive", 11, 0600);
	fake_put(&guest, RI_PATH_ARCHIVE_GZIP, "/boot/real", 10, 0777)->link = true;
	assert_true(oom_each("verify, through a link", verify, "built") > 10);
	small_text(&guest, RI_PATH_INITRD, "junk");
	assert_true(oom_each("verify junk", verify, NULL) > 2);
	fake_free(&guest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inspect),
		cmocka_unit_test(test_refusing),
		cmocka_unit_test(test_excluded),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_verify),
	};

	return cmocka_run_group_tests(tests, make_trees, tmp_tear_down);
}
