// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A disk that is made up to the byte: a sparse file of 32 MiB, and the file that stands in for it.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "disk/layout.h"
#include "disk/scratch.h"
#include "lvm/label.h"
#include "lvm/metadata.h"

#define SECTOR 512u
#define SECTORS 65536u
#define MDA 4096u

/* Of one of a group's two physical volumes, which the sample is, and of the other. */
#define PV_0 "4i8vdvCHGFPBdQ9iaJ4MZ7sCasnp8SXM"
#define PV_1 "8eFE983eDXyICzckSBvweajQghKfrndb"

static int disk_fd, scratch;
static struct ri_image *disk;

static inline int disk_set_up(void **state)
{
	struct ri_err e = { 0 };

	if (tmp_set_up(state) < 0)
		return -1;
	disk_fd = open(tmp_path("disk"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	scratch = ri_scratch_create(&e);
	assert_true(scratch >= 0);
	assert_int_equal(ftruncate(disk_fd, (off_t)SECTORS * SECTOR), 0);
	check_ok("image", ri_image_fd(disk_fd, (uint64_t)SECTORS * SECTOR, &disk, &e), &e);
	return 0;
}

static inline int disk_tear_down(void **state)
{
	ri_image_freep(&disk);
	close(disk_fd);
	close(scratch);
	return tmp_tear_down(state);
}

static inline void write_at(uint64_t at, const char *p, size_t n)
{
	assert_int_equal(pwrite(disk_fd, p, n, (off_t)at), (ssize_t)n);
}

static inline void put32(char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (char)(v >> (8 * i));
}

/** An entry of the table in @sector, which becomes one. */
static inline void entry(uint32_t sector, unsigned slot, unsigned type, uint32_t start,
    uint32_t size)
{
	char e[16] = { 0 };

	e[4] = (char)type;
	put32(e + 8, start);
	put32(e + 12, size);
	write_at((uint64_t)sector * SECTOR + 446 + slot * 16, e, sizeof e);
	write_at((uint64_t)sector * SECTOR + 510, "\x55\xaa", 2);
}

static inline void replace(struct ri_buf *b, const char *from, const char *to)
{
	char *at = memmem(b->p, b->n, from, strlen(from));

	assert_int_equal(strlen(from), strlen(to));
	for (; at; at = memmem(b->p, b->n, from, strlen(from)))
		memcpy(at, to, strlen(to));
}

/** Checksums, so that they fit what was changed. */
static inline void sum_up(struct ri_buf *pv)
{
	struct ri_span text = ri_span_skip(ri_buf_span(pv), MDA + 7168);

	put32(pv->p + MDA + 56, ri_lvm_crc(RI_LVM_CRC_INIT, text));
	put32(pv->p + MDA, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(pv->p + MDA + 4, 508)));
	put32(pv->p + 512 + 16, ri_lvm_crc(RI_LVM_CRC_INIT, ri_span(pv->p + 512 + 20, 492)));
}

/** The sample: the first physical volume of the group "vms". */
static inline void load_pv(struct ri_buf *pv)
{
	slurp(SOURCE_DIR "/tests/fuzz/corpus/lvmmeta/physical", pv);
}

/** At @sector a FAT32 of @sectors, whose root directory is two clusters of 4 KiB: the label is in the second. */
static inline void put_fat(uint32_t sector, uint32_t sectors, uint32_t root, uint32_t second)
{
	const uint64_t start = (uint64_t)sector * SECTOR;
	char boot[SECTOR] = { 0 }, fat[8] = { 0 };

	memcpy(boot + 11, "\0\2\10\40\0\1",
	    6); /* 512 to a sector, 8 to a cluster, 32 first, 1 FAT */
	boot[21] = (char)0xf8;
	put32(boot + 32, sectors);
	put32(boot + 36, 64);
	put32(boot + 44, root);
	put32(boot + 67, 0x12345678);
	memcpy(boot + 71, "NO NAME    FAT32   ", 19);
	memcpy(boot + 510, "\x55\xaa", 2);
	write_at(start, boot, sizeof boot);
	put32(fat, second);
	put32(fat + 4, 0x0fffffff);
	write_at(start + 32 * SECTOR + root * 4, fat, 4);
	write_at(start + 32 * SECTOR + second * 4, fat + 4, 4);
	write_at(start + 96 * SECTOR + (second - 2) * 4096, "FAR AWAY   \10", 12);
}

/* The CRC of iSCSI (RFC 3720), which btrfs has. */
static inline uint32_t crc32c(const char *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (unsigned k = 0; k < 8; k++)
			crc = crc >> 1 ^ ((crc & 1) ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/** At @sector the superblock of a btrfs on so many devices. */
static inline void put_btrfs(uint32_t sector, uint32_t devices)
{
	char super[4096] = { 0 };

	memset(super + 32, 0x11, 16);
	put32(super + 48, 65536);
	memcpy(super + 64, "_BHRfS_M", 8);
	put32(super + 0x88, devices);
	put32(super + 0x90, 4096);
	put32(super + 0x94, 4096);
	put32(super, crc32c(super + 32, sizeof super - 32));
	write_at((uint64_t)sector * SECTOR + 65536, super, sizeof super);
}

/** "NAME:TABLE:BYTES " of each device. */
static inline void add_names(struct ri_buf *out, const struct ri_disklayout *l)
{
	for (size_t i = 0; i < l->n; i++)
		ri_buf_addf(out, "%s:%s:%llu ", l->v[i].name, l->v[i].ptable ? l->v[i].ptable : "-",
		    (unsigned long long)l->v[i].image->size);
}

/* What it says of put_group()'s disk. */
#define GROUP_NAMES                                                                                \
	"/dev/sda1:msdos:1572864 /dev/sda2:msdos:1572864 /dev/sda3:msdos:1024 "                    \
	"/dev/sda5:msdos:524288 /dev/sda6:msdos:1048576 /dev/vms/home:-:49152 "                    \
	"/dev/vms/root:-:253952 "

/**
 * Both of them, on a partition each, with extents of 4 KiB instead of 1 MiB, so that all of it is small; a FAT32 and a
 * btrfs on logical partitions.
 */
static inline void put_group(void)
{
	RI_BUF pv = { 0 };

	load_pv(&pv);
	replace(&pv, "extent_size = 2048", "extent_size = 8   ");
	sum_up(&pv);
	entry(0, 0, 0x8e, 2048, 3072);
	entry(0, 1, 0x8e, 8192, 3072);
	entry(0, 2, 0x05, 16384, 8192);
	entry(16384, 0, 0x0c, 1024, 1024);
	entry(16384, 1, 0x05, 4096, 4096);
	entry(20480, 0, 0x83, 1024, 2048);
	put_fat(17408, 1024, 3, 5);
	put_btrfs(21504, 1);
	write_at(440, "\x78\x56\x34\x12", 4); /* the table's own number */
	write_at(2048 * SECTOR, pv.p, pv.n);
	replace(&pv, PV_0, PV_1);
	sum_up(&pv);
	write_at(8192 * SECTOR, pv.p, pv.n);
}
