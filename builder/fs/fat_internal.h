// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the files of the FAT reader share.
 */
#include "fs/fat.h"

#define RI_FAT_ENTRY 32
#define RI_FAT_FIRST 2u /* the first cluster's number */

enum ri_fat_attr {
	RI_FAT_READONLY = 1,
	RI_FAT_VOLUME = 8,
	RI_FAT_DIR = 16,
	RI_FAT_LONG = 15, /* all of the lower four: a piece of a long name */
};

struct ri_fatfs {
	struct ri_image *image;
	unsigned bits;       /* 12, 16, 32 */
	uint32_t cluster;    /* bytes of one */
	uint32_t clusters;   /* they are numbered from RI_FAT_FIRST */
	uint32_t free;       /* of them */
	uint64_t data;       /* byte of the first one */
	uint64_t root;       /* byte of the root directory, of FAT12 and FAT16 */
	uint32_t root_bytes; /* likewise */
	uint32_t root_first; /* the root's first cluster, of FAT32 */
	uint32_t *next;      /* the table: what follows each number; RI_FAT_END, RI_FAT_BAD */
	char *piece;         /* RI_FS_PIECE bytes */
};

#define RI_FAT_END UINT32_MAX       /* nothing follows */
#define RI_FAT_BAD (UINT32_MAX - 1) /* nothing may lead here */

/** A directory's entry, decoded. */
struct ri_fat_entry {
	unsigned char raw[RI_FAT_ENTRY];
	uint32_t first, size;
};

static inline unsigned ri_fat_u16(const unsigned char *p)
{
	return (unsigned)p[0] | (unsigned)p[1] << 8;
}
static inline uint32_t ri_fat_u32(const unsigned char *p)
{
	return ri_fat_u16(p) | (uint32_t)ri_fat_u16(p + 2) << 16;
}

/** RI_E_UNSUPPORTED about the entry with that number. */
int ri_fat_bad(uint32_t ino, const char *what, struct ri_err *e);
/** Read the boot sector and the table. */
int ri_fat_super(struct ri_fatfs *fs, struct ri_err *e) RI_MUST_CHECK;
/** The entry at that place; the root has none. */
int ri_fat_read_entry(struct ri_fatfs *fs, uint32_t ino, struct ri_fat_entry *out,
    struct ri_err *e) RI_MUST_CHECK;
/** The time of an entry. @return false if it is not a date or time of day. */
bool ri_fat_time(unsigned date, unsigned time, int64_t *out);

/** Contiguous clusters. */
struct ri_fat_run {
	uint64_t at; /* byte of the image */
	uint64_t bytes;
};
typedef int ri_fat_run_fn(void *arg, const struct ri_fat_run *r, struct ri_err *e);
/**
 * The clusters of a chain, as few runs as possible, until it ends or @most bytes are reported.
 * @clusters: how many there were, may be NULL.
 * @return 0; -1 RI_E_UNSUPPORTED: it leads out of the file system or has no end; as @fn.
 */
int ri_fat_chain(const struct ri_fatfs *fs, uint32_t ino, uint32_t first, uint64_t most,
    ri_fat_run_fn *fn, void *arg, uint64_t *clusters, struct ri_err *e) RI_MUST_CHECK;
