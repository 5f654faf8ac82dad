// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* ISOs that are really made, by the programs of this machine; that they boot is the guest tests'. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "iso/iso.h"

static int make(const char *id, const char *name, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending to = RI_PENDING_INIT;
	const struct ri_iso_spec s = { .id = id,
		.os_name = "Debian",
		.cmdline = "root=ramimg ro",
		.kernel = tmp_path("kernel"),
		.initrd = tmp_path("initrd"),
		.date = 946684800 };

	if (ri_pending_open(tmp_path(name), 0600, &to, e) < 0 || ri_iso_write(&s, &to, e) < 0)
		return -1;
	return ri_pending_keep(&to, e);
}

static int fresh(void **state)
{
	char initrd[5000];

	if (tmp_set_up(state) < 0)
		return -1;
	memset(initrd, 'i', sizeof initrd);
	spit(tmp_path("kernel"), LIT("a kernel\n"));
	spit(tmp_path("initrd"), ri_span(initrd, sizeof initrd));
	return 0;
}

/* Both firmwares find something to start, GRUB its menu and its mark, and the menu what it loads. */
static void test_content(void **state)
{
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("tools", ri_iso_check(&e), &e);
	check_ok("make", make("0123", "a.iso", &e), &e);
	RUN(tmpdir, NULL, tmp_path("found"), "xorriso", "-no_rc", "-indev", "a.iso", "-find", "/",
	    "-type", "f");
	slurp(tmp_path("found"), &text);
	check_span("files", ri_buf_span(&text),
	    ri_str("'/boot/grub/bios.img'\n'/boot/grub/efi.img'\n'/boot/grub/grub.cfg'\n"
		   "'/boot/initrd'\n'/boot/vmlinuz'\n'/ramimg/0123'\n"));
	RUN(tmpdir, NULL, NULL, "xorriso", "-no_rc", "-osirrox", "on", "-indev", "a.iso",
	    "-extract", "/", "out");
	RUN(tmpdir, NULL, NULL, "cmp", "kernel", "out/boot/vmlinuz");
	RUN(tmpdir, NULL, NULL, "cmp", "initrd", "out/boot/initrd");
	RUN(tmpdir, NULL, tmp_path("efi"), "mdir", "-b", "-i", "out/boot/grub/efi.img",
	    "::/EFI/BOOT");
	text.n = 0;
	slurp(tmp_path("efi"), &text);
	assert_non_null(strstr(text.p, "::/EFI/BOOT/BOOTX64.EFI\n"));
	RUN(tmpdir, NULL, tmp_path("boots"), "xorriso", "-no_rc", "-indev", "a.iso",
	    "-report_el_torito", "plain");
	text.n = 0;
	slurp(tmp_path("boots"), &text);
	assert_non_null(strstr(text.p, "BIOS"));
	assert_non_null(strstr(text.p, "UEFI"));
}

/* The same input gives the same bytes, and another id another disc. */
static void test_same(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	check_ok("one", make("0123", "a.iso", &e), &e);
	check_ok("other", make("0124", "c.iso", &e), &e);
	/* Times of FAT have two seconds. */
	RUN(tmpdir, NULL, NULL, "touch", "kernel", "initrd");
	check_ok("again", make("0123", "b.iso", &e), &e);
	RUN(tmpdir, NULL, NULL, "cmp", "a.iso", "b.iso");
	RUN(tmpdir, NULL, NULL, "sh", "-c", "! cmp -s a.iso c.iso");
	RUN(tmpdir, NULL, NULL, "sh", "-c", "test \"$(stat -c %a a.iso)\" = 600");
}

/* What is missing is said, and nothing is left beside the file. */
static void test_failures(void **state)
{
	const char *path = getenv("PATH");
	RI_FREE char *kept = strdup(path ? path : "");
	struct ri_err e = { 0 };

	(void)state;
	assert_non_null(kept);
	RUN(tmpdir, NULL, NULL, "rm", "initrd");
	assert_int_equal(make("0123", "a.iso", &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "making the ISO: "));
	assert_non_null(strstr(e.msg, "/initrd: No such file or directory"));
	RUN(tmpdir, NULL, NULL, "sh", "-c", "test -z \"$(ls | grep iso)\"");
	setenv("PATH", "/nonexistent", 1);
	e = (struct ri_err){ 0 };
	check_err("no tools", ri_iso_check(&e), &e, RI_E_UNSUPPORTED,
	    "--iso takes packages that are not installed: apt install grub-common mtools xorriso");
	setenv("PATH", kept, 1);
}

static void test_fits(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	check_ok("fits", ri_iso_fits((uint64_t)768 << 20, &e), &e);
	check_err("too long", ri_iso_fits(((uint64_t)768 << 20) + 1, &e), &e, RI_E_BUDGET,
	    "--iso: the initrd with the archive has 768.0 MiB, and on a PC GRUB loads at most 768.0 MiB; leave more out "
	    "(archive.exclude), compress it more (archive.zstd_level, --compressed), or boot it by --diskless");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, tmp_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_content),
		TEST(test_same),
		TEST(test_failures),
		cmocka_unit_test(test_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
