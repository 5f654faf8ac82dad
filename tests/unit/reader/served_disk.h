// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A Debian's disk of three partitions for served.h, and what is answered of it.
 */
#include "unit/reader/served.h"

#define SERVED_ROOT_UUID "11111111-2222-4333-8444-555555555501"
#define SERVED_BOOT_UUID "11111111-2222-4333-8444-555555555502"

/* Holes first and last, the last one longer than is hashed at a time. */
static void served_make_files(void)
{
	static char big[300000];
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 2654435761u >> 24);
	served_file("root", "big", ri_span(big, sizeof big));
	served_file("root", "holes", LIT(""));
	fd = open(tmp_path("root/holes"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 100000), 1);
	assert_int_equal(ftruncate(fd, 300000), 0);
	close(fd);
	served_dir("root", "dir");
	served_file("root", "dir/.hidden", LIT(""));
	served_file("root", "dir/one", LIT("1\n"));
	assert_int_equal(link(tmp_path("root/dir/one"), tmp_path("root/dir/two")), 0);
	served_dir("root", "dir/sub");
	assert_int_equal(symlink("/nowhere", tmp_path("root/none")), 0);
	assert_int_equal(symlink("loop", tmp_path("root/loop")), 0);
	assert_int_equal(symlink("dir/sub", tmp_path("root/to-sub")), 0);
	assert_int_equal(mkfifo(tmp_path("root/fifo"), 0644), 0);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", tmp_path("root/socket"));
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	close(fd);
}

/* Partitions at 1, 5 and 7 MiB, by the bytes of an MBR: type, first sector, sectors. */
static void served_make_disk(void)
{
	static const unsigned char mbr[] = { 0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 32, 0, 0, 0,
		0, 0, 0, 0x83, 0, 0, 0, 0, 40, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0x82, 0, 0, 0, 0, 56,
		0, 0, 0, 8, 0, 0 };
	static const unsigned char swap[] = { 1, 0, 0, 0, 255 };
	int fd = open(tmp_path("disk"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, (off_t)SERVED_SECTOR * SERVED_SECTORS), 0);
	served_ext("root", "disk", "root", SERVED_ROOT_UUID, 1, 4);
	served_ext("boot", "disk", "boot", SERVED_BOOT_UUID, 5, 2);
	assert_int_equal(pwrite(fd, mbr, sizeof mbr, 446), sizeof mbr);
	assert_int_equal(pwrite(fd, "\x78\x56\x34\x12", 4, 440), 4);
	assert_int_equal(pwrite(fd, "\x55\xaa", 2, 510), 2);
	assert_int_equal(pwrite(fd, swap, sizeof swap, (7 << 20) + 1024), sizeof swap);
	assert_int_equal(pwrite(fd, "SWAPSPACE2", 10, (7 << 20) + 4086), 10);
	assert_int_equal(close(fd), 0);
}

static inline int served_disk_set_up(void **state)
{
	struct ri_err e = { 0 };

	if (served_set_up(state) < 0)
		return -1;
	served_debian("root");
	served_make_files();
	assert_int_equal(mkdir(tmp_path("boot"), 0755), 0);
	served_file("boot", "vmlinuz", LIT("kernel"));
	served_make_disk();
	served_disk(tmp_path("disk"));
	check_ok("open", served_open(&e), &e);
	return 0;
}

/** Mount root and /boot, with nothing read before. */
static inline void served_mount(void)
{
	struct ri_err e = { 0 };

	ri_vfs_umount_all(&served.vfs);
	for (size_t i = 0; i < served.vfs.layout.n; i++)
		ri_fs_closep(&served.vfs.fs[i]);
	check_ok("mount", ri_vfs_mount(&served.vfs, "/dev/sda1", "/", &e), &e);
	check_ok("mount", ri_vfs_mount(&served.vfs, "/dev/sda2", "/boot", &e), &e);
}

/** Requests, the kinds of what DONE has, and what they are answered with (served_tell). */
struct served_row {
	const char *name;
	struct served_request request;
	const char *kinds, *told;
};

