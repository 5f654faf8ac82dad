// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/ramneed.h"

#include <inttypes.h>

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

/* As Linux 6.1 has it: two zones with memory, two CPUs, one zone without. */
#define ZONES                                                                                           \
	"Node 0, zone      DMA\n  per-node stats\n      nr_inactive_file 10\n      nr_active_file 20\n" \
	"      nr_shmem     25\n  pages free     3776\n        boost    0\n        min      144\n"      \
	"        low      180\n        managed  3840\n      nr_free_pages 3776\n  pagesets\n"           \
	"    cpu: 0\n              count: 1\n              high:  180\n              batch: 1\n"        \
	"Node 0, zone    DMA32\n  pages free     253474\n        min      11119\n  pagesets\n"          \
	"    cpu: 0\n              count: 9695\n    cpu: 1\n              count: 5\n"                   \
	"Node 0, zone  Movable\n  pages free     0\n        min      0\n"

static void zoneinfo(void **state)
{
	static const char *const none[] = { "", "cpu: 0\n", "min 5\n", "pages free 12x\n",
		"pages free 99999999999999999999\n", "pages free 18446744073709551615\n" };
	struct ri_meminfo mem = { MIB(1211), MIB(940), 0 };
	char size[] = "100%";
	struct ri_manifest m = { .tmpfs_bytes = MIB(900), .tmpfs_size = size };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		ri_zoneinfo_take(ri_str(none[i]), &mem);
		assert_true(mem.available == MIB(940) && mem.keeps == 0);
	}
	ri_zoneinfo_take(ri_str(ZONES), &mem);
	assert_int_equal(mem.available, (3776 + 253474 + 1 + 9695 + 5 + 10 + 20) * UINT64_C(4096));
	assert_int_equal(mem.keeps, (144 + 11119) * UINT64_C(4096));
	/* The loader cannot have what is kept, the guest's programs need not. */
	check_ok("fits", ri_ramneed_check(&m, &mem, MIB(98), &e), &e);
	check_err("with what is kept", ri_ramneed_check(&m, &mem, MIB(99), &e), &e, RI_E_BUDGET,
	    "not enough RAM: needs 900 MiB and 143 MiB to spare, 1042 MiB available");
	e = (struct ri_err){ 0 };
	m.reserve_bytes = MIB(142);
	check_ok("reserve", ri_ramneed_check(&m, &mem, MIB(1), &e), &e);
	check_err("keeps beyond 64 bits", ri_ramneed_check(&m, &mem, UINT64_MAX, &e), &e,
	    RI_E_BUDGET,
	    "not enough RAM: needs 900 MiB and 17592186044416 MiB to spare, 1042 MiB available");
}

/* What a lower zone keeps for itself counts with its "min", up to what is free in it. */
#define LOW(free, min, protection)                                                                 \
	"Node 0, zone      DMA\n  pages free     " free "\n        min      " min                  \
	"\n        protection: " protection "\n  pagesets\n    cpu: 0\n              count: 3\n"

static const struct {
	const char *text;
	uint64_t available, keeps; /* pages */
} protections[] = {
	{ LOW("1000", "20", "(0, 100, 300, 300)"), 1003, 320 },
	{ LOW("1000", "20", "(0, 0, 0, 0)"), 1003, 20 },
	{ LOW("100", "20", "(0, 100, 300, 300)"), 103, 103 },
	{ LOW("100", "20", "(0, 100, 300, 300)")
		LOW("9000", "40", "(0, 0, 300, 70)") "Node 1, zone\n",
	    9106, 103 + 340 },
	{ LOW("1000", "20", "("), 1003, 20 },
	{ LOW("1000", "20", "(x, 5"), 1003, 25 },
	{ LOW("1000", "20", "(99999999999999999999, 7)"), 1003, 27 },
	{ LOW("1000", "20", "(18446744073709551615)"), 1003, 20 },
};

static void zones_below(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof protections / sizeof *protections; i++) {
		struct ri_meminfo mem = { 0 };

		ri_zoneinfo_take(ri_str(protections[i].text), &mem);
		if (mem.available != protections[i].available * 4096 ||
		    mem.keeps != protections[i].keeps * 4096)
			fail_msg("%s: %" PRIu64 ", %" PRIu64, protections[i].text,
			    mem.available / 4096, mem.keeps / 4096);
	}
}

