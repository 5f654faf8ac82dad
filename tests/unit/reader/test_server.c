// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each request of the direct reader's process: answers, refusals, and a disk that cannot be read. */
#include "unit/reader/served_disk.h"

#include <errno.h>

static void check_row(const struct served_row *row)
{
	struct ri_err e = { 0 };
	RI_BUF done = { 0 };

	served_mount();
	check_ok(row->name, served_ask(&row->request, &done, &e), &e);
	served_check(row, &done);
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVED_ROWS; i++)
		check_row(&served_rows[i]);
}

/* A read that fails at any place is what is told, and the next request is answered as before. */
static void test_reads_that_fail(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < SERVED_ROWS; i++)
		for (size_t n = 1;; n++) {
			struct ri_err e = { 0 };
			RI_BUF done = { 0 };
			int rc;

			served_mount();
			served_image.failed = false;
			served_image.left = n;
			rc = served_ask(&served_rows[i].request, &done, &e);
			served_image.left = 0;
			if (!served_image.failed) {
				check_ok(served_rows[i].name, rc, &e);
				break;
			}
			failed++;
			if (rc != -1 || e.code != RI_E_IO ||
			    !strstr(e.msg, "the disk cannot be read"))
				fail_msg("%s: at read %zu it returned %d, said [%s]",
				    served_rows[i].name, n, rc, e.msg);
			check_row(&served_rows[i]);
		}
	assert_true(failed > 20);
}

/* What does not end where it should is not answered. */
static void test_bad_requests(void **state)
{
	static const enum ri_wire_op nothing[] = { RI_WIRE_OPEN, RI_WIRE_CHECK, RI_WIRE_MOUNT,
		RI_WIRE_TAGS, RI_WIRE_DEVICE, RI_WIRE_SPACE, RI_WIRE_KIND, RI_WIRE_RESOLVE,
		RI_WIRE_LIST, RI_WIRE_READ, RI_WIRE_SHA256, RI_WIRE_GLOB, RI_WIRE_USAGE };
	static const struct served_request more[] = {
		{ .op = RI_WIRE_OPEN, .max = 1 << 20 },
		{ .op = RI_WIRE_MOUNT, .a = "/dev/sda1" },
		{ .op = RI_WIRE_READ, .a = "/etc/hosts" },
		{ .op = RI_WIRE_GLOB, .a = "relative" },
		{ .op = RI_WIRE_TREE, .a = "relative" },
		{ .op = RI_WIRE_TREE, .max = 77 },
	};
	static const char want[] = "a request that cannot be understood";

	(void)state;
	served_mount();
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
		const struct served_request r = { .op = nothing[i] };
		struct ri_err e = { 0 };
		RI_BUF done = { 0 };

		check_err("empty", served_ask(&r, &done, &e), &e, RI_E_IO, want);
	}
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		struct ri_err e = { 0 };
		RI_BUF done = { 0 };

		check_err("cut off", served_ask(&more[i], &done, &e), &e, RI_E_IO, want);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		struct served_request request;
		enum ri_code code;
		int sys;
		const char *msg;
	} rows[] = {
		{ { .op = RI_WIRE_CHECK, .a = "/dev/sda9" }, RI_E_IO, 0,
		    "/dev/sda9: no such device" },
		{ { .op = RI_WIRE_CHECK, .a = "/dev/sda3" }, RI_E_UNSUPPORTED, 0,
		    "/dev/sda3 contains swap, which is not read directly" },
		{ { .op = RI_WIRE_TAGS, .a = "/dev/sda9" }, RI_E_IO, 0,
		    "/dev/sda9: no such device" },
		{ { .op = RI_WIRE_DEVICE, .a = "/dev/sda9" }, RI_E_IO, 0,
		    "/dev/sda9: no such device" },
		{ { .op = RI_WIRE_SPACE, .a = "/absent" }, RI_E_IO, ENOENT,
		    "/absent: No such file or directory" },
		{ { .op = RI_WIRE_RESOLVE, .a = "/none" }, RI_E_IO, ENOENT,
		    "/none: No such file or directory" },
		{ { .op = RI_WIRE_RESOLVE, .a = "/loop" }, RI_E_IO, ELOOP,
		    "/loop: Too many levels of symbolic links" },
		{ { .op = RI_WIRE_LIST, .a = "/absent" }, RI_E_IO, ENOENT,
		    "/absent: No such file or directory" },
		{ { .op = RI_WIRE_LIST, .a = "/etc/hosts" }, RI_E_IO, ENOTDIR,
		    "/etc/hosts: Not a directory" },
		{ { .op = RI_WIRE_READ, .a = "/absent", .max = 9 }, RI_E_IO, ENOENT,
		    "/absent: No such file or directory" },
		{ { .op = RI_WIRE_READ, .a = "/etc", .max = 9 }, RI_E_IO, EISDIR,
		    "/etc: Is a directory" },
		{ { .op = RI_WIRE_READ, .a = "/fifo", .max = 9 }, RI_E_IO, EINVAL,
		    "/fifo: Invalid argument" },
		{ { .op = RI_WIRE_SHA256, .a = "/absent" }, RI_E_IO, ENOENT,
		    "/absent: No such file or directory" },
		{ { .op = RI_WIRE_USAGE, .a = "/absent" }, RI_E_IO, ENOENT,
		    "/absent: No such file or directory" },
		{ { .op = RI_WIRE_MOUNT, .a = "/dev/sda9", .b = "/" }, RI_E_IO, 0,
		    "/dev/sda9: no such device" },
		{ { .op = RI_WIRE_GLOB, .a = "/{a,b}" }, RI_E_UNSUPPORTED, 0,
		    "the direct reader does not support the pattern /{a,b}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF done = { 0 };
		int rc;

		served_mount();
		rc = served_ask(&rows[i].request, &done, &e);
		check_err(rows[i].msg, rc, &e, rows[i].code, rows[i].msg);
		assert_int_equal(e.sys, rows[i].sys);
	}
}

