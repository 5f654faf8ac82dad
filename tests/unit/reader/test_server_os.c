// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Operating systems that are not quite what the direct reader is certain of, each on a disk without partitions. */
#include "unit/reader/served.h"

#include "plan/facts.h"

static char tree[20]; /* of the current system, which is made anew for each */

static void make(const char *name, struct ri_span content)
{
	served_file(tree, name, content);
}

static const char *in_tree(const char *name)
{
	static char path[90];

	snprintf(path, sizeof path, "%s/%s", tree, name);
	return tmp_path(path);
}

static void drop(const char *name)
{
	assert_int_equal(remove(in_tree(name)), 0);
}

static void as_it_is(void)
{
}

static void no_etc(void)
{
	assert_int_equal(rename(in_tree("etc"), in_tree("cte")), 0);
}

static void etc_is_a_file(void)
{
	no_etc();
	make("etc", LIT("x"));
}

static void only_grub(void)
{
	served_dir(tree, "grub");
	make("grub/menu.lst", LIT(""));
}

static void netbsd(void)
{
	make("netbsd", LIT(""));
}

static void windows(void)
{
	served_dir(tree, "WinNT");
}

static void bin_is_a_directory(void)
{
	drop("bin");
	served_dir(tree, "bin");
	make("bin/ls", LIT(SERVED_ELF));
}

static void no_bin(void)
{
	drop("bin");
}

static void bin_is_a_file(void)
{
	drop("bin");
	make("bin", LIT("x"));
}

static void bin_leads_elsewhere(void)
{
	drop("bin");
	assert_int_equal(symlink("usr/sbin", in_tree("bin")), 0);
}

static void no_table(void)
{
	drop("etc/fstab");
	drop("etc/hosts");
}

static void hosts_only(void)
{
	drop("etc/fstab");
}

static void fstab_is_a_link(void)
{
	assert_int_equal(rename(in_tree("etc/fstab"), in_tree("etc/tab")), 0);
	assert_int_equal(symlink("tab", in_tree("etc/fstab")), 0);
}

static void fstab_is_odd(void)
{
	make("etc/fstab", LIT("nonsense\n"));
}

static void crypttab_without_entries(void)
{
	make("etc/fstab", LIT(""));
	make("etc/crypttab", LIT("# none\n\n"));
}

static void crypttab_with_entries(void)
{
	make("etc/fstab", LIT("/dev/mapper/x /srv ext4\n"));
	make("etc/crypttab", LIT("x /dev/sda2\n"));
}

static void no_program(void)
{
	drop("usr/bin/bash");
}

static void script(void)
{
	make("usr/bin/bash", LIT("#!/bin/false\n"));
}

static void program_is_a_directory(void)
{
	no_program();
	served_dir(tree, "usr/bin/bash");
}

/* A length without bytes: what is read of it are zeros. */
static void grow(const char *name, off_t size)
{
	assert_int_equal(truncate(in_tree(name), size), 0);
}

/* Its bytes are far behind those that are looked at. */
static void program_with_a_hole(void)
{
	int fd;

	make("usr/bin/bash", LIT(""));
	fd = open(in_tree("usr/bin/bash"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, SERVED_ELF, 20, 8192), 20);
	close(fd);
}

static void long_program(void)
{
	static char text[5000] = SERVED_ELF;

	make("usr/bin/bash", ri_span(text, sizeof text));
}

static void no_release(void)
{
	drop("etc/os-release");
}

static void release_is_no_text(void)
{
	make("etc/os-release", LIT("ID=debian\nPRETTY_NAME=a\0b\n"));
}

static void release_is_empty(void)
{
	make("etc/os-release", LIT(""));
}

static void release_with_a_hole(void)
{
	int fd;

	make("etc/os-release", LIT(""));
	fd = open(in_tree("etc/os-release"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "ID=a\n", 5, 8192), 5);
	close(fd);
}

static void release_is_too_long(void)
{
	grow("etc/os-release", RI_TEXT_MAX + 1);
}

static void version_is_too_long(void)
{
	grow("etc/debian_version", RI_TEXT_MAX + 1);
}

static void fstab_is_too_long(void)
{
	grow("etc/fstab", RI_TEXT_MAX + 1);
}

/* What has only its root is mounted nowhere else. */
static void root_only(void)
{
	make("etc/fstab", LIT("LABEL=root / ext4\n"));
}

static void no_version(void)
{
	root_only();
	drop("etc/debian_version");
}

static void version_is_empty(void)
{
	root_only();
	make("etc/debian_version", LIT(""));
}

static void another(void)
{
	root_only();
	make("etc/os-release", LIT("ID=arch\nPRETTY_NAME=\"Arch Linux\"\n"));
	make("etc/debian_version", LIT("12.5\n"));
}

#define TOO_LONG " in the guest has 1048577 bytes, and may have 1048576 at most"
#define NO_ARCH "the architecture is not known for certain"
#define NO_BOOT "LABEL=boot in /etc/fstab, for /boot, is not known on this disk"
#define NONE "no operating system was found directly"

