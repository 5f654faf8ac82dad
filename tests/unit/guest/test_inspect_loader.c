// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What starts a small guest, on its EFI partition /dev/sda2 and in its root. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"

#include "guest/inspect_loader.h"

#define FACTS RI_ON_EXIT(ri_facts_free) struct ri_facts
#define GUEST RI_ON_EXIT(fake_free) struct fake_guest

static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", ext4[] = "ext4", vfat[] = "vfat";
static const struct ri_guest_fs disk[] = { { sda1, ext4 }, { sda2, vfat }, { NULL, NULL } };

/* /EFI and /loader are on /dev/sda2, all else on /dev/sda1. */
static int kind_on(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	bool esp = strncmp(path, "/EFI", 4) == 0 || strncmp(path, "/loader", 7) == 0;

	if (fake_kind(g, path, out, e) < 0)
		return -1;
	if (esp != (strcmp(small.at_root, "/dev/sda2") == 0))
		*out = RI_KIND_NONE;
	return 0;
}

static void fresh(struct fake_guest *k, const struct ri_guest_fs *fs)
{
	small_fresh(k);
	small.fs = fs;
	small_ops.kind = kind_on;
}

static void dir(struct fake_guest *k, const char *path)
{
	fake_put(k, path, "", 0, 0755)->dir = true;
}

static void test_loaders(void **state)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "/EFI/debian/grubx64.efi", "" },
		{ "/EFI/systemd", "systemd-boot (/EFI/systemd on /dev/sda2)" },
		{ "/loader/entries", "systemd-boot (/loader/entries on /dev/sda2)" },
		{ "/EFI/Linux/a.efi", "a unified kernel image (/EFI/Linux/a.efi on /dev/sda2)" },
		{ "/boot/extlinux.conf", "extlinux (/boot/extlinux.conf)" },
		{ "/boot/grub/menu.lst", "GRUB Legacy (/boot/grub/menu.lst)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		struct ri_err e = { 0 };

		fresh(&k, disk);
		small_text(&k, rows[i].path, "");
		check_ok(rows[i].path, ri_inspect(&k.w.g, true, &f, &e), &e);
		assert_string_equal(f.loader, rows[i].want);
		assert_int_equal(f.stubs_n, 0);
	}
}

/* Windows' is told of besides, and of the first partition that has it. */
static void test_windows(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k, disk);
	dir(&k, "/EFI/Microsoft/Boot");
	dir(&k, "/EFI/systemd");
	check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
	assert_string_equal(f.windows, "/EFI/Microsoft/Boot on /dev/sda2");
	assert_string_equal(f.loader, "systemd-boot (/EFI/systemd on /dev/sda2)");
}

/* Each in the order of the names; a directory of that name is none. */
static void test_stubs(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k, disk);
	dir(&k, "/EFI");
	dir(&k, "/EFI/ubuntu");
	dir(&k, "/EFI/debian");
	dir(&k, "/EFI/other");
	dir(&k, "/EFI/other/grub.cfg");
	small_text(&k, "/EFI/ubuntu/grub.cfg", "u\n");
	small_text(&k, "/EFI/debian/grub.cfg", "d\n");
	check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
	assert_int_equal(f.stubs_n, 2);
	assert_string_equal(f.stubs[0].path, "/EFI/debian/grub.cfg");
	assert_string_equal(f.stubs[0].device, "/dev/sda2");
	check_span("debian's", ri_buf_span(&f.stubs[0].bytes), ri_str("d\n"));
	assert_string_equal(f.stubs[1].path, "/EFI/ubuntu/grub.cfg");
	assert_string_equal(f.loader, "");
}

/* A failure at every call but a mount's is told; none is taken for a partition without a boot loader. */
static void test_failures(void **state)
{
	const struct ri_guest_fslist l = { (struct ri_guest_fs[]){ { sda2, vfat } }, 1 };
	GUEST k = { 0 };
	size_t n;

	(void)state;
	fresh(&k, disk);
	dir(&k, "/EFI");
	dir(&k, "/EFI/debian");
	small_text(&k, "/EFI/debian/grub.cfg", "d\n");
	k.fail_sys = EIO;
	for (n = 1;; n++) {
		FACTS f = { 0 };
		struct ri_err e = { 0 };
		int rc;

		k.calls = 0;
		k.fail_at = n;
		rc = ri_inspect_esps(&k.w.g, &l, &f, &e);
		if (k.calls < n) {
			check_ok("no failure", rc, &e);
			break;
		}
		if (n == 2) { /* the mount */
			check_ok("no EFI partition", rc, &e);
			assert_int_equal(f.stubs_n, 0);
			continue;
		}
		assert_int_equal(rc, -1);
		assert_non_null(strstr(e.msg, "looking for an EFI partition: fake "));
	}
	assert_in_range(n, 10, 30);
}

/* Where the appliance may know more, it is asked. */
static void test_unsure(void **state)
{
	const struct ri_guest_fslist l = { (struct ri_guest_fs[]){ { sda2, vfat } }, 1 };
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k, disk);
	small.fails = "/";
	k.w.g.ask_appliance = true;
	check_err("unsure", ri_inspect_esps(&k.w.g, &l, &f, &e), &e, RI_E_IO,
	    "looking for an EFI partition: /dev/sda2 cannot be mounted");
}

static void test_too_many(void **state)
{
	const struct ri_guest_fslist l = { (struct ri_guest_fs[]){ { sda2, vfat } }, 1 };
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fresh(&k, disk);
	dir(&k, "/EFI");
	small.full = "/EFI";
	check_err("too many", ri_inspect_esps(&k.w.g, &l, &f, &e), &e, RI_E_BUDGET,
	    "looking for an EFI partition: /EFI on /dev/sda2 has 10001 entries, and may have 100 at most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loaders),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_stubs),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_unsure),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
