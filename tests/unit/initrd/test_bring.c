// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A large file at an initrd's end. */
#include "unit/check.h"
#include "unit/initrds.h"

#include "initrd/bring.h"

#include <fcntl.h>

/* cpio finds it behind what was there, with its mode and content, whatever the length of either. */
static void test_bring(void **state)
{
	static const size_t sizes[] = { 0, 1, 3, 4, 511, 4096, (1 << 20) - 1, (3 << 20) + 1 };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		RI_BUF file = { 0 }, out = { 0 }, got = { 0 }, base = { 0 };
		struct ri_initrd_info info;
		struct ri_err e = { 0 };

		for (size_t k = 0; k < sizes[i]; k++)
			ri_buf_add(&file, &(char){ (char)(k * 7 + i) }, 1);
		spit(tmp_path("file"), ri_buf_span(&file));
		make_base(&rows[i % ROWS], false);
		check_ok("append",
		    initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e), &e);
		slurp(tmp_path("out"), &base);
		check_ok("bring",
		    ri_initrd_bring(tmp_path("out"), "ramimg/archive", tmp_path("file"), &e), &e);
		slurp(tmp_path("out"), &out);
		check_span("base", ri_span(out.p, base.n), ri_buf_span(&base));
		check_span("zeros", ri_span(out.p + base.n, 4), LIT("\0\0\0\0"));
		check_ok("check", initrd_check(tmp_path("out"), &info, &e), &e);
		check_ok("read", initrd_read_member(tmp_path("out"), "ramimg/archive", &got, &e),
		    &e);
		check_span("content", ri_buf_span(&got), ri_buf_span(&file));
	}
}

/* As the kernel lists it: one member, a plain file that only root reads. */
static void test_listed(void **state)
{
	RI_BUF out = { 0 }, list = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	spit(tmp_path("file"), LIT("hello"));
	spit(tmp_path("out"), LIT("12345"));
	check_ok("bring", ri_initrd_bring(tmp_path("out"), "ramimg/archive", tmp_path("file"), &e),
	    &e);
	slurp(tmp_path("out"), &out);
	assert_int_equal(out.n, 12 + 512);
	spit(tmp_path("segment"), ri_span(out.p + 12, out.n - 12));
	RUN(NULL, tmp_path("segment"), tmp_path("list"), "cpio", "--quiet", "-tv",
	    "--numeric-uid-gid");
	slurp(tmp_path("list"), &list);
	assert_non_null(strstr(list.p,
	    "-rw-------   1 0        0               5 Jan  1  1970 ramimg/archive\n"));
}

static void test_refused(void **state)
{
	struct ri_err e = { 0 };
	int fd;

	(void)state;
	spit(tmp_path("out"), LIT("1234"));
	assert_int_equal(ri_initrd_bring(tmp_path("out"), "a", tmp_path("absent"), &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "absent: No such file or directory"));
	e = (struct ri_err){ 0 };
	fd = open(tmp_path("large"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)1 << 32), 0);
	close(fd);
	check_err("too long", ri_initrd_bring(tmp_path("out"), "a", tmp_path("large"), &e), &e,
	    RI_E_BUDGET,
	    "the archive has 4294967296 bytes, and an initrd cannot bring a file of 4 GiB or more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bring),
		cmocka_unit_test(test_listed),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_trees, tmp_tear_down);
}
