// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The hand-over file: what stands where, and what the host gets back. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "appliance/transfer_disk.h"
#include "host/hostfile.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MIB RI_TRANSFER_UNIT

static void make(uint64_t volume, struct ri_transfer *h)
{
	struct ri_err e = { 0 };

	unlink(tmp_path("handover"));
	if (ri_transfer_make(tmp_path("handover"), volume, h, &e) < 0)
		fail_msg("%s", e.msg);
}

/* A file of @bytes: its last byte is 'z', what is before it a hole. */
static void make_file(uint64_t bytes)
{
	int fd = open(tmp_path("file"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	if (bytes > 0)
		assert_int_equal(pwrite(fd, "z", 1, (off_t)bytes - 1), 1);
	close(fd);
}

static char at(const struct ri_transfer *h, uint64_t offset)
{
	char c = '?';

	assert_int_equal(pread(h->fd, &c, 1, (off_t)offset), 1);
	return c;
}

/** Each file has a place of its own, in whole units, holes and all, and the beginning stays free. */
static void test_places(void **state)
{
	static const struct {
		uint64_t bytes, at;
	} files[] = {
		{ 1, MIB },
		{ MIB - 1, 2 * MIB },
		{ MIB, 3 * MIB },
		{ 0, 5 * MIB }, /* a unit is left between */
		{ 5 * MIB + 12345, 6 * MIB },
		{ 2, 12 * MIB },
	};
	struct ri_transfer h = RI_TRANSFER_INIT;
	struct ri_err e = { 0 };
	struct ri_transfer_file f;

	(void)state;
	make(64 * MIB + 4096, &h);
	assert_int_equal(h.bytes, 128 * MIB);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		make_file(files[i].bytes);
		assert_int_equal(ri_transfer_put(&h, tmp_path("file"), &f, &e), 0);
		assert_int_equal(f.at, files[i].at);
		assert_int_equal(f.bytes, files[i].bytes);
		if (f.bytes > 0)
			assert_int_equal(at(&h, f.at + f.bytes - 1), 'z');
		assert_int_equal(at(&h, f.at + f.bytes), 0);
	}
	ri_transfer_close(&h);
	assert_int_equal(h.fd, -1);
}

/** What was copied takes nothing of the host any more. */
static void test_drop(void **state)
{
	struct ri_transfer h = RI_TRANSFER_INIT;
	struct ri_err e = { 0 };
	struct ri_transfer_file f;
	struct stat before, after;

	(void)state;
	make(0, &h);
	make_file(3 * MIB);
	assert_int_equal(ri_transfer_put(&h, tmp_path("file"), &f, &e), 0);
	assert_int_equal(fstat(h.fd, &before), 0);
	assert_true(before.st_blocks > 0);
	ri_transfer_drop(&h, &f);
	assert_int_equal(at(&h, f.at + f.bytes - 1), 0);
	assert_int_equal(fstat(h.fd, &after), 0);
	assert_true(after.st_blocks < before.st_blocks && after.st_size == before.st_size);
	ri_transfer_close(&h);
}

/** The last unit stays free too; what does not fit is told, and does no harm to what follows. */
static void test_too_large(void **state)
{
	struct ri_transfer h = RI_TRANSFER_INIT;
	struct ri_err e = { 0 };
	struct ri_transfer_file f;
	char msg[400];

	(void)state;
	make(0, &h);
	make_file(62 * MIB);
	snprintf(msg, sizeof msg, "%s: File too large", tmp_path("file"));
	check_err("one too many", ri_transfer_put(&h, tmp_path("file"), &f, &e), &e, RI_E_IO, msg);
	make_file(62 * MIB - 1);
	assert_int_equal(ri_transfer_put(&h, tmp_path("file"), &f, &e), 0);
	assert_int_equal(f.at, MIB);
	make_file(1);
	check_err("full", ri_transfer_put(&h, tmp_path("file"), &f, &e), &e, RI_E_IO, msg);
	ri_transfer_close(&h);
	/* A file of that name, perhaps a link of somebody's, is not written to. */
	snprintf(msg, sizeof msg, "cannot create %s: File exists", tmp_path("handover"));
	check_err("there", ri_transfer_make(tmp_path("handover"), 0, &h, &e), &e, RI_E_IO, msg);
	unlink(tmp_path("handover"));
	snprintf(msg, sizeof msg, "%s: File too large", tmp_path("handover"));
	check_err("no file is as large", ri_transfer_make(tmp_path("handover"), UINT64_MAX, &h, &e),
	    &e, RI_E_IO, msg);
	assert_int_equal(h.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
