// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * LVM2's metadata as stored on a physical volume: which extents a logical volume consists of. Works
 * on memory; disk/ reads the disk.
 *
 * Only volumes whose extents follow each other (linear) are supported. Everything else, including
 * damage, is RI_E_UNSUPPORTED with a sentence.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_LVM_LABEL_BYTES 2048u /* the label is in one of the first four sectors */
#define RI_LVM_MDA_BYTES 512u    /* the head of a metadata area */
#define RI_LVM_UUID 39           /* with dashes, and a NUL */
#define RI_LVM_MDAS_MAX 4
#define RI_LVM_TEXT_MAX (16u << 20)

/** What a physical volume says about itself. */
struct ri_lvm_label {
	char uuid[RI_LVM_UUID];
	struct ri_lvm_area {
		uint64_t at, bytes;
	} mda[RI_LVM_MDAS_MAX];
	size_t n;
};

/** Where the text is: one piece, or two if it wraps around to the beginning of the ring. */
struct ri_lvm_locn {
	uint64_t at, bytes;   /* of the first piece, on the physical volume */
	uint64_t at2, bytes2; /* of the second piece; 0 bytes if the text is in one piece */
	uint32_t crc;         /* of both together */
	bool empty;           /* no text: the physical volume belongs to no group */
};

#define RI_LVM_CRC_INIT 0xf597a6cfu

struct ri_lvm_pv {
	struct ri_span name; /* "pv0", what the segments call it */
	char uuid[RI_LVM_UUID];
	uint64_t pe_start; /* bytes */
	uint64_t pe_count;
};

/** A run of extents on one physical volume. */
struct ri_lvm_seg {
	size_t pv;                    /* index */
	uint64_t extent, from, count; /* of the volume; of the physical volume; how many */
};

struct ri_lvm_lv {
	char *name;
	char uuid[RI_LVM_UUID];
	bool shown; /* visible, and not to be skipped by activation: what guestfs_lvs lists */
	struct ri_lvm_seg *seg; /* in order, without gaps */
	size_t n;
};

struct ri_lvm_vg {
	char *name;
	char uuid[RI_LVM_UUID];
	uint64_t seqno, extent_bytes;
	struct ri_lvm_pv *pv;
	size_t n_pv;
	struct ri_lvm_lv *lv;
	size_t n_lv;
};

/**
 * The volume group of @text, which must outlive *@out.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_NOMEM.
 */
int ri_lvm_vg_parse(struct ri_span text, struct ri_lvm_vg *out, struct ri_err *e) RI_MUST_CHECK;
void ri_lvm_vg_free(struct ri_lvm_vg *vg);

/**
 * Append the path by which device-mapper has the logical volume "/dev/VG/LV": "/dev/vg-a/root" is
 * "/dev/mapper/vg--a-root" (libdevmapper doubles the dashes of a name).
 */
void ri_lvm_mapper_path(const char *device, struct ri_buf *out);
