// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The least memory of a VM, against what booted guests had. */
#include "unit/check.h"
#include "plan/ram_need.h"

#include <inttypes.h>

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)

/* Debian 12's kernel as it says itself at its beginning: code, data, rodata and bss. */
#define DEBIAN_12 (43157 * KIB)

static const struct {
	const char *what;
	uint64_t kernel, kept; /* bytes */
	unsigned cpus;
	uint64_t memory, available; /* MiB: -m of QEMU, what was free when the loader began */
} booted[] = {
	{ "Debian 12", DEBIAN_12, 127 * MIB, 1, 1280, 1042 },
};

/* A root as large as what was available would have needed no less than that machine, and little more. */
static void test_booted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof booted / sizeof *booted; i++) {
		struct ri_ram_parts p = { .root = (booted[i].available - 128) * MIB,
			.reserve = 128 * MIB + booted[i].kept,
			.firmware = MIB,
			.kernel = booted[i].kernel,
			.initrd_kept = booted[i].kept };
		uint64_t got = ri_ram_least_mib(&p, booted[i].cpus);

		if (got < booted[i].memory || got > booted[i].memory + 64 + booted[i].memory / 32)
			fail_msg("%s with %" PRIu64 " MiB and %u CPUs: %" PRIu64, booted[i].what,
			    booted[i].memory, booted[i].cpus, got);
	}
}

static const struct ri_ram_parts some = { .root = 800 * MIB,
	.firmware = 8 * MIB,
	.kernel = DEBIAN_12,
	.initrd_packed = 30 * MIB,
	.initrd_unpacked = 127 * MIB,
	.initrd_kept = 20 * MIB,
	.loader = 64 * MIB,
	.reserve = 128 * MIB };

/* Each part counts, and none more than it is, but for what grows with the memory itself. */
static void test_parts(void **state)
{
	static const size_t parts[] = { offsetof(struct ri_ram_parts, root),
		offsetof(struct ri_ram_parts, kernel), offsetof(struct ri_ram_parts, initrd_kept),
		offsetof(struct ri_ram_parts, reserve) };
	uint64_t was = ri_ram_least_mib(&some, 1);
	struct ri_ram_parts more;

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct ri_ram_parts p = some;

		*(uint64_t *)(void *)((char *)&p + parts[i]) += 1000 * MIB;
		assert_in_range(ri_ram_least_mib(&p, 1), was + 1000, was + 1060);
	}
	assert_int_equal(ri_ram_least_mib(&some, 0), was);
	/* The loader's memory is free again when the reserve is wanted, and with few CPUs not what it may be. */
	more = some;
	more.loader = 512 * MIB;
	assert_int_equal(ri_ram_least_mib(&more, 1), was);
	more.loader = 32 * MIB;
	was = ri_ram_least_mib(&more, 40);
	more.loader = 512 * MIB;
	/* 24 MiB and 84 units, with the 48 that the kernel keeps of 1 GiB, where 108 are the reserve's. */
	assert_in_range(ri_ram_least_mib(&more, 40), was + 133, was + 141);
	was = ri_ram_least_mib(&some, 1);
	assert_in_range(ri_ram_least_mib(&some, 8), was + 7, was + 7 * 3 + 6);
	/* What the initramfs takes is free again, too. */
	more = some;
	more.initrd_kept = 0;
	assert_int_equal(ri_ram_least_mib(&more, 1), was);
	more.initrd_kept = 100 * MIB;
	assert_in_range(ri_ram_least_mib(&more, 1), was + 58, was + 62);
}

/* A small root in a large initrd: the kernel must be able to unpack that. */
static void test_initrd_is_the_peak(void **state)
{
	struct ri_ram_parts p = { .root = MIB, .kernel = DEBIAN_12 };
	uint64_t was = ri_ram_least_mib(&p, 1);

	(void)state;
	p.initrd_packed = 300 * MIB;
	p.initrd_unpacked = 700 * MIB;
	assert_in_range(ri_ram_least_mib(&p, 1), 1100, was + 1020);
	p.initrd_packed = p.initrd_unpacked = MIB;
	assert_int_equal(ri_ram_least_mib(&p, 1), was);
}