/** Each with what is answered to ROOTS and to OS; an error begins with "-". */
static const struct {
	const char *name;
	void (*change)(void);
	const char *roots, *os;
} rows[] = {
	{ "as it is", as_it_is, "/dev/sda |", "-" NO_BOOT },
	{ "no /etc", no_etc, "-" NONE, NULL },
	{ "/etc is a file", etc_is_a_file, "-" NONE, NULL },
	{ "only GRUB", only_grub, "-" NONE, NULL },
	{ "BSD", netbsd, "-/netbsd exists, so this may not be a common Linux", NULL },
	{ "Windows", windows, "-/WinNT exists, so this may not be Linux", NULL },
	{ "/bin is a directory", bin_is_a_directory, "/dev/sda |", "-" NO_BOOT },
	{ "no /bin", no_bin, "-" NONE, "-" NO_ARCH },
	{ "/bin is a file", bin_is_a_file, "-" NONE, NULL },
	{ "/bin leads elsewhere", bin_leads_elsewhere, "-" NONE, NULL },
	{ "no table", no_table, "-" NONE, "| linux x86_64 12.5" },
	{ "hosts only", hosts_only, "/dev/sda |", "| linux x86_64 12.5" },
	{ "fstab is a link", fstab_is_a_link, "/dev/sda |", "-/etc/fstab is not a plain file" },
	{ "fstab is odd", fstab_is_odd, NULL, "-line 1 of /etc/fstab is not a plain one" },
	{ "fstab is too long", fstab_is_too_long, NULL, "-/etc/fstab" TOO_LONG },
	{ "nothing is encrypted", crypttab_without_entries, NULL, "| linux x86_64 12.5" },
	{ "something is", crypttab_with_entries, NULL,
	    "-/dev/mapper/x in /etc/fstab, for /srv, is not known on this disk" },
	{ "no program", no_program, NULL, "-" NO_ARCH },
	{ "a script", script, NULL, "-" NO_ARCH },
	{ "a directory", program_is_a_directory, NULL, "-" NO_ARCH },
	{ "a program with a hole", program_with_a_hole, NULL, "-" NO_ARCH },
	{ "a long program", long_program, NULL, "-" NO_BOOT },
	{ "no release", no_release, NULL, "-/etc/os-release is not text" },
	{ "release is no text", release_is_no_text, NULL, "-/etc/os-release is not text" },
	{ "release with a hole", release_with_a_hole, NULL, "-/etc/os-release is not text" },
	{ "release is empty", release_is_empty, NULL, "-/etc/os-release does not say what it is" },
	{ "release is too long", release_is_too_long, NULL, "-/etc/os-release" TOO_LONG },
	{ "version is too long", version_is_too_long, NULL, "-/etc/debian_version" TOO_LONG },
	{ "root only", root_only, NULL, "| linux x86_64 12.5" },
	{ "no version", no_version, NULL, "| linux x86_64 Debian GNU/Linux 12 (bookworm)" },
	{ "version is empty", version_is_empty, NULL,
	    "| linux x86_64 Debian GNU/Linux 12 (bookworm)" },
	{ "another", another, NULL, "| linux x86_64 Arch Linux" },
};

static void check(const char *name, const struct served_request *r, const char *kinds,
    const char *want)
{
	struct ri_err e = { 0 };
	RI_BUF done = { 0 };
	RI_BUF said = { 0 };
	int rc = served_ask(r, &done, &e);

	if (want[0] == '-') {
		if (rc != -1 || strcmp(e.msg, want + 1) != 0)
			fail_msg("%s: returned %d, said [%s]", name, rc, e.msg);
		assert_int_equal(e.code, strstr(want, TOO_LONG) ? RI_E_BUDGET : RI_E_UNSUPPORTED);
		return;
	}
	check_ok(name, rc, &e);
	served_tell(&done, kinds, &said);
	check_span(name, ri_buf_span(&said), ri_str(want));
	assert_int_equal(served.vfs.mounts_n, 0);
}

static void test_systems(void **state)
{
	static const struct served_request roots = { .op = RI_WIRE_ROOTS };
	static const struct served_request os = { .op = RI_WIRE_OS, .a = "/dev/sda" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };

		snprintf(tree, sizeof tree, "tree-%zu", i);
		served_debian(tree);
		rows[i].change();
		served_ext(tree, "disk", "root", "11111111-2222-4333-8444-555555555501", 0, 3);
		served_disk(tmp_path("disk"));
		check_ok(rows[i].name, served_open(&e), &e);
		if (rows[i].roots)
			check(rows[i].name, &roots, "", rows[i].roots);
		if (rows[i].os)
			check(rows[i].name, &os, "sss", rows[i].os);
		assert_int_equal(unlink(tmp_path("disk")), 0);
	}
}

/* Of two systems none is the one. */
static void test_two(void **state)
{
	static const unsigned char mbr[] = { 0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 24, 0, 0, 0,
		0, 0, 0, 0x83, 0, 0, 0, 0, 32, 0, 0, 0, 24, 0, 0 };
	static const struct served_request roots = { .op = RI_WIRE_ROOTS };
	struct ri_err e = { 0 };
	int fd;

	(void)state;
	snprintf(tree, sizeof tree, "two");
	served_debian(tree);
	fd = open(tmp_path("disk"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 7 << 20), 0);
	served_ext(tree, "disk", "root", "11111111-2222-4333-8444-555555555501", 1, 3);
	served_ext(tree, "disk", "root", "11111111-2222-4333-8444-555555555502", 4, 3);
	assert_int_equal(pwrite(fd, mbr, sizeof mbr, 446), sizeof mbr);
	assert_int_equal(pwrite(fd, "\x55\xaa", 2, 510), 2);
	close(fd);
	served_disk(tmp_path("disk"));
	check_ok("open", served_open(&e), &e);
	check("two", &roots, "", "-more than one operating system was found directly");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_systems),
		cmocka_unit_test(test_two),
	};

	return cmocka_run_group_tests(tests, served_set_up, served_tear_down);
}
