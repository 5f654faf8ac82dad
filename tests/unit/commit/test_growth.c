// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* How much an image file may grow, against how much it does. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "commit/growth.h"
#include "host/process.h"

#include <fcntl.h>
#include <sys/stat.h>

static void run(const char *const *argv)
{
	struct ri_err e = { 0 };

	check_ok(argv[0], ri_process_check(argv, NULL, NULL, &e), &e);
}

static void test_counts(void **state)
{
	struct ri_growth g = { .cluster = 65536, .per_table = (uint64_t)65536 * 8192 };

	(void)state;
	assert_int_equal(ri_growth_bytes(&g), 0);
	ri_growth_add(&g, 4096, 0);
	assert_int_equal(ri_growth_bytes(&g), 0);
	ri_growth_add(&g, 4096, 4096);
	ri_growth_add(&g, 8192, 57344); /* to its end */
	assert_int_equal(g.clusters, 1);
	ri_growth_add(&g, 65536, 1);
	ri_growth_add(&g, 65540, 65536); /* of the same, and the next */
	assert_int_equal(g.clusters, 3);
	assert_int_equal(g.tables, 1);
	ri_growth_add(&g, g.per_table - 1, 2);
	assert_int_equal(g.clusters, 5);
	assert_int_equal(g.tables, 2);
	assert_int_equal(ri_growth_bytes(&g), (5 + 2 + 4) * 65536);
	g = (struct ri_growth){ .cluster = 65536 }; /* a vmdk has its tables */
	ri_growth_add(&g, 0, 65537);
	assert_int_equal(ri_growth_bytes(&g), 2 * 65536);
}

static uint64_t length(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

/* A file of @options, written to in a few places far from each other. */
static void grows(const char *format, const char *options)
{
	static const struct {
		uint64_t at, n;
		const char *command;
	} writes[] = {
		{ 0, 512, "write -q 0 512" },
		{ 3000000, 300000, "write -q 3000000 300000" },
		{ 30 << 20, 5 << 20, "write -q 30M 5M" },
		{ 90 << 20, 4096, "write -q 90M 4k" },
	};
	const char *path = tmp_path("image");
	const char *create[] = { "qemu-img", "create", "-q", "-f", format, "-o", options, path,
		"100M", NULL };
	struct ri_growth g;
	struct ri_err e = { 0 };
	uint64_t before, grown;
	int fd;

	run(create);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	check_ok(options, ri_growth_of(fd, format, &g, &e), &e);
	before = length(fd);
	for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
		const char *io[] = { "qemu-io", "-f", format, "-c", writes[i].command, path, NULL };

		run(io);
		ri_growth_add(&g, writes[i].at, writes[i].n);
	}
	grown = length(fd) - before;
	if (grown > ri_growth_bytes(&g) || ri_growth_bytes(&g) > 2 * grown + 20 * g.cluster)
		fail_msg("%s: %llu bytes said, %llu seen", options,
		    (unsigned long long)ri_growth_bytes(&g), (unsigned long long)grown);
	close(fd);
}

static void test_images(void **state)
{
	(void)state;
	grows("qcow2", "cluster_size=64k");
	grows("qcow2", "cluster_size=4k");
	grows("qcow2", "cluster_size=2M");
	grows("qcow2", "cluster_size=64k,compat=0.10");
	grows("qcow2", "cluster_size=64k,refcount_bits=64");
	grows("qcow2", "cluster_size=512");
	grows("vmdk", "subformat=monolithicSparse");
}

/* What a snapshot keeps is put elsewhere when it is overwritten. */
static void test_snapshots(void **state)
{
	const char *path = tmp_path("image");
	const char *create[] = { "qemu-img", "create", "-q", "-f", "qcow2", path, "1M", NULL };
	const char *snapshot[] = { "qemu-img", "snapshot", "-c", "one", path, NULL };
	struct ri_growth g;
	struct ri_err e = { 0 };

	(void)state;
	run(create);
	for (unsigned i = 0; i < 2; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		check_ok("head", ri_growth_of(fd, "qcow2", &g, &e), &e);
		assert_int_equal(g.anew, i == 1);
		close(fd);
		run(snapshot);
	}
}

static void test_no_image(void **state)
{
	static const char *const formats[] = { "qcow2", "vmdk" };
	const char *path = tmp_path("image");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct ri_growth g;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ri_err e = { 0 };

		assert_int_equal(ri_growth_of(fd, formats[i], &g, &e), -1);
		assert_int_equal(e.code, RI_E_UNSUPPORTED);
	}
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tmp_set_up, tmp_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		TEST(test_images),
		TEST(test_snapshots),
		TEST(test_no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