/* An archive in the initrd is there twice when the kernel unpacks that, and once when the loader unpacks it. */
static void test_brought(void **state)
{
	struct ri_ram_parts p = some;
	uint64_t was = ri_ram_least_mib(&p, 1);
	static char size[] = "100%", in[] = RI_ARCHIVE_IN_INITRD, form[] = RI_FORM_COMPRESSED;
	struct ri_manifest m = { .tmpfs_bytes = 800 * MIB,
		.archive_bytes = 300 * MIB,
		.tmpfs_size = size,
		.initrd_unpacked_bytes = MIB };

	(void)state;
	/* The reserve of 128 MiB is what is free again when the archive is gone; then 65 of the loader's and the kernel's count. */
	p.brought = 300 * MIB;
	assert_in_range(ri_ram_least_mib(&p, 1), was + 240, was + 310);
	p.root = MIB;
	assert_in_range(ri_ram_least_mib(&p, 1), 600 + 30 + 127 + 100, 600 + 30 + 127 + 150);
	assert_true(ri_ram_parts_of(&m, &p));
	assert_true(p.brought == 0);
	m.archive_in = in;
	assert_true(ri_ram_parts_of(&m, &p));
	assert_true(p.brought == 300 * MIB);
	was = ri_ram_used(&p, 1, 2048 * MIB);
	/* Mounted it stays. */
	m.form = form;
	assert_true(ri_ram_parts_of(&m, &p));
	assert_true(ri_ram_used(&p, 1, 2048 * MIB) == was + 300 * MIB);
}

/* size= of the tmpfs in percent. */
static void test_percent(void **state)
{
	struct ri_ram_parts p = some;
	uint64_t was = ri_ram_least_mib(&p, 1), half;

	(void)state;
	p.tmpfs_percent = 100;
	assert_int_equal(ri_ram_least_mib(&p, 1), was);
	p.tmpfs_percent = 50;
	half = ri_ram_least_mib(&p, 1);
	assert_in_range(half, 1600 + 50, 1600 + 110);
	p.tmpfs_percent = 25;
	assert_in_range(ri_ram_least_mib(&p, 1), 2 * half - 60, 2 * half + 120);
}

/* Where there are zones above, a lower one keeps a part of their size free: what the loader cannot have. */
static void test_lower_zones(void **state)
{
	struct ri_ram_parts p = some, without = some;

	(void)state;
	p.root = without.root = 64 * KIB * MIB;
	without.loader = 0;
	/* 66 MiB, 16 of the lowest zone, and 1/256 of what is above the third GiB; and the loader's two or eight units. */
	assert_in_range(ri_ram_least_mib(&p, 1) - ri_ram_least_mib(&without, 1), 11, 14);
	assert_in_range(ri_ram_least_mib(&without, 1), 64 * 1024 + 1250 + 66 + 16 + 245 + 56 + 28,
	    64 * 1024 + 1850);
}

/* More is always enough: a machine of one MiB more needs no more than that, also where a third zone begins. */
static void test_no_gap(void **state)
{
	struct ri_ram_parts p = some;
	uint64_t was = 0;

	(void)state;
	for (p.root = 0; p.root < 20000 * MIB; p.root += 7 * MIB) {
		uint64_t got = ri_ram_least_mib(&p, 1);

		assert_true(got >= was && got > p.root / MIB);
		was = got;
	}
}

static void test_too_large(void **state)
{
	struct ri_ram_parts p = some;

	(void)state;
	p.root = UINT64_C(1) << 46;
	assert_int_equal(ri_ram_least_mib(&p, 1), 0);
	p.root = UINT64_MAX;
	assert_int_equal(ri_ram_least_mib(&p, 1), 0);
	assert_int_equal(ri_ram_used(&p, 1, MIB), UINT64_MAX);
	p = some;
	p.reserve = p.loader = p.kernel = UINT64_MAX / 2;
	assert_int_equal(ri_ram_least_mib(&p, UINT32_MAX), 0);
	p = some;
	p.root = UINT64_C(1) << 45;
	p.tmpfs_percent = 1;
	assert_int_equal(ri_ram_least_mib(&p, 1), 0);
}

static void test_used(void **state)
{
	uint64_t least = ri_ram_least_mib(&some, 1);

	(void)state;
	assert_in_range(ri_ram_used(&some, 1, least * MIB), 885 * MIB, 930 * MIB);
	assert_int_equal(ri_ram_used(&some, 3, least * MIB) - ri_ram_used(&some, 1, least * MIB),
	    4 * MIB);
}

