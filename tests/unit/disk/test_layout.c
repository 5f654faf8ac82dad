// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is on a disk: what is made up here, to the byte. Real tables, file systems and volumes are
 * tests/host/test_layout.py's.
 */
#include "unit/disk/disks.h"

static void refused(const char *msg)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	struct ri_err e = { 0 };

	check_err(msg, ri_disklayout_read(disk, scratch, &l, &e), &e, RI_E_UNSUPPORTED, msg);
	assert_int_equal(l.n, 0);
}

static void names(const char *want)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	RI_BUF got = { 0 };
	struct ri_err e = { 0 };

	check_ok(want, ri_disklayout_read(disk, scratch, &l, &e), &e);
	for (size_t i = 0; i < l.n; i++)
		assert_ptr_equal(ri_disklayout_find(&l, l.v[i].name), &l.v[i]);
	add_names(&got, &l);
	check_span("names", ri_buf_span(&got), ri_str(want));
	assert_null(ri_disklayout_find(&l, "/dev/sdb"));
}

static void test_names(void **state)
{
	(void)state;
	names("/dev/sda:-:33554432 ");
	entry(0, 2, 0x83, 64, 64);
	names("/dev/sda3:msdos:32768 ");
	entry(0, 0, 0x0f, 1024, 8192);
	names("/dev/sda1:msdos:1024 /dev/sda3:msdos:32768 ");
	entry(1024, 0, 0x83, 64, 64);
	entry(1024, 1, 0x05, 2048, 1024);
	entry(3072, 0, 0x83, 64, 128);
	names(
	    "/dev/sda1:msdos:1024 /dev/sda3:msdos:32768 /dev/sda5:msdos:32768 /dev/sda6:msdos:65536 ");
}

/* A logical partition far behind what is copied as the beginning of the disk. */
static void test_a_far_chain(void **state)
{
	(void)state;
	entry(0, 0, 0x05, 1024, 64000);
	entry(1024, 0, 0x83, 64, 64);
	entry(1024, 1, 0x05, 50000, 1024);
	entry(51024, 0, 0x83, 64, 128);
	names("/dev/sda1:msdos:1024 /dev/sda5:msdos:32768 /dev/sda6:msdos:65536 ");
}

static void test_tables_refused(void **state)
{
	(void)state;
	entry(0, 0, 0x05, 1024, 8192);
	entry(1024, 0, 0x83, 64, 64);
	entry(1024, 1, 0x05, 0, 1024);
	refused("the chain of logical partitions has no end");
	entry(0, 0, 0x83, 64, SECTORS - 63);
	refused("partition 1 reaches beyond the end of the disk");
	entry(0, 0, 0x83, 0xffffff00, 0xff);
	refused("partition 1 reaches beyond the end of the disk");
	entry(0, 0, 0xee, 1, SECTORS - 1);
	refused("its GPT is damaged");
	entry(0, 0, 0x42, 64, 64);
	refused("it is a Windows dynamic disk");
}

static void test_signatures_refused(void **state)
{
	static const struct {
		uint64_t at;
		const char *magic, *msg;
	} cases[] = {
		{ 3, "NTFS    ", "/dev/sda looks like ntfs" },
		{ 3, "-FVE-FS-", "/dev/sda looks like BitLocker" },
		{ 1024, "H+", "/dev/sda looks like hfsplus" },
		{ 32769, "BEA01", "/dev/sda looks like udf" },
	};
	char zeros[8] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_at(cases[i].at, cases[i].magic, strlen(cases[i].magic));
		refused(cases[i].msg);
		write_at(cases[i].at, zeros, sizeof zeros);
	}
	/* md, version 1.2: what lies on such a disk is not the disk's own. */
	write_at(4096, "\xfc\x4e\x2b\xa9\x01\x00\x00\x00", 8);
	write_at(4096 + 0x90, "\x08", 1);
	/* Its checksum, the sum of its words: libblkid 2.41 asks for it. */
	write_at(4096 + 0xd8, "\x05\x4f\x2b\xa9", 4);
	refused("/dev/sda is of the type linux_raid_member");
}

/** This magic alone is an exFAT to libblkid 2.38, and not to 2.41, which looks further: refused either way. */
static void test_exfat_refused(void **state)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	struct ri_err e = { 0 };
	char zeros[8] = { 0 };

	(void)state;
	write_at(3, "EXFAT   ", 8);
	assert_int_equal(ri_disklayout_read(disk, scratch, &l, &e), -1);
	assert_int_equal(e.code, RI_E_UNSUPPORTED);
	assert_true(strcmp(e.msg, "/dev/sda is of the type exfat") == 0 ||
		    strcmp(e.msg, "/dev/sda looks like exfat") == 0);
	write_at(3, zeros, sizeof zeros);
}

static int broken_read(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	(void)i, (void)at, (void)buf, (void)n;
	return ri_fail(e, RI_E_IO, 0, "a bad sector");
}

static void test_a_disk_that_cannot_be_read(void **state)
{
	struct ri_image broken = { broken_read, NULL, 1 << 20 };
	struct ri_image tiny = { broken_read, NULL, 0 };
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("broken", ri_disklayout_read(&broken, scratch, &l, &e), &e, RI_E_IO,
	    "a bad sector");
	e = (struct ri_err){ 0 };
	check_err("tiny", ri_disklayout_read(&tiny, scratch, &l, &e), &e, RI_E_UNSUPPORTED,
	    "the disk is shorter than a sector");
}

static void test_volumes(void **state)
{
	(void)state;
	put_group();
	names(GROUP_NAMES);
}

/* The sample is one of a group's two physical volumes. */
static void test_volumes_refused(void **state)
{
	RI_BUF pv = { 0 };

	(void)state;
	load_pv(&pv);
	entry(0, 0, 0x8e, 2048, 16384);
	entry(0, 1, 0x8e, 20480, 16384);
	write_at(2048 * SECTOR, pv.p, pv.n);
	refused("a physical volume of LVM's group vms is not on this disk");
	write_at(20480 * SECTOR, pv.p, pv.n);
	refused("/dev/sda2: two of LVM's physical volumes have the same UUID");
	/* The other one is there, but shorter than the group says. */
	replace(&pv, PV_0, PV_1);
	sum_up(&pv);
	write_at(20480 * SECTOR, pv.p, pv.n);
	refused("LVM: a volume of the group vms reaches beyond its physical volume");
	/* Another group of the same name. */
	replace(&pv, "uDBQfa", "xxxxxx");
	sum_up(&pv);
	write_at(20480 * SECTOR, pv.p, pv.n);
	refused("two of LVM's volume groups are called vms");
	/* Two states of the same group: the one that says the least was before. */
	replace(&pv, "xxxxxx", "uDBQfa");
	replace(&pv, "seqno = 5", "seqno = 6");
	replace(&pv, "\"striped\"", "\"mirror\" ");
	sum_up(&pv);
	write_at(20480 * SECTOR, pv.p, pv.n);
	refused("/dev/sda2: LVM: the logical volume root has the type mirror, not linear");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_a_far_chain, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_tables_refused, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_signatures_refused, disk_set_up,
		    disk_tear_down),
		cmocka_unit_test_setup_teardown(test_exfat_refused, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_a_disk_that_cannot_be_read, disk_set_up,
		    disk_tear_down),
		cmocka_unit_test_setup_teardown(test_volumes, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_volumes_refused, disk_set_up, disk_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
