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

/** "NAME:TABLE:BYTES " of each device. */
static inline void add_names(struct ri_buf *out, const struct ri_disklayout *l)
{
	for (size_t i = 0; i < l->n; i++)
		ri_buf_addf(out, "%s:%s:%llu ", l->v[i].name, l->v[i].ptable ? l->v[i].ptable : "-",
		    (unsigned long long)l->v[i].image->size);
}

/* What it says of put_group()'s disk. */
#define GROUP_NAMES                                                                                \
	"/dev/sda1:msdos:1572864 /dev/sda2:msdos:1572864 /dev/vms/home:-:49152 "                   \
	"/dev/vms/root:-:253952 "

/** Both of them, on a partition each, with extents of 4 KiB instead of 1 MiB, so that all of it is small. */
static inline void put_group(void)
{
	RI_BUF pv = { 0 };

	load_pv(&pv);
	replace(&pv, "extent_size = 2048", "extent_size = 8   ");
	sum_up(&pv);
	entry(0, 0, 0x8e, 2048, 3072);
	entry(0, 1, 0x8e, 8192, 3072);
	write_at(2048 * SECTOR, pv.p, pv.n);
	replace(&pv, PV_0, PV_1);
	sum_up(&pv);
	write_at(8192 * SECTOR, pv.p, pv.n);
}
