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

/* Tables that the appliance would see, and that say what is not known here. */
static void test_other_tables(void **state)
{
	static const char sun[] = "\xda\xbe\xda\xbe"; /* its number, and its sum: of 16 bits each */
	char zeros[SECTOR] = { 0 };

	(void)state;
	/* With no partition in it. */
	write_at(510, "\x55\xaa", 2);
	names("/dev/sda:-:33554432 ");
	write_at(0, zeros, sizeof zeros);
	write_at(508, sun, 4);
	refused("its partition table is of the kind sun");
	/* A chain that leads behind the end is none. */
	write_at(0, zeros, sizeof zeros);
	entry(0, 0, 0x85, SECTORS - 4, 4);
	entry(SECTORS - 4, 0, 0x83, 1, 1);
	entry(SECTORS - 4, 1, 0x0f, 8, 4);
	names("/dev/sda1:msdos:1024 /dev/sda5:msdos:512 ");
}

static void types(const char *type, bool foreign)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	struct ri_err e = { 0 };

	check_ok(type, ri_disklayout_read(disk, scratch, &l, &e), &e);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.v[0].type, type);
	assert_int_equal(l.v[0].foreign, foreign);
}

/* What other systems have, by what is enough to know that it is no Linux's. */
static void test_foreign(void **state)
{
	static const struct {
		uint64_t at;
		const char *magic, *type;
	} cases[] = {
		{ 3, "NTFS    ", "ntfs" },
		/* This alone is one to libblkid 2.38, and not to 2.41, which looks further. */
		{ 3, "EXFAT   ", "exfat" },
		{ 3, "-FVE-FS-", "BitLocker" },
		{ 1024, "H+", "hfsplus" },
		{ 32769, "BEA01", "udf" },
		{ 65536 + 1372, "\x19\x01\x54\x19", "ufs" },
	};
	char zeros[8] = { 0 };

	(void)state;
	types("", false);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_at(cases[i].at, cases[i].magic, strlen(cases[i].magic));
		types(cases[i].type, true);
		write_at(cases[i].at, zeros, sizeof zeros);
	}
}

static void test_signatures_refused(void **state)
{
	(void)state;
	/* md, version 1.2: what lies on such a disk is not the disk's own. */
	write_at(4096, "\xfc\x4e\x2b\xa9\x01\x00\x00\x00", 8);
	write_at(4096 + 0x90, "\x08", 1);
	/* Its checksum, the sum of its words: libblkid 2.41 asks for it. */
	write_at(4096 + 0xd8, "\x05\x4f\x2b\xa9", 4);
	refused("/dev/sda is of the type linux_raid_member");
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
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	put_group();
	names(GROUP_NAMES);
	check_ok("read", ri_disklayout_read(disk, scratch, &l, &e), &e);
	assert_string_equal(l.v[1].type, "LVM2_member");
	assert_string_equal(l.v[1].partuuid, "12345678-02");
	assert_string_equal(l.v[4].type, "btrfs");
	assert_string_equal(ri_disklayout_find(&l, "/dev/vms/root")->lvm_hint,
	    "lvmid/uDBQfa-5z5v-zwxD-Leoo-7F0h-4ICC-YR4bTt/Asrz18-43ZS-Ltxc-UCwf-BViE-pYNf-x23v5c");
}

/* Its root directory, with the label, is far from what is copied of each disk. */
static void test_a_fat_with_its_root_far_away(void **state)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	put_fat(0, SECTORS, 4000, 5000);
	check_ok("read", ri_disklayout_read(disk, scratch, &l, &e), &e);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.v[0].type, "vfat");
	assert_string_equal(l.v[0].uuid, "1234-5678");
	assert_string_equal(l.v[0].label, "FAR AWAY");
}

/* What says of itself that it has clusters of 16 MiB, or a root directory that never ends or is nowhere. */
static void test_no_fat_at_all(void **state)
{
	static const struct {
		const char *geometry; /* bytes to a sector, sectors to a cluster */
		uint32_t root, second;
	} cases[] = { { "\xff\xff\xff", 2, 2 }, { "\0\x80\x80", 2, 2 }, { "\0\2\x80", 2, 2 },
		{ "\0\2\10", 0x0ffffff0, 1 }, { "\0\2\10", 0x00ffffff, 1 } };
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char root[4];

		put_fat(0, SECTORS, 2, cases[i].second);
		put32(root, cases[i].root);
		write_at(44, root, sizeof root);
		write_at(11, cases[i].geometry, 3);
		names("/dev/sda:-:33554432 ");
		assert_int_equal(fstat(scratch, &st), 0);
		if (st.st_blocks * 512 > 6 << 20)
			fail_msg("%zu: %lld bytes were copied", i, (long long)st.st_blocks * 512);
	}
}

static void test_a_btrfs_on_several_devices(void **state)
{
	(void)state;
	put_btrfs(0, 2);
	refused("/dev/sda is a btrfs on several devices");
}

static void test_two_of_a_uuid(void **state)
{
	(void)state;
	entry(0, 0, 0x0c, 2048, 1024);
	entry(0, 1, 0x0c, 4096, 1024);
	put_fat(2048, 1024, 3, 5);
	put_fat(4096, 1024, 3, 5);
	refused("/dev/sda1 and /dev/sda2 have the same UUID, 1234-5678");
}

