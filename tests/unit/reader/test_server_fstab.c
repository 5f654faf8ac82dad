// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "reader/server_fstab.h"
#include "reader/server_os.h"

static char ext4[] = "ext4", swap[] = "swap", vfat[] = "vfat", xfs[] = "xfs", none[] = "",
	    dos[] = "msdos", hint[] = "lvmid/a/b";
#define NAME(n, s) static char n[] = s
NAME(sda1, "/dev/sda1");
NAME(sda2, "/dev/sda2");
NAME(sda3, "/dev/sda3");
NAME(sda15, "/dev/sda15");
NAME(sda4, "/dev/sda4");
NAME(sda5, "/dev/sda5");
NAME(home, "/dev/vg-a/home-b");
NAME(u1, "1111-a");
NAME(u2, "2222-b");
NAME(twice, "3333-c");
NAME(label, "BOOT");

static struct ri_blockdev devices[] = {
	{ .name = sda1, .type = ext4, .uuid = u1, .label = none, .ptable = dos, .part = 1 },
	{ .name = sda2, .type = ext4, .uuid = u2, .label = label, .ptable = dos, .part = 2 },
	{ .name = sda3, .type = swap, .uuid = twice, .label = none, .ptable = dos, .part = 3 },
	{ .name = sda15, .type = vfat, .uuid = twice, .label = none, .ptable = dos, .part = 15 },
	{ .name = sda4, .type = xfs, .uuid = none, .label = none, .ptable = dos, .part = 4 },
	{ .name = sda5, .type = none, .uuid = none, .label = none, .ptable = dos, .part = 5 },
	{ .name = home, .type = ext4, .uuid = none, .label = none, .lvm_hint = hint },
};
static const struct ri_disklayout layout = { devices, sizeof devices / sizeof *devices };

/** Each with what is mounted, "MOUNTPOINT DEVICE" by lines; NULL: not known for certain. */
static const struct {
	const char *fstab, *want;
} rows[] = {
	{ "", "" },
	{ "# UUID=1111-a /boot ext4 \"odd\"\n\n  \t\n", "" },
	{ "UUID=9999 / ext4 errors=remount-ro 0 1\n", "" }, /* the root is known */
	{ "UUID=2222-b /boot ext4 defaults 0 2\n", "/boot /dev/sda2\n" },
	{ "UUID=2222-b\t/boot\text4", "/boot /dev/sda2\n" },
	{ "LABEL=BOOT //boot//x/ ext4 defaults,nofail,x=y 0 2\n", "/boot/x /dev/sda2\n" },
	{ "/dev/disk/by-uuid/2222-b /boot ext4\n", "/boot /dev/sda2\n" },
	{ "/dev/vda2 /boot ext4\n/dev/xvda1 /x ext4\n", "/boot /dev/sda2\n/x /dev/sda1\n" },
	{ "/dev/sda2 /boot auto\n", "/boot /dev/sda2\n" },
	{ "/dev/sda15 /boot/efi vfat umask=0077 0 1\n", "/boot/efi /dev/sda15\n" },
	{ "PARTUUID=5555-0f /boot/efi vfat\n", "" }, /* found by ri_inspect */
	{ "/dev/root /again ext4\n", "/again /dev/sda1\n" },
	{ "/dev/mapper/vg--a-home--b /home ext4\n", "/home /dev/vg-a/home-b\n" },
	{ "/dev/vg-a/home-b /home ext4\n", "/home /dev/vg-a/home-b\n" },
	{ "/dev/mapper/vg-a-home-b /home ext4\n", NULL },
	{ "/dev/mapper/vg--a-home--b-x /home ext4\n", NULL },
	/* Not listed, whatever they are. */
	{ "tmpfs /tmp tmpfs size=1G 0 0\nproc /proc proc defaults\nhost:/x /y nfs\n", "" },
	{ "/dev/cdrom /cd iso9660\n/dev/fd0 /floppy auto\n/dev/sdz9 /media/usb auto\n", "" },
	{ "UUID=3333-c none swap sw 0 0\nUUID=4444 swap swap\n/swapfile none swap sw\n", "" },
	{ "/dev/sr0 /mnt/cd udf,iso9660 user,noauto 0 0\n", "" },
	{ "UUID=2222-b /boot ext4 rw,noauto\n", "/boot /dev/sda2\n" },
	{ "UUID=9999 /x ext4 noauto 0 0\n", "" },
	{ "/dev/floppy /x auto\n/dev/cd1 /y auto\n/dev/iso9660/z /z iso9660\n", "" },
	{ "UUID=9999 relative//x ext4\nUUID=9999 /dev/x ext4\nUUID=9999 /media/x ext4\n", "" },
	{ "UUID=9999 /proc ext4\nUUID=9999 /selinux/x ext4\nUUID=9999 /sys/ ext4\n", "" },
	{ "UUID=2222-b /devices ext4\n", "/devices /dev/sda2\n" },
	{ "UUID=2222-b /boot ext4 rw,a=b,c 0 12\n", "/boot /dev/sda2\n" },
	/* Not known for certain. */
	{ "UUID=2222-b /boot ext4 ,rw\n", NULL },
	{ "UUID=2222-b /boot ext4 =rw\n", NULL },
	{ "UUID=2222-b /boot ext4 rw,\n", NULL },
	{ "UUID=2222-b /boot ext4 rw,=x,ro\n", NULL },
	{ "UUID=2222-b /boot ext4,\n", NULL },
	{ ",UUID=2222-b /boot ext4\n", NULL },
	{ "UUID=2222-b /boot ext4 rw 0 -1\n", NULL },
	{ "UUID=9999 /devices ext4\n", NULL },
	{ "PARTLABEL=boot /boot ext4\n", NULL },
	{ "/dev/sdab /boot ext4\n", NULL },
	{ "/dev/sda5 /srv ext4\n", NULL },
	{ "UUID=9999 /srv ext4 defaults 0 2\n", NULL },
	{ "UUID=9999 /srv ext4 x-noauto 0 2\n", NULL },
	{ "UUID=3333-c /boot/efi vfat umask=0077 0 1\n", NULL }, /* two of them */
	{ "/dev/sda4 /srv xfs defaults 0 2\n", NULL },
	{ "PARTUUID=5555-0f /boot/efi vfat\n/dev/sda4 /srv xfs\n", NULL },
	{ "/dev/sdb1 /srv ext4\n", NULL },
	{ "/dev/vda /srv ext4\n", NULL },
	{ "/dev/vda99999999 /srv ext4\n", NULL },
	{ "UUID= /srv ext4\n", NULL },
	{ "UUID=\"2222-b\" /boot ext4\n", NULL },
	{ "UUID=2222-b /boot\\040x ext4\n", NULL },
	{ "UUID=2222-b /boot ext4 defaults 0 2\r\n", NULL },
	{ "UUID=2222-b /boot ext4 defaults 0 2 # here\n", NULL },
	{ "UUID=2222-b /boot ext4 defaults 0 2 7\n", NULL },
	{ "UUID=2222-b /boot ext4 defaults 0 x\n", NULL },
	{ "UUID=2222-b /boot ext4 defaults,, 0 2\n", NULL },
	{ "UUID=2222-b /boot\n", NULL },
	{ "nonsense\n", NULL },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_fsmounts_free) struct ri_fsmounts got = { 0 };
		struct ri_err e = { 0 };
		RI_BUF text = { 0 };
		int rc =
		    ri_reader_fstab(ri_str(rows[i].fstab), &layout, "/dev/sda1", false, &got, &e);

		if (!rows[i].want) {
			if (rc == 0 || e.code != RI_E_UNSUPPORTED)
				fail_msg("%s: %d, code %d", rows[i].fstab, rc, (int)e.code);
			continue;
		}
		check_ok(rows[i].fstab, rc, &e);
		for (size_t k = 0; k < got.n; k++)
			ri_buf_addf(&text, "%s %s\n", got.v[k].at, got.v[k].device);
		check_span(rows[i].fstab, ri_buf_span(&text), ri_str(rows[i].want));
	}
}