static const struct served_row served_rows[] = {
	{ "filesystems", { .op = RI_WIRE_FILESYSTEMS }, "",
	    "/dev/sda1 ext4 /dev/sda2 ext4 /dev/sda3 swap |" },
	{ "check", { .op = RI_WIRE_CHECK, .a = "/dev/sda1" }, "", "|" },
	{ "tags", { .op = RI_WIRE_TAGS, .a = "/dev/sda2" }, "sssss",
	    "| " SERVED_BOOT_UUID " boot 12345678-02 - -" },
	{ "device", { .op = RI_WIRE_DEVICE, .a = "/dev/sda1" }, "ss4ss",
	    "| " SERVED_ROOT_UUID " UUID=" SERVED_ROOT_UUID " 1 msdos -" },
	{ "no such", { .op = RI_WIRE_KIND, .a = "/absent" }, "4", "| 0" },
	{ "not below a file", { .op = RI_WIRE_KIND, .a = "/etc/hosts/x" }, "4", "| 0" },
	{ "in a circle", { .op = RI_WIRE_KIND, .a = "/loop/x" }, "4", "| 0" },
	{ "link", { .op = RI_WIRE_KIND, .a = "/to-sub" }, "4", "| 120777" },
	{ "other file system", { .op = RI_WIRE_KIND, .a = "/boot/vmlinuz" }, "4", "| 100644" },
	{ "resolve", { .op = RI_WIRE_RESOLVE, .a = "/bin/../../to-sub/" }, "s", "| /dir/sub" },
	{ "list", { .op = RI_WIRE_LIST, .a = "/dir" }, "", ".hidden one(2) sub(-1) two(2) |" },
	{ "read", { .op = RI_WIRE_READ, .a = "/bin/bash", .max = 20 }, "8", "+20 | 20" },
	{ "read much", { .op = RI_WIRE_READ, .a = "/big", .max = 300000 }, "8",
	    "+300000 | 300000" },
	{ "hash", { .op = RI_WIRE_SHA256, .a = "/dir/two" }, "s",
	    "| 4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865" },
	{ "hash of holes", { .op = RI_WIRE_SHA256, .a = "/holes" }, "s",
	    "| e572cefcf13e7984ab044cf16dddd171597a025e07166b89f9f637395a3c70ae" },
	{ "glob", { .op = RI_WIRE_GLOB, .a = "/d?r/[ost]*" }, "", "/dir/one /dir/sub/ /dir/two |" },
	{ "glob through a link", { .op = RI_WIRE_GLOB, .a = "/*o*-sub" }, "", "/to-sub/ |" },
	{ "glob of what is not there", { .op = RI_WIRE_GLOB, .a = "/absent*/x" }, "", "|" },
	{ "glob below a file", { .op = RI_WIRE_GLOB, .a = "/etc/hosts/*" }, "", "|" },
	{ "glob into a circle", { .op = RI_WIRE_GLOB, .a = "/loop/*" }, "", "|" },
	{ "glob without a pattern", { .op = RI_WIRE_GLOB, .a = "//none//" }, "", "/none |" },
	{ "usage", { .op = RI_WIRE_USAGE, .a = "/dir" }, "8", "| 3072" },
	{ "tree", { .op = RI_WIRE_TREE, .a = "/usr", .b = "/etc/*" }, "",
	    ". big +300000 bin->usr/bin boot boot/lost+found boot/vmlinuz +6 dir dir/.hidden dir/one +2 "
	    "dir/sub dir/two=dir/one etc fifo holes +1024 loop->loop lost+found none->/nowhere "
	    "to-sub->dir/sub |" },
	{ "umount", { .op = RI_WIRE_UMOUNT_ALL }, "", "|" },
};

/** The answer to @row is the right one. */
static inline void served_check(const struct served_row *row, struct ri_buf *done)
{
	RI_BUF said = { 0 };

	served_tell(done, row->kinds, &said);
	check_span(row->name, ri_buf_span(&said), ri_str(row->told));
}

enum { SERVED_ROWS = sizeof served_rows / sizeof *served_rows };