static void test_too_many_devices(void **state)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		assert_non_null(ri_layout_add(&l, &e));
	assert_null(ri_layout_add(&l, &e));
	check_err("one more", -1, &e, RI_E_UNSUPPORTED,
	    "the disk has more than 1000 devices on it");
}

/* As it lies on a disk, with its own checksums or with wrong ones. */
static void put_pv(const struct ri_buf *pv)
{
	entry(0, 0, 0x8e, 2048, 4096);
	write_at(2048 * SECTOR, pv->p, pv->n);
}

/* Where the label says where the area of the metadata begins, and behind that how large it is. */
#define AREA 616

static void test_damaged_metadata(void **state)
{
	static const struct {
		const char *where; /* a byte is changed */
		bool summed_up;
		const char *want;
	} cases[] = {
		{ "vms {", false, "/dev/sda1: LVM's metadata has a wrong checksum" },
		{ " LVM2 x[5A", false, "/dev/sda1: LVM's metadata area is of another kind" },
		{ PV_0, true, "/dev/sda1: the label of LVM's physical volume is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_BUF pv = { 0 };
		char *at;

		load_pv(&pv);
		at = memmem(pv.p, pv.n, cases[i].where, strlen(cases[i].where));
		assert_non_null(at);
		at[2] = '!';
		if (cases[i].summed_up)
			sum_up(&pv);
		put_pv(&pv);
		refused(cases[i].want);
	}
}

static void test_places_of_metadata(void **state)
{
	static const char outside[] =
	    "/dev/sda1: LVM's metadata area is outside its physical volume";
	RI_BUF pv = { 0 };
	RI_BUF again = { 0 };

	(void)state;
	load_pv(&pv);
	put32(pv.p + AREA + 8, 4096 * SECTOR);
	sum_up(&pv);
	put_pv(&pv);
	refused(outside);
	put32(pv.p + AREA, 4096 * SECTOR);
	sum_up(&pv);
	put_pv(&pv);
	refused(outside);
	/* A ring that ends 1000 bytes behind the text's first: the rest is at its beginning. */
	load_pv(&again);
	put32(again.p + AREA + 8, 7168 + 1000);
	put32(again.p + MDA + 32, 7168 + 1000);
	sum_up(&again);
	put_pv(&again);
	write_at(2048 * SECTOR + MDA + SECTOR, again.p + MDA + 8168, again.n - MDA - 8168);
	write_at(2048 * SECTOR + MDA + 8168, "overwritten", 11);
	refused("a physical volume of LVM's group vms is not on this disk");
	/* One of no group, as far as this disk tells: the appliance finds out. */
	put32(again.p + MDA + 40, 0);
	sum_up(&again);
	put_pv(&again);
	refused("/dev/sda1 is a physical volume of LVM of which no group is known");
}

/* The newest of two states wins, whichever is read first. */
static void test_the_newer_state(void **state)
{
	(void)state;
	for (size_t older = 0; older < 2; older++) {
		RI_BUF pv = { 0 };

		put_group();
		load_pv(&pv);
		replace(&pv, "extent_size = 2048", "extent_size = 8   ");
		replace(&pv, "seqno = 5", "seqno = 4");
		replace(&pv, "home {", "away {");
		if (older == 1)
			replace(&pv, PV_0, PV_1);
		sum_up(&pv);
		write_at((older == 0 ? 2048 : 8192) * SECTOR, pv.p, pv.n);
		names(GROUP_NAMES);
	}
}

/* A group of two volumes of one name. */
static void test_two_of_a_name(void **state)
{
	RI_BUF pv = { 0 };

	(void)state;
	put_group();
	load_pv(&pv);
	replace(&pv, "extent_size = 2048", "extent_size = 8   ");
	replace(&pv, "seqno = 5", "seqno = 6");
	replace(&pv, "home {", "root {");
	sum_up(&pv);
	write_at(2048 * SECTOR, pv.p, pv.n);
	refused("there are two of /dev/vms/root");
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
		cmocka_unit_test_setup_teardown(test_other_tables, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_signatures_refused, disk_set_up,
		    disk_tear_down),
		cmocka_unit_test_setup_teardown(test_foreign, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_a_disk_that_cannot_be_read, disk_set_up,
		    disk_tear_down),
		cmocka_unit_test_setup_teardown(test_volumes, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_a_fat_with_its_root_far_away, disk_set_up,
		    disk_tear_down),
		cmocka_unit_test_setup_teardown(test_no_fat_at_all, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_a_btrfs_on_several_devices, disk_set_up,
		    disk_tear_down),
		cmocka_unit_test_setup_teardown(test_two_of_a_uuid, disk_set_up, disk_tear_down),
		cmocka_unit_test(test_too_many_devices),
		cmocka_unit_test_setup_teardown(test_damaged_metadata, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_places_of_metadata, disk_set_up,
		    disk_tear_down),
		cmocka_unit_test_setup_teardown(test_the_newer_state, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_two_of_a_name, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_volumes_refused, disk_set_up, disk_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
