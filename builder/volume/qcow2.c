// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/qcow2.h"

#define HEAD_V2 72  /* bytes of version 2's header */
#define HEAD_V3 104 /* of version 3's, at least */

#define EXT_END 0
#define EXT_BACKING_FORMAT 0xe2792acau
#define EXT_DATA_FILE 0x44415441u

#define INCOMPATIBLE_CORRUPT (UINT64_C(1) << 1)
#define INCOMPATIBLE_DATA_FILE (UINT64_C(1) << 2)

static uint64_t big_endian(const char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static int damaged(struct ri_err *e)
{
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "cannot be opened as qcow2: its header is damaged or cut short");
}

/* The extensions from @at on, which end at @end at the latest. */
static int read_extensions(struct ri_span head, size_t at, uint64_t end, struct ri_qcow2 *out,
    struct ri_err *e)
{
	while (at < end) {
		uint64_t type, n;

		if (at + 8 > head.n)
			return damaged(e);
		type = big_endian(head.p + at, 4);
		n = big_endian(head.p + at + 4, 4);
		at += 8;
		if (type == EXT_END)
			return 0;
		if (n > head.n - at || at + n > end)
			return damaged(e);
		if (type == EXT_BACKING_FORMAT)
			out->backing_format = ri_span(head.p + at, (size_t)n);
		if (type == EXT_DATA_FILE)
			out->data_file = true;
		at += ((size_t)n + 7) / 8 * 8;
	}
	return 0;
}

/* @after: the first byte behind the header and its extensions, and so the name's first. */
static int read_backing(struct ri_span head, uint64_t after, struct ri_qcow2 *out, struct ri_err *e)
{
	uint64_t n = big_endian(head.p + 16, 4);

	if (after > head.n || n > head.n - after || n > RI_QCOW2_NAME_MAX)
		return damaged(e);
	out->backing = ri_span(head.p + after, (size_t)n);
	return 0;
}

int ri_qcow2_parse(struct ri_span head, struct ri_qcow2 *out, struct ri_err *e)
{
	uint64_t version, backing_at, cluster_bits, bytes = HEAD_V2, incompatible = 0;

	*out = (struct ri_qcow2){ 0 };
	if (head.n < 4 || memcmp(head.p, "QFI\xfb", 4) != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "cannot be opened as qcow2: Image is not in qcow2 format");
	version = head.n < HEAD_V2 ? 0 : big_endian(head.p + 4, 4);
	if ((version != 2 && version != 3) || (version == 3 && head.n < HEAD_V3))
		return damaged(e);
	if (version == 3) {
		incompatible = big_endian(head.p + 72, 8);
		bytes = big_endian(head.p + 100, 4);
	}
	backing_at = big_endian(head.p + 8, 8);
	cluster_bits = big_endian(head.p + 20, 4);
	if (cluster_bits < 9 || cluster_bits > 21 || bytes < HEAD_V2 || bytes > head.n)
		return damaged(e);
	out->cluster = UINT64_C(1) << cluster_bits;
	out->snapshots = big_endian(head.p + 60, 4) != 0;
	out->encrypted = big_endian(head.p + 32, 4) != 0;
	out->corrupt = (incompatible & INCOMPATIBLE_CORRUPT) != 0;
	if (read_extensions(head, (size_t)bytes, backing_at ? backing_at : out->cluster, out, e) <
	    0)
		return -1;
	out->data_file |= (incompatible & INCOMPATIBLE_DATA_FILE) != 0;
	return backing_at ? read_backing(head, backing_at, out, e) : 0;
}

bool ri_qcow2_has_protocol(struct ri_span name)
{
	const char *colon = name.n ? memchr(name.p, ':', name.n) : NULL;

	/* As QEMU tells them apart: a protocol's name has no slash in it. */
	return colon && !memchr(name.p, '/', (size_t)(colon - name.p));
}

bool ri_qcow2_backing_path(const char *image, struct ri_span backing, struct ri_buf *out)
{
	static const char protocol[] = "file:";
	const char *slash = strrchr(image, '/');

	if (ri_span_starts(backing, protocol))
		backing = ri_span_skip(backing, strlen(protocol));
	if (backing.n == 0 || memchr(backing.p, '\0', backing.n) || ri_qcow2_has_protocol(backing))
		return false;
	if (backing.p[0] != '/' && slash)
		ri_buf_add(out, image, (size_t)(slash - image) + 1);
	ri_buf_add_span(out, backing);
	return true;
}