/** With entries in crypttab a mapper's name may be another's. */
static void test_crypttab(void **state)
{
	const char *text = "/dev/mapper/vg--a-home--b /home ext4\n";
	struct ri_fsmounts got = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("crypttab", ri_reader_fstab(ri_str(text), &layout, "/dev/sda1", true, &got, &e),
	    &e, RI_E_UNSUPPORTED,
	    "/dev/mapper/vg--a-home--b in /etc/fstab, for /home, is not known on this disk");
}

/** A byte that no text has is told as such. */
static void test_no_text(void **state)
{
	struct ri_fsmounts got = { 0 };
	struct ri_err e = { 0 };
	int rc = ri_reader_fstab(LIT("/dev/sda2 /boot\0x ext4\n"), &layout, "/dev/sda1", false,
	    &got, &e);

	(void)state;
	check_err("no text", rc, &e, RI_E_UNSUPPORTED, "line 1 of /etc/fstab is not a plain one");
}

/** A table that is too long is not read to its end. */
static void test_too_many(void **state)
{
	struct ri_fsmounts got = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	for (int i = 0; i < 1001; i++)
		ri_buf_add_str(&text, "tmpfs /tmp tmpfs\n");
	check_err("too many",
	    ri_reader_fstab(ri_buf_span(&text), &layout, "/dev/sda1", false, &got, &e), &e,
	    RI_E_BUDGET,
	    "/etc/fstab: more than 1000 entries, which is the most; line 1001 is one too many");
}

static void test_elf(void **state)
{
	static const struct {
		struct ri_span head;
		const char *arch;
	} elf[] = {
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\076\0"), "x86_64" },
		{ BYTES("\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\003\0"), "i386" },
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\267\0"), "aarch64" },
		{ BYTES("\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\3\0\076\0"), NULL }, /* x32 */
		{ BYTES("\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\3\0\076"), NULL }, /* big endian */
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\076\0"), NULL }, /* a core */
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\076"), NULL },
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\0\0\076\0"), NULL }, /* of no type */
		{ BYTES("\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\3\0\267\0"), NULL },
		{ BYTES("\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\003\0"), NULL },
		{ BYTES("#!/bin/sh\necho this is a script\n"), NULL },
		{ BYTES(""), NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof elf / sizeof *elf; i++) {
		const char *got = ri_reader_elf_arch(elf[i].head);

		if (got != elf[i].arch && (!got || !elf[i].arch || strcmp(got, elf[i].arch) != 0))
			fail_msg("row %zu: %s", i, got ? got : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_crypttab),
		cmocka_unit_test(test_no_text),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_elf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
