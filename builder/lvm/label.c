// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What surrounds the text on a physical volume: label, areas, checksums (LVM2's
 * format_text/layout.h).
 */
#include "lvm/label.h"
#include "base/le.h"

#define SECTOR 512u
#define AREAS_MAX 16 /* of data and of metadata each; lvm2 makes one and at most two */

uint32_t ri_lvm_crc(uint32_t crc, struct ri_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		crc ^= (unsigned char)s.p[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1u)));
	}
	return crc;
}

/* 32 letters and digits; in text with dashes behind the 6th, 10th, 14th, 18th, 22nd and 26th. */
static bool put_uuid(const char *raw, char out[static RI_LVM_UUID])
{
	for (size_t i = 0; i < 32; i++) {
		char c = raw[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
		if (i >= 6 && i <= 26 && (i - 6) % 4 == 0)
			*out++ = '-';
		*out++ = c;
	}
	*out = '\0';
	return true;
}

static int bad(struct ri_err *e, const char *what)
{
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "the label of LVM's physical volume %s", what);
}

/* One list of areas from *@at on, ended by zeros; at most @max of them are kept. */
static int read_areas(struct ri_span sector, size_t *at, struct ri_lvm_area *v, size_t max,
    size_t *n, struct ri_err *e)
{
	*n = 0;
	for (size_t i = 0; i <= AREAS_MAX; i++) {
		struct ri_lvm_area a;

		if (*at + 16 > sector.n)
			break;
		a = (struct ri_lvm_area){ ri_le64(sector.p + *at), ri_le64(sector.p + *at + 8) };
		*at += 16;
		if (a.at == 0)
			return 0;
		if (v && *n == max)
			return bad(e, "names more metadata areas than are known");
		if (v)
			v[(*n)++] = a;
	}
	return bad(e, "has no end");
}

static int parse_sector(struct ri_span sector, uint64_t number, struct ri_lvm_label *out,
    struct ri_err *e)
{
	size_t at = ri_le32(sector.p + 20), ignored;

	if (ri_le64(sector.p + 8) != number || memcmp(sector.p + 24, "LVM2 001", 8) != 0)
		return bad(e, "is of another kind");
	if (ri_le32(sector.p + 16) != ri_lvm_crc(RI_LVM_CRC_INIT, ri_span_skip(sector, 20)))
		return bad(e, "has a wrong checksum");
	if (at > SECTOR - 40 || !put_uuid(sector.p + at, out->uuid))
		return bad(e, "is damaged");
	at += 40;
	return read_areas(sector, &at, NULL, 0, &ignored, e) < 0
		   ? -1
		   : read_areas(sector, &at, out->mda, RI_LVM_MDAS_MAX, &out->n, e);
}

int ri_lvm_label_parse(struct ri_span first, struct ri_lvm_label *out, struct ri_err *e)
{
	struct ri_lvm_label label = { 0 };

	for (size_t at = 0; at + SECTOR <= first.n && at < RI_LVM_LABEL_BYTES; at += SECTOR) {
		if (memcmp(first.p + at, "LABELONE", 8) != 0)
			continue;
		if (parse_sector(ri_span(first.p + at, SECTOR), at / SECTOR, &label, e) < 0)
			return -1;
		*out = label;
		return 0;
	}
	return bad(e, "is missing");
}

int ri_lvm_mda_parse(struct ri_span head, const struct ri_lvm_area *area, struct ri_lvm_locn *out,
    struct ri_err *e)
{
	static const char magic[] = " LVM2 x[5A%r0N*>";
	struct ri_lvm_locn l = { 0 };
	uint64_t offset, bytes;

	if (head.n < RI_LVM_MDA_BYTES || memcmp(head.p + 4, magic, 16) != 0 ||
	    ri_le32(head.p + 20) != 1 || ri_le64(head.p + 24) != area->at)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "LVM's metadata area is of another kind");
	head.n = RI_LVM_MDA_BYTES;
	if (ri_le32(head.p) != ri_lvm_crc(RI_LVM_CRC_INIT, ri_span_skip(head, 4)))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the head of LVM's metadata area has a wrong checksum");
	offset = ri_le64(head.p + 40);
	bytes = ri_le64(head.p + 48);
	l.crc = ri_le32(head.p + 56);
	l.empty = offset == 0 || (ri_le32(head.p + 60) & 1u) != 0; /* RAW_LOCN_IGNORED */
	if (l.empty) {
		*out = l;
		return 0;
	}
	if (ri_le64(head.p + 32) > area->bytes || area->bytes <= RI_LVM_MDA_BYTES ||
	    offset < RI_LVM_MDA_BYTES || offset >= area->bytes || bytes == 0 ||
	    bytes > RI_LVM_TEXT_MAX || bytes > area->bytes - RI_LVM_MDA_BYTES ||
	    area->at > UINT64_MAX - area->bytes)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "LVM's metadata is outside its area");
	l.at = area->at + offset;
	l.bytes = bytes < area->bytes - offset ? bytes : area->bytes - offset;
	l.bytes2 = bytes - l.bytes;
	l.at2 = l.bytes2 > 0 ? area->at + RI_LVM_MDA_BYTES : 0;
	*out = l;
	return 0;
}
