// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/qcow2.h"

static uint64_t big_endian(const char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

bool ri_qcow2_backing(struct ri_span head, uint64_t *offset, size_t *length)
{
	uint64_t version;

	if (head.n < RI_QCOW2_HEAD || memcmp(head.p, "QFI\xfb", 4) != 0)
		return false;
	version = big_endian(head.p + 4, 4);
	*offset = big_endian(head.p + 8, 8);
	*length = (size_t)big_endian(head.p + 16, 4);
	return version >= 2 && version <= 3 && *offset >= RI_QCOW2_HEAD && *length > 0 &&
	       *length <= RI_QCOW2_NAME_MAX;
}

bool ri_qcow2_backing_path(const char *image, struct ri_span backing, struct ri_buf *out)
{
	static const char protocol[] = "file:";
	const char *slash = strrchr(image, '/');
	const char *colon;

	if (ri_span_starts(backing, protocol))
		backing = ri_span_skip(backing, strlen(protocol));
	colon = backing.n ? memchr(backing.p, ':', backing.n) : NULL;
	/* As QEMU tells them apart: a protocol's name has no slash in it. */
	if (backing.n == 0 || memchr(backing.p, '\0', backing.n) ||
	    (colon && !memchr(backing.p, '/', (size_t)(colon - backing.p))))
		return false;
	if (backing.p[0] != '/' && slash)
		ri_buf_add(out, image, (size_t)(slash - image) + 1);
	ri_buf_add_span(out, backing);
	return true;
}
