// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/ramneed.h"

#define MIB(n) ((uint64_t)(n) << 20)

static const struct {
	const char *name, *text, *msg;
	uint64_t total, available;
} infos[] = {
	{ "a kernel's",
	    "MemTotal:       24684092 kB\nMemFree:        1 kB\nMemAvailable:   24121580 kB\n",
	    NULL, 24684092ull << 10, 24121580ull << 10 },
	{ "no MemAvailable", "MemTotal: 1 kB\nMemFree: 1 kB\n", "MemAvailable is missing", 0, 0 },
	{ "no MemTotal", "MemAvailable: 1 kB\n", "MemTotal is missing", 0, 0 },
	{ "another unit", "MemTotal: 1 kB\nMemAvailable: 1 MB\n", "MemAvailable is missing", 0, 0 },
	{ "no number", "MemTotal: kB\nMemAvailable: 1 kB\n", "MemTotal is missing", 0, 0 },
	{ "more than 64 bits", "MemTotal: 99999999999999999999 kB\nMemAvailable: 1 kB\n",
	    "MemTotal is missing", 0, 0 },
	{ "empty", "", "MemTotal is missing", 0, 0 },
};

static void meminfo(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
		struct ri_meminfo m = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_meminfo_parse(ri_str(infos[i].text), &m, &e);

		if (infos[i].msg)
			check_err(infos[i].name, rc, &e, RI_E_IO, infos[i].msg);
		else
			check_ok(infos[i].name, rc, &e);
		assert_int_equal(m.total, infos[i].total);
		assert_int_equal(m.available, infos[i].available);
	}
}

static const struct {
	const char *size;
	uint64_t total, limit;
} limits[] = {
	{ "100%", MIB(1000), MIB(1000) },
	{ "50%", MIB(1000), MIB(500) },
	{ "33%", 4096 * 100 + 17, 4096 * 33 },
	{ "1%", 4096 * 50, 0 },
	{ "100%", UINT64_MAX, UINT64_MAX / 4096 / 100 * 4096 * 100 + 4096 * 15 },
	{ "2G", 1, (uint64_t)2 << 30 },
	{ "512m", 1, MIB(512) },
	{ "4096", 1, 4096 },
};

static void tmpfs_limits(void **state)
{
	uint64_t limit;

	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct ri_err e = { 0 };

		if (limits[i].total == UINT64_MAX) {
			/* Only that it does not overflow. */
			check_ok("huge", ri_tmpfs_limit("100%", UINT64_MAX, &limit, &e), &e);
			continue;
		}
		check_ok(limits[i].size,
		    ri_tmpfs_limit(limits[i].size, limits[i].total, &limit, &e), &e);
		assert_int_equal(limit, limits[i].limit);
	}
}

static void tmpfs_size_must_be_one(void **state)
{
	struct ri_err e = { 0 };
	uint64_t limit;

	(void)state;
	check_err("words", ri_tmpfs_limit("much", 1, &limit, &e), &e, RI_E_CONFIG,
	    "tmpfs size: \"much\" does not begin with a digit");
}

static const struct {
	const char *name;
	uint64_t tree, reserve, own, total, available;
	char size[8];
	const char *msg;
} needs[] = {
	{ "fits", MIB(790), MIB(128), MIB(24), MIB(2000), MIB(1800), "100%", NULL },
	{ "fits to the byte", MIB(790), MIB(128), MIB(24), MIB(2000), MIB(942), "100%", NULL },
	{ "one byte short", MIB(790), MIB(128), MIB(24), MIB(2000), MIB(942) - 1, "100%",
	    "not enough RAM: needs 814 MiB and 128 MiB to spare, 941 MiB available" },
	{ "far too small", MIB(790), MIB(128), 0, MIB(500), MIB(412), "2G",
	    "not enough RAM: needs 790 MiB and 128 MiB to spare, 412 MiB available" },
	{ "the tmpfs is too small", MIB(790), 0, 0, MIB(2000), MIB(1800), "512M",
	    "not enough room in the tmpfs: needs 790 MiB, size=512M is 512 MiB" },
	{ "a share is too small", MIB(790) + 1, 0, 0, MIB(1000), MIB(990), "50%",
	    "not enough room in the tmpfs: needs 791 MiB, size=50% is 500 MiB" },
	{ "sums beyond 64 bits", UINT64_MAX - 4096, 0, MIB(24), UINT64_MAX, UINT64_MAX - 1, "100%",
	    "not enough RAM: needs 17592186044416 MiB and 0 MiB to spare, 17592186044415 MiB available" },
	{ "reserve beyond 64 bits", MIB(1), UINT64_MAX, MIB(1), MIB(100), MIB(90), "100%",
	    "not enough RAM: needs 2 MiB and 17592186044416 MiB to spare, 90 MiB available" },
};