/* Without a root nothing can be found. */
static void test_nothing_mounted(void **state)
{
	static const struct served_request rows[] = {
		{ .op = RI_WIRE_SPACE, .a = "/" },
		{ .op = RI_WIRE_KIND, .a = "/" },
		{ .op = RI_WIRE_LIST, .a = "/" },
		{ .op = RI_WIRE_GLOB, .a = "/*" },
		{ .op = RI_WIRE_GLOB, .a = "/a" },
		{ .op = RI_WIRE_USAGE, .a = "/" },
		{ .op = RI_WIRE_TREE },
	};

	(void)state;
	ri_vfs_umount_all(&served.vfs);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF done = { 0 };
		int rc = served_ask(&rows[i], &done, &e);

		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_non_null(strstr(e.msg, ": nothing is mounted"));
	}
}

/* Of the file system that holds it, not of another. */
static void test_space(void **state)
{
	static const struct {
		const char *path;
		uint64_t most;
	} rows[] = { { "/etc", 4 << 20 }, { "/boot/vmlinuz", 2 << 20 } };

	(void)state;
	served_mount();
	for (size_t i = 0; i < 2; i++) {
		const struct served_request r = { .op = RI_WIRE_SPACE, .a = rows[i].path };
		struct ri_err e = { 0 };
		uint64_t size = 0, avail = 0;
		RI_BUF done = { 0 };
		struct ri_span in;

		check_ok(rows[i].path, served_ask(&r, &done, &e), &e);
		in = ri_buf_span(&done);
		assert_true(ri_wire_u64(&in, &size) && ri_wire_u64(&in, &avail) && in.n == 0);
		assert_in_range(size, rows[i].most / 2, rows[i].most);
		assert_in_range(avail, 1, size - 1);
	}
}

/* A logical volume is named as the device mapper does, and a whole disk has no name for GRUB. */
static void test_devices_that_are_no_partitions(void **state)
{
	static const struct served_request r = { .op = RI_WIRE_DEVICE, .a = "/dev/sda1" };
	struct ri_blockdev *b = &served.vfs.layout.v[0], old = *b;
	struct ri_err e = { 0 };
	static char hint[] = "lvmid/a/b";
	RI_BUF done = { 0 };
	RI_BUF said = { 0 };
	int rc;

	(void)state;
	b->lvm_hint = hint;
	rc = served_ask(&r, &done, &e);
	*b = old;
	check_ok("volume", rc, &e);
	served_tell(&done, "ss4ss", &said);
	check_span("volume", ri_buf_span(&said),
	    LIT("| " SERVED_ROOT_UUID " /dev/mapper/sda1 1 - lvmid/a/b"));
	b->ptable = NULL;
	rc = served_ask(&r, &done, &e);
	*b = old;
	check_err("disk", rc, &e, RI_E_UNSUPPORTED, "/dev/sda1 is not a partition");
}

/* Nobody takes what it says any more. */
static void test_nobody_is_there(void **state)
{
	static const struct served_request rows[] = {
		{ .op = RI_WIRE_LIST, .a = "/etc" },
		{ .op = RI_WIRE_SHA256, .a = "/holes" },
		{ .op = RI_WIRE_SHA256, .a = "/big" },
		{ .op = RI_WIRE_GLOB, .a = "/etc/*" },
		{ .op = RI_WIRE_GLOB, .a = "/etc/hosts" },
		{ .op = RI_WIRE_USAGE, .a = "/" },
		{ .op = RI_WIRE_READ, .a = "/big", .max = 1 << 20 },
		{ .op = RI_WIRE_TREE },
	};
	int kept = fcntl(RI_WIRE_SOCKET, F_DUPFD_CLOEXEC, 100), pair[2];

	(void)state;
	served_mount();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(dup2(pair[0], RI_WIRE_SOCKET), RI_WIRE_SOCKET);
	close(pair[0]);
	close(pair[1]);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF done = { 0 };
		int rc;

		served.s.sent_ms = ri_clock_ms() - 5000; /* a sign of life is due */
		served.s.lost = false;
		rc = served_ask(&rows[i], &done, &e);
		if (rc != -1 || e.code != RI_E_IO || !strstr(e.msg, "answering: Broken pipe"))
			fail_msg("%zu: returned %d, said [%s]", i, rc, e.msg);
		assert_true(served.s.lost);
	}
	dup2(kept, RI_WIRE_SOCKET);
	close(kept);
	served.s.sent_ms = ri_clock_ms();
	served.s.lost = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_reads_that_fail),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nothing_mounted),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_devices_that_are_no_partitions),
		cmocka_unit_test(test_nobody_is_there),
	};

	return cmocka_run_group_tests(tests, served_disk_set_up, served_tear_down);
}