static void test_manifest(void **state)
{
	struct ri_manifest m = { .tmpfs_bytes = 1,
		.kernel_bytes = 4 * MIB,
		.initrd_bytes = 2,
		.initrd_unpacked_bytes = 3,
		.shed_bytes = 1,
		.loader_bytes = 4,
		.reserve_bytes = 5,
		.tmpfs_size = "50%" };
	struct ri_ram_parts p;

	(void)state;
	struct ri_ram_need need;

	assert_true(ri_ram_parts_of(&m, &p));
	ri_ram_need_of(&m, &need);
	assert_int_equal(need.least, ri_ram_least_mib(&p, 1));
	assert_int_equal(need.cpu, ri_ram_least_mib(&p, 2) - need.least);
	assert_int_equal(need.used, ri_ram_used(&p, 1, need.least * MIB));
	assert_true(p.root == 1 && p.kernel == 3 * MIB && p.initrd_packed == 2);
	assert_true(p.initrd_unpacked == 3 && p.initrd_kept == 2);
	assert_true(p.loader == 4 && p.reserve == 5);
	assert_int_equal(p.tmpfs_percent, 50);
	assert_int_equal(p.firmware, MIB);
	m.uefi = true;
	m.tmpfs_size = "50M";
	m.kernel_bytes = 0;
	m.shed_bytes = 4; /* as nobody wrote it */
	assert_true(ri_ram_parts_of(&m, &p));
	assert_true(p.firmware == 40 * MIB && p.tmpfs_percent == 0 && p.kernel == 64 * MIB &&
		    p.initrd_kept == 0);
	m.tmpfs_bytes = UINT64_MAX;
	ri_ram_need_of(&m, &need);
	assert_true(need.least == 0 && need.cpu == 0);
	m.initrd_unpacked_bytes = 0;
	assert_false(ri_ram_parts_of(&m, &p));
}

/* An image is copied, not unpacked; size= limits what is above it. What the other form needs is for who chooses. */
static void test_compressed(void **state)
{
	struct ri_manifest m = { .tmpfs_bytes = 300 * MIB,
		.archive_bytes = 280 * MIB,
		.kernel_bytes = DEBIAN_12,
		.initrd_bytes = 30 * MIB,
		.initrd_unpacked_bytes = 127 * MIB,
		.shed_bytes = 107 * MIB,
		.loader_bytes = 64 * MIB,
		.tmpfs_size = "1%",
		.form = RI_FORM_COMPRESSED };
	struct ri_ram_need need, other;
	struct ri_ram_parts p;

	(void)state;
	assert_true(ri_ram_parts_of(&m, &p));
	assert_true(p.image && p.tmpfs_percent == 0);
	ri_ram_need_of(&m, &need);
	p.image = false;
	/* 41 MiB for unpacking, 4 for copying; without a reserve, which would hide that. */
	assert_in_range(ri_ram_least_mib(&p, 1) - need.least, 36, 41);
	ri_ram_need_of_other(&m, 800 * MIB, &other);
	assert_in_range(other.least - need.least, 500 + 60, 500 + 80);
	m.form = NULL;
	m.tmpfs_bytes = 800 * MIB;
	ri_ram_need_of_other(&m, 0, &need);
	m.form = RI_FORM_COMPRESSED;
	m.tmpfs_bytes = 280 * MIB + RI_RAM_MOUNTING;
	ri_ram_need_of(&m, &other);
	assert_int_equal(need.least, other.least);
}

#define LINES "kernel=6\nimage_bytes=8\ninitrd_bytes=9\nnewest=6\npackages=\n"
#define ZEROS "00000000000000000000000000000000"
#define MANIFEST                                                                                   \
	"format=1\nbuild_id=" ZEROS "\narchive=/a\narchive_fs=b\narchive_on_root=yes\n"            \
	"compression=gzip\narchive_bytes=1\narchive_sha256=" ZEROS ZEROS "\ntar_bytes=1\n"         \
	"entries=1\ninodes=1\ntmpfs_bytes=7\ntmpfs_size=100%\nreserve_bytes=1\nloader_bytes=1\n"   \
	"loader_sha256=no\nrelease=no\nkernel=6\nos=x\n"

static void test_recorded(void **state)
{
	static const struct {
		const char *record;
		int want;
	} rows[] = {
		{ LINES MANIFEST "initrd_unpacked_bytes=1\n", 1 },
		{ LINES MANIFEST, 0 }, /* it does not say what the initrd takes */
		{ LINES "format=1\n", 0 },
		{ LINES MANIFEST "initrd_unpacked_bytes=-1\n", 0 },
		{ LINES MANIFEST "initrd_unpacked_bytes=1", 0 },
		{ LINES "x" MANIFEST "initrd_unpacked_bytes=1\n", 0 },
		{ MANIFEST "initrd_unpacked_bytes=1\n", 0 },
		{ LINES, 0 },
		{ "", 0 },
	};
	struct ri_ram_parts p;
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (ri_ram_parts_recorded(ri_str(rows[i].record), &p, &e) != rows[i].want)
			fail_msg("row %zu", i);
		if (rows[i].want)
			assert_int_equal(p.root, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_booted),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_initrd_is_the_peak),
		cmocka_unit_test(test_brought),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_lower_zones),
		cmocka_unit_test(test_no_gap),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