static const struct {
	const char *name;
	uint64_t tree, reserve, own, total, available;
	char size[8];
	const char *msg;
} needs[] = {
	{ "fits", MIB(790), MIB(128), MIB(24), MIB(2000), MIB(1800), "100%", NULL },
	{ "fits to the byte", MIB(790), MIB(128), MIB(24), MIB(2000), MIB(918), "100%", NULL },
	{ "one byte short", MIB(790), MIB(128), MIB(24), MIB(2000), MIB(918) - 1, "100%",
	    "not enough RAM: needs 790 MiB and 128 MiB to spare, 917 MiB available" },
	{ "the loader takes more", MIB(790), MIB(128), MIB(200), MIB(2000), MIB(990) - 1, "100%",
	    "not enough RAM: needs 790 MiB and 200 MiB to spare, 989 MiB available" },
	{ "far too small", MIB(790), MIB(128), 0, MIB(500), MIB(412), "2G",
	    "not enough RAM: needs 790 MiB and 128 MiB to spare, 412 MiB available" },
	{ "the tmpfs is too small", MIB(790), 0, 0, MIB(2000), MIB(1800), "512M",
	    "not enough room in the tmpfs: needs 790 MiB, size=512M is 512 MiB" },
	{ "a share is too small", MIB(790) + 1, 0, 0, MIB(1000), MIB(990), "50%",
	    "not enough room in the tmpfs: needs 791 MiB, size=50% is 500 MiB" },
	{ "sums beyond 64 bits", UINT64_MAX - 4096, 0, MIB(24), UINT64_MAX, UINT64_MAX - 1, "100%",
	    "not enough RAM: needs 17592186044416 MiB and 24 MiB to spare, 17592186044415 MiB available" },
	{ "reserve beyond 64 bits", MIB(1), UINT64_MAX, MIB(1), MIB(100), MIB(90), "100%",
	    "not enough RAM: needs 1 MiB and 17592186044416 MiB to spare, 90 MiB available" },
};

static void decisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		char size[8];
		struct ri_manifest m = { .tmpfs_bytes = needs[i].tree,
			.reserve_bytes = needs[i].reserve,
			.tmpfs_size = size };
		struct ri_meminfo mem = { needs[i].total, needs[i].available, 0 };
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

/*
 * An archive that came with the initrd is in no sum of what there must be; what it takes is free for the guest once it has been
 * unpacked, and never where it is mounted.
 */
static void archive_in_the_initramfs(void **state)
{
	char size[] = "100%", in[] = RI_ARCHIVE_IN_INITRD, form[] = RI_FORM_COMPRESSED;
	struct ri_manifest m = { .tmpfs_bytes = MIB(500),
		.reserve_bytes = MIB(128),
		.archive_bytes = MIB(100),
		.tmpfs_size = size };
	struct ri_meminfo mem = { MIB(2000), MIB(540), 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("on a disk", ri_ramneed_check(&m, &mem, MIB(24), &e), &e, RI_E_BUDGET,
	    "not enough RAM: needs 500 MiB and 128 MiB to spare, 540 MiB available");
	e = (struct ri_err){ 0 };
	m.archive_in = in;
	check_ok("in the initramfs", ri_ramneed_check(&m, &mem, MIB(24), &e), &e);
	mem.available = MIB(527);
	check_err("too little", ri_ramneed_check(&m, &mem, MIB(24), &e), &e, RI_E_BUDGET,
	    "not enough RAM: needs 500 MiB and 28 MiB to spare, 527 MiB available");
	e = (struct ri_err){ 0 };
	m.archive_bytes = UINT64_MAX;
	check_ok("beyond 64 bits", ri_ramneed_check(&m, &mem, MIB(24), &e), &e);
	m.archive_bytes = MIB(100);
	m.form = form;
	m.tmpfs_bytes = MIB(8);
	mem.available = MIB(135);
	check_err("mounted", ri_ramneed_check(&m, &mem, MIB(24), &e), &e, RI_E_BUDGET,
	    "not enough RAM: needs 8 MiB and 128 MiB to spare, 135 MiB available");
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
		struct ri_meminfo mem = { mounts[i].total, 0, 0 };
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
	{ "what is left", "100%", "mode=0755,size=734003200,nr_inodes=51200", MIB(128 + 800) },
	{ "ram.size is less", "500M", "mode=0755,size=524288000,nr_inodes=51200", MIB(128 + 800) },
	{ "ram.size is more", "99%", "mode=0755,size=734003200,nr_inodes=51200", MIB(128 + 800) },
	{ "whole pages", "100%", "mode=0755,size=734007296,nr_inodes=51200",
	    MIB(128 + 800) + 9000 },
	{ "the least that is accepted", "100%", "mode=0755,size=917504,nr_inodes=64",
	    MIB(128 + 1) },
	{ "one byte short", "100%", NULL, MIB(128 + 1) - 1 },
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
		struct ri_meminfo mem = { MIB(2000), foreign[i].available, 0 };
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		int rc = ri_ramneed_check(&m, &mem, MIB(24), &e);

		if (!foreign[i].options) {
			check_err(foreign[i].name, rc, &e, RI_E_BUDGET,
			    "not enough RAM: needs 1 MiB and 128 MiB to spare, 128 MiB available");
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
		cmocka_unit_test(zoneinfo),
		cmocka_unit_test(zones_below),
		cmocka_unit_test(decisions),
		cmocka_unit_test(archive_in_the_initramfs),
		cmocka_unit_test(mount_options),
		cmocka_unit_test(foreign_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
