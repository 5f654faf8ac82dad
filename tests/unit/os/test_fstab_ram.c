// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/fstab.h"
#include "os/fstab_ram.h"

#define RAM "none / tmpfs defaults 0 0"

/* @archive NULL: as @ram. @back: what ri_fstab_restore makes of @ram is @in unless it says else. */
static const struct {
	const char *name;
	struct ri_span in, ram, archive;
} cases[] = {
	{ "by UUID", BYTES("UUID=1 / ext4 errors=remount-ro 0 1\n"), BYTES(RAM "\n"), { 0 } },
	{ "comments and blanks stay",
	    BYTES("# / was on /dev/sda1 / ext4\n\n \t\nUUID=1\t/\text4 rw 0 1\n# end\n"),
	    BYTES("# / was on /dev/sda1 / ext4\n\n \t\n" RAM "\n# end\n"), { 0 } },
	{ "no final newline", BYTES("UUID=1 / ext4 rw 0 1"), BYTES(RAM), { 0 } },
	{ "no final newline elsewhere", BYTES("UUID=1 / ext4 rw 0 1\n/dev/sda2 /x ext4"),
	    BYTES(RAM "\n/dev/sda2 /x ext4"), BYTES(RAM "\n#ramimg: /dev/sda2 /x ext4") },
	{ "comments may end as DOS ends them", BYTES("# a\r\nUUID=1 / ext4\n#b\r\n"),
	    BYTES("# a\r\n" RAM "\n#b\r\n"), { 0 } },
	{ "escaped root", BYTES("/dev/sda1 \\057 ext4 rw\n"), BYTES(RAM "\n"), { 0 } },
	{ "Debian",
	    BYTES("UUID=1 / ext4 errors=remount-ro 0 1\nUUID=2 /boot/efi vfat umask=0077 0 1\n"
		  "UUID=3 none swap sw 0 0\n/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n"
		  "tmpfs /tmp tmpfs nosuid 0 0\nnas:/x /mnt nfs _netdev 0 0\n"),
	    BYTES(
		RAM "\nUUID=2 /boot/efi vfat umask=0077 0 1\n"
		    "UUID=3 none swap sw 0 0\n/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n"
		    "tmpfs /tmp tmpfs nosuid 0 0\nnas:/x /mnt nfs _netdev 0 0\n"),
	    BYTES(RAM "\n#ramimg: UUID=2 /boot/efi vfat umask=0077 0 1\n"
		      "UUID=3 none swap sw 0 0\n"
		      "/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n"
		      "tmpfs /tmp tmpfs nosuid 0 0\nnas:/x /mnt nfs _netdev 0 0\n") },
	{ "indented line keeps its blanks", BYTES("UUID=1 / ext4\n  /swapfile none swap sw\n"),
	    BYTES(RAM "\n  /swapfile none swap sw\n"),
	    BYTES(RAM "\n#ramimg:   /swapfile none swap sw\n") },
	{ "a mark already there", BYTES("UUID=1 / ext4\n#ramimg: UUID=2 none swap sw\n"),
	    BYTES(RAM "\n#ramimg: UUID=2 none swap sw\n"), { 0 } },
	{ "swap on / is no root", BYTES("UUID=1 / ext4\n/dev/sda2 / swap sw\n"),
	    BYTES(RAM "\n/dev/sda2 / swap sw\n"), BYTES(RAM "\n#ramimg: /dev/sda2 / swap sw\n") },
};

/* What the disk of these fstabs has; UUID=3 and further are on other disks. */
static int with_root(struct ri_span in, const char *root, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines l = { 0 };
	RI_ON_EXIT(ri_ondisk_free) struct ri_ondisk disk = { 0 };
	struct ri_ondisk_fs *a = ri_ondisk_add(&disk, "/dev/sda1", "ext4", e);

	if (!a || ri_strv_add(&a->names, "UUID=1", e) < 0)
		return -1;
	a = ri_ondisk_add(&disk, "/dev/sda2", "ext4", e);
	if (!a || ri_strv_add(&a->names, "UUID=2", e) < 0)
		return -1;
	return ri_fstab_sort(in, &disk, NULL, &l, e) < 0
		   ? -1
		   : ri_fstab_for_archive(in, root, &l, out, e);
}

