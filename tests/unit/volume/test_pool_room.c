// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What ZFS and Ceph say of their pools; that the programs say so on real ones is not tried here. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "volume/pool_room.h"

#include <sys/stat.h>

static const char zvol[] = "zvol:rpool/data/vm-105-disk-0", rbd[] = "rbd:1-2/vms//vm-105-disk-0";
static const char ceph[] =
    "{\"stats\":{\"total_avail_bytes\":9},\"pools\":["
    "{\"name\":\"vm\",\"id\":1,\"stats\":{\"stored\":1,\"max_avail\":1}},"
    "{\"name\":\"vms\",\"id\":2,\"stats\":{\"stored\":1,\"max_avail\":200000}}]}";

static void test_zfs(void **state)
{
	static const char *const others[] = { "", "available\t5\n", "volblocksize\t8192\n",
		"available\t-\nvolblocksize\t8192\n", "available\t5\nvolblocksize\t0\n",
		"available\t99999999999999999999999\nvolblocksize\t8192\n",
		"cannot open 'rpool': dataset does not exist\n" };
	struct ri_pool_room r;

	(void)state;
	assert_true(ri_zfs_room(ri_str("available\t20480\nvolblocksize\t8192\n"), &r));
	assert_int_equal(r.chunk, 8192);
	assert_int_equal(r.chunks, 2);
	assert_false(r.tables);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(ri_zfs_room(ri_str(others[i]), &r));
}

static void test_ceph(void **state)
{
	struct ri_pool_room r;

	(void)state;
	assert_true(ri_ceph_room(ri_str(ceph), ri_str("vms"), &r));
	assert_int_equal(r.chunk, 65536);
	assert_int_equal(r.chunks, 3);
	assert_false(ri_ceph_room(ri_str(ceph), ri_str("v"), &r));
	assert_false(ri_ceph_room(ri_str("{\"pools\":[{\"name\":\"vms\"}]}"), ri_str("vms"), &r));
	assert_false(ri_ceph_room(ri_str("[]"), ri_str("vms"), &r));
	assert_false(ri_ceph_room(ri_str(""), ri_str("vms"), &r));
}

static void test_take(void **state)
{
	struct ri_pool_room r = { .pool = "its ZFS pool", .chunk = 8192, .chunks = 3 };
	struct ri_pool_room thin = { .pool = "its thin pool",
		.chunk = 65536,
		.chunks = 9,
		.tables = true,
		.metadata = 7 };
	struct ri_pool_room none = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("a chunk", ri_pool_room_take(&r, 4096, 4096, &e), &e);
	check_ok("a part of it and one more", ri_pool_room_take(&r, 8191, 2, &e), &e);
	check_ok("the rest of that", ri_pool_room_take(&r, 8193, 8191, &e), &e);
	check_ok("the last", ri_pool_room_take(&r, 81920, 1, &e), &e);
	assert_int_equal(r.wanted, 3);
	check_err("one more", ri_pool_room_take(&r, 90112, 1, &e), &e, RI_E_BUDGET,
	    "its ZFS pool has 24.0 KiB left, and the commit may take 32.0 KiB or more; extend the "
	    "pool, or make room in it");
	check_err("tables", ri_pool_room_take(&thin, 0, 1, &e), &e, RI_E_BUDGET,
	    "its thin pool has 7 blocks left for metadata, and the commit may take 8; extend them "
	    "(lvextend --poolmetadatasize)");
	e = (struct ri_err){ 0 };
	check_ok("no pool", ri_pool_room_take(&none, 0, UINT64_MAX, &e), &e);
}

/* A program in front of PATH that says @words, or fails. */
static void program(const char *name, const char *arguments, const char *words)
{
	RI_BUF script = { 0 };

	ri_buf_addf(&script, "#!/bin/sh\n[ \"$*\" = '%s' ] || exit 2\n%s\n", arguments, words);
	assert_false(script.oom);
	spit(tmp_path(name), ri_buf_span(&script));
	assert_int_equal(chmod(tmp_path(name), 0755), 0);
}

static int set_up(void **state)
{
	RI_BUF path = { 0 };

	if (tmp_set_up(state) < 0)
		return -1;
	ri_buf_addf(&path, "%s:%s", tmpdir, getenv("PATH"));
	return path.oom ? -1 : setenv("PATH", path.p, 1);
}

static void test_programs(void **state)
{
	static const char zfs_args[] =
	    "get -Hp -o property,value available,volblocksize rpool/data/vm-105-disk-0";
	RI_BUF says = { 0 };
	struct ri_pool_room r;
	struct ri_err e = { 0 };

	(void)state;
	program("zfs", zfs_args, "printf 'available\\t8192\\nvolblocksize\\t8192\\n'");
	check_ok("zfs", ri_pool_room_of(zvol, 0, &r, &e), &e);
	assert_int_equal(r.chunks, 1);
	ri_buf_addf(&says, "echo '%s'", ceph);
	program("ceph", "df --format json", says.p);
	check_ok("ceph", ri_pool_room_of(rbd, 0, &r, &e), &e);
	assert_int_equal(r.chunks, 3);
	check_ok("a pool it does not name", ri_pool_room_of("rbd:1-2/other//x", 0, &r, &e), &e);
	assert_null(r.pool);
	/* One that does not answer keeps nobody from a commit. */
	program("zfs", zfs_args, "exit 1");
	program("ceph", "df --format json", "echo unreachable >&2; exit 1");
	check_ok("zfs fails", ri_pool_room_of(zvol, 0, &r, &e), &e);
	assert_null(r.pool);
	check_ok("ceph fails", ri_pool_room_of(rbd, 0, &r, &e), &e);
	assert_null(r.pool);
	check_ok("no pool at all", ri_pool_room_of("dev:7:0", (dev_t)1, &r, &e), &e);
	assert_null(r.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zfs),
		cmocka_unit_test(test_ceph),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_programs),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_tear_down);
}