static void decisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		char size[8];
		struct ri_manifest m = { .tmpfs_bytes = needs[i].tree,
			.reserve_bytes = needs[i].reserve,
			.tmpfs_size = size };
		struct ri_meminfo mem = { needs[i].total, needs[i].available };
		struct ri_err e = { 0 };
		int rc;

		memcpy(size, needs[i].size, sizeof size);
		rc = ri_ramneed_check(&m, &mem, needs[i].own, &e);
		if (needs[i].msg)
			check_err(needs[i].name, rc, &e, RI_E_BUDGET, needs[i].msg);
		else
			check_ok(needs[i].name, rc, &e);
	}
}

static const struct {
	const char *name;
	uint64_t inodes, entries, total;
	const char *options;
} mounts[] = {
	{ "the kernel's own number suffices", 20000, 20000, MIB(4096),
	    "mode=0755,size=80%,nr_inodes=524288" },
	{ "a small machine, a large tree", 100000, 100000, MIB(512),
	    "mode=0755,size=80%,nr_inodes=215536" },
	{ "hard links count in a tmpfs", 1000, 200000, MIB(512),
	    "mode=0755,size=80%,nr_inodes=365536" },
	{ "beyond 64 bits", UINT64_MAX, 1, MIB(512), "mode=0755,size=80%,nr_inodes=65536" },
};

static void mount_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		char size[] = "80%";
		struct ri_manifest m = { .inodes = mounts[i].inodes,
			.entries = mounts[i].entries,
			.tmpfs_size = size };
		struct ri_meminfo mem = { mounts[i].total, 0 };
		RI_BUF out = { 0 };

		ri_tmpfs_options(&m, &mem, MIB(24), &out);
		check_span(mounts[i].name, ri_buf_span(&out), ri_str(mounts[i].options));
		/* Transparent huge pages in the root would cost several times the memory. */
		assert_null(strstr(out.p, "huge"));
	}
}

/* Nobody knows what a foreign archive needs: the tree gets what is left, an eighth of it as inodes of
 * 2 KiB, and never a limit of 0, which would be none. */
static const struct {
	const char *name, *size, *options;
	uint64_t available;
} foreign[] = {
	{ "what is left", "100%", "mode=0755,size=734003200,nr_inodes=51200", MIB(128 + 24 + 800) },
	{ "ram.size is less", "500M", "mode=0755,size=524288000,nr_inodes=51200",
	    MIB(128 + 24 + 800) },
	{ "ram.size is more", "99%", "mode=0755,size=734003200,nr_inodes=51200",
	    MIB(128 + 24 + 800) },
	{ "whole pages", "100%", "mode=0755,size=734007296,nr_inodes=51200",
	    MIB(128 + 24 + 800) + 9000 },
	{ "the least that is accepted", "100%", "mode=0755,size=917504,nr_inodes=64",
	    MIB(128 + 24 + 1) },
	{ "one byte short", "100%", NULL, MIB(128 + 24 + 1) - 1 },
};

static void foreign_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		RI_FREE char *size = strdup(foreign[i].size);
		struct ri_manifest m = { .foreign = true,
			.inodes = UINT64_MAX,
			.entries = UINT64_MAX,
			.tmpfs_bytes = MIB(1),
			.reserve_bytes = MIB(128),
			.tmpfs_size = size };
		struct ri_meminfo mem = { MIB(2000), foreign[i].available };
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		int rc = ri_ramneed_check(&m, &mem, MIB(24), &e);

		if (!foreign[i].options) {
			check_err(foreign[i].name, rc, &e, RI_E_BUDGET,
			    "not enough RAM: needs 25 MiB and 128 MiB to spare, 152 MiB available");
			continue;
		}
		check_ok(foreign[i].name, rc, &e);
		ri_tmpfs_options(&m, &mem, MIB(24), &out);
		check_span(foreign[i].name, ri_buf_span(&out), ri_str(foreign[i].options));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meminfo),
		cmocka_unit_test(tmpfs_limits),
		cmocka_unit_test(tmpfs_size_must_be_one),
		cmocka_unit_test(decisions),
		cmocka_unit_test(mount_options),
		cmocka_unit_test(foreign_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