static int for_archive(struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	return with_root(in, RI_FSTAB_TMPFS_ROOT, out, e);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_span archive = cases[i].archive.p ? cases[i].archive : cases[i].ram;
		RI_BUF ram = { 0 };
		RI_BUF again = { 0 };
		RI_BUF arch = { 0 };
		RI_BUF arch2 = { 0 };
		RI_BUF back = { 0 };
		struct ri_err e = { 0 };
		const char *name = cases[i].name;

		check_ok(name, ri_fstab_to_ram(cases[i].in, &ram, &e), &e);
		check_span(name, ri_buf_span(&ram), cases[i].ram);
		check_ok(name, ri_fstab_to_ram(cases[i].ram, &again, &e), &e);
		check_span("twice is once", ri_buf_span(&again), cases[i].ram);
		check_ok(name, for_archive(cases[i].in, &arch, &e), &e);
		check_span("archive", ri_buf_span(&arch), archive);
		check_ok(name, for_archive(archive, &arch2, &e), &e);
		check_span("archive twice", ri_buf_span(&arch2), archive);
		check_ok(name, ri_fstab_restore(cases[i].ram, cases[i].in, &back, &e), &e);
		check_span("restored", ri_buf_span(&back), cases[i].in);
	}
}

/* What is on this disk, or may be swap on it, goes from the archive's fstab; all else stays. */
static void test_other_disks(void **state)
{
	static const struct {
		const char *line;
		bool stays;
	} rows[] = {
		{ "UUID=2 /home ext4 rw", false },
		{ "UUID=2 /home ext4 noauto", false },
		{ "UUID=2 /home ext4 _netdev", false },
		{ "UUID=3 /srv ext4 rw", true },
		{ "UUID=3 /srv ext4 noauto", true },
		{ "UUID=2 none swap sw", false },
		{ "UUID=3 none swap sw", true },
		{ "/dev/sdb1 none swap sw", false },
		{ "/swapfile none swap sw", false },
		{ "/dev/sdb1 /srv ext4 noauto", true },
		{ "nas:/export /srv nfs rw", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF in = { 0 };
		RI_BUF want = { 0 };
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		ri_buf_addf(&in, "UUID=1 / ext4 rw\n%s\n", rows[i].line);
		ri_buf_addf(&want, RAM "\n%s%s\n", rows[i].stays ? "" : "#ramimg: ", rows[i].line);
		check_ok(rows[i].line, for_archive(ri_buf_span(&in), &out, &e), &e);
		check_span(rows[i].line, ri_buf_span(&out), ri_buf_span(&want));
	}
}

/* An overlay's line has none of its own options: whoever mounts it anew with one is refused. */
static void test_overlay(void **state)
{
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("overlay",
	    with_root(LIT("# a\tb\nUUID=1 / ext4 noatime,commit=60 0 1\nUUID=2 none swap sw\n"),
		RI_FSTAB_OVERLAY_ROOT, &out, &e),
	    &e);
	check_span("overlay", ri_buf_span(&out),
	    ri_str("# a\tb\noverlay / overlay rw,relatime 0 0\n#ramimg: UUID=2 none swap sw\n"));
}

static void test_refused(void **state)
{
	static const struct {
		struct ri_span in;
		const char *msg;
	} rows[] = {
		{ BYTES(""), "no entry for /" },
		{ BYTES("# UUID=1 / ext4 rw 0 1\n"), "no entry for /" },
		{ BYTES("UUID=1 /home ext4 rw 0 1\n"), "no entry for /" },
		{ BYTES("UUID=1 /\n"), "no entry for /" },
		{ BYTES("UUID=1 / swap sw\n"), "no entry for /" },
		{ BYTES("UUID=1 / ext4 rw\n#\nUUID=2 / ext4 rw\n"),
		    "two entries for / (lines 1 and 3)" },
		{ BYTES("\n\nUUID=1 / a\n\nUUID=1 / a\nUUID=1 / a\n"),
		    "two entries for / (lines 3 and 5)" },
		{ BYTES(RAM "\nUUID=1 // ext4\n"), "two entries for / (lines 1 and 2)" },
		{ BYTES("UUID=1 / ext4 rw\n# a\0b\n"), "line 2 contains a NUL byte" },
		{ BYTES("\0"), "line 1 contains a NUL byte" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		char orig[200];

		check_err(rows[i].msg, ri_fstab_to_ram(rows[i].in, &out, &e), &e, RI_E_GUEST,
		    rows[i].msg);
		e = (struct ri_err){ 0 };
		check_err(rows[i].msg, ri_fstab_for_archive(rows[i].in, "x", NULL, &out, &e), &e,
		    RI_E_GUEST, rows[i].msg);
		e = (struct ri_err){ 0 };
		check_err(rows[i].msg, ri_fstab_restore(rows[i].in, LIT("a / b\n"), &out, &e), &e,
		    RI_E_GUEST, rows[i].msg);
		e = (struct ri_err){ 0 };
		snprintf(orig, sizeof orig, "the original fstab: %s", rows[i].msg);
		check_err(rows[i].msg, ri_fstab_restore(LIT(RAM "\n"), rows[i].in, &out, &e), &e,
		    RI_E_GUEST, orig);
		assert_int_equal(out.n, 0);
	}
}

/* What stands there now was edited since. */
static void test_restore_edited(void **state)
{
	static const struct {
		const char *name, *now, *orig, *want;
	} rows[] = {
		{ "a line added", RAM "\nnas:/x /mnt nfs ro\n", "# c\nUUID=1 / ext4 rw 0 1\n",
		    "UUID=1 / ext4 rw 0 1\nnas:/x /mnt nfs ro\n" },
		{ "ends changed", RAM "\r\n", "UUID=1 / ext4 rw 0 1", "UUID=1 / ext4 rw 0 1\r\n" },
		{ "RAM line with options", "none / tmpfs size=50% 0 0\n", "\tUUID=1\t/ ext4\n",
		    "\tUUID=1\t/ ext4\n" },
		{ "root put back by hand", "UUID=2 / xfs rw 0 0\n", "UUID=1 / ext4 rw 0 1\n",
		    "UUID=2 / xfs rw 0 0\n" },
		{ "tmpfs under another name", "tmpfs / tmpfs rw\n", "UUID=1 / ext4\n",
		    "tmpfs / tmpfs rw\n" },
		{ "the original was in RAM too", RAM "\n", RAM " # mine\n", RAM " # mine\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };
		RI_BUF again = { 0 };
		struct ri_err e = { 0 };
		struct ri_span orig = ri_str(rows[i].orig);

		check_ok(rows[i].name, ri_fstab_restore(ri_str(rows[i].now), orig, &out, &e), &e);
		check_span(rows[i].name, ri_buf_span(&out), ri_str(rows[i].want));
		check_ok(rows[i].name, ri_fstab_restore(ri_buf_span(&out), orig, &again, &e), &e);
		check_span("twice is once", ri_buf_span(&again), ri_str(rows[i].want));
	}
}

static void test_huge_line(void **state)
{
	RI_BUF in = { 0 };
	RI_BUF want = { 0 };
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add_str(&in, "UUID=1 / ext4 ");
	for (size_t i = 0; i < 1 << 17; i++)
		ri_buf_add_str(&in, "noatime,");
	ri_buf_add_str(&in, "\n");
	for (size_t i = 0; i < 1 << 18; i++) {
		ri_buf_add_str(&in, "\n ab#");
		ri_buf_add_str(&want, "\n ab#");
	}
	check_ok("huge", ri_fstab_to_ram(ri_buf_span(&in), &out, &e), &e);
	assert_int_equal(out.n, strlen(RAM "\n") + want.n);
	check_span("rest", ri_span(out.p + strlen(RAM "\n"), want.n), ri_buf_span(&want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_other_disks),
		cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_restore_edited),
		cmocka_unit_test(test_huge_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
