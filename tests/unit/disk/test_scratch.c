// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The file that stands in for a disk, where it may grow by no limit, too. */
#include "unit/check.h"

#include "disk/scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SIZE ((uint64_t)3 << 40) /* of a disk that has its own offsets for bytes */

static int read_offsets(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	(void)i, (void)e;
	for (size_t k = 0; k < n; k++)
		((unsigned char *)buf)[k] = (unsigned char)(1 + (at + k) % 251);
	return 0;
}

/** The @n bytes at @at are those of the disk, or zeros. */
static void check_place(int fd, uint64_t at, size_t n, bool there)
{
	char got[8192], want[8192] = { 0 };
	struct ri_err e;

	assert_true(n <= sizeof got);
	assert_int_equal(pread(fd, got, n, (off_t)at), (ssize_t)n);
	if (there)
		assert_int_equal(read_offsets(NULL, at, want, n, &e), 0);
	assert_memory_equal(got, want, n);
}

static void use(int fd)
{
	static const struct {
		uint64_t at;
		size_t n;
	} places[] = { { 0, 8192 }, { 5 << 20, 1 }, { SIZE - 5000, 5000 },
		{ (1u << 30) + 13, 4096 } };
	struct ri_image disk = { read_offsets, NULL, SIZE };
	struct ri_err e = { 0 };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		check_ok("put", ri_scratch_put(fd, &disk, places[i].at, places[i].n, &e), &e);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		check_place(fd, places[i].at, places[i].n, true);
	check_place(fd, 8192, 4096, false);
	check_ok("clear", ri_scratch_clear(fd, &e), &e);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		check_place(fd, places[i].at, places[i].n, false);
}

static void test_places(void **state)
{
	struct ri_image disk = { read_offsets, NULL, SIZE };
	struct ri_err e = { 0 };
	RI_FD int fd = ri_scratch_create(&e);
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	use(fd);
	/* More than the pieces that it is copied by; and what lies beyond the end is not there. */
	check_ok("3 MiB", ri_scratch_put(fd, &disk, 4000, 3 << 20, &e), &e);
	check_place(fd, 4000 + (3 << 20) - 8000, 8000, true);
	check_place(fd, 4000 + (3 << 20), 96, false);
	check_ok("the end", ri_scratch_put(fd, &disk, SIZE - 10, 5000, &e), &e);
	check_place(fd, SIZE - 10, 10, true);
	check_place(fd, SIZE, 4096, false);
	check_ok("behind it", ri_scratch_put(fd, &disk, SIZE, 1, &e), &e);
	check_ok("clear", ri_scratch_clear(fd, &e), &e);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_blocks, 0);
}

static void test_too_large(void **state)
{
	struct ri_image disk = { read_offsets, NULL, UINT64_MAX };
	struct ri_err e = { 0 };
	RI_FD int fd = ri_scratch_create(&e);

	(void)state;
	check_err("too large", ri_scratch_put(fd, &disk, 0, 1, &e), &e, RI_E_UNSUPPORTED,
	    "the disk is too large");
}

/** As a confined process has it: no file may grow. */
static void test_without_a_size(void **state)
{
	struct ri_err e = { 0 };
	RI_FD int fd = ri_scratch_create(&e);
	int status;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, 0 }) < 0)
			_exit(1);
		use(fd); /* a failed check here is an exit that is not 0 */
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_without_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
