// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/vmdk.h"

#include <stdint.h>

#define SECTOR 512
#define GRAIN_MAX (UINT64_C(1) << 30) /* QEMU takes no larger ones (block/vmdk.c) */
#define DESCRIPTOR_AT SECTOR /* where QEMU reads it in a sparse file, whatever the header says */
#define DESCRIPTOR_MAX (20 * SECTOR) /* and how much of it */

#define FLAG_COMPRESSED (UINT64_C(1) << 16)
#define FLAG_MARKERS (UINT64_C(1) << 17)
#define AT_END UINT64_MAX /* the grain directory's place is in a footer */

static uint64_t little_endian(const char *p, size_t n)
{
	uint64_t v = 0;

	while (n > 0)
		v = v << 8 | (unsigned char)p[--n];
	return v;
}

static struct ri_span clip(struct ri_span s, size_t n)
{
	return ri_span(s.p, s.n < n ? s.n : n);
}

/* What follows @word in the text; empty where it does not occur. */
static struct ri_span behind(struct ri_span text, const char *word)
{
	size_t n = strlen(word);
	const char *at = text.n ? memmem(text.p, text.n, word, n) : NULL;

	return at ? ri_span_skip(text, (size_t)(at - text.p) + n) : (struct ri_span){ 0 };
}

/* The first text in quotes, up to the line's end. */
static struct ri_span quoted(struct ri_span s)
{
	struct ri_span line = { 0 };
	const char *end;

	ri_span_line(&s, &line);
	line = behind(line, "\"");
	end = line.n ? memchr(line.p, '"', line.n) : NULL;
	return end ? ri_span(line.p, (size_t)(end - line.p)) : (struct ri_span){ 0 };
}

/* An extent's line begins with what may be done with it: "RW 8192 FLAT "disk-flat.vmdk" 0". */
static void read_descriptor(struct ri_span text, struct ri_vmdk *out)
{
	struct ri_span rest = text, line;

	out->kind = quoted(behind(text, "createType"));
	out->parent = behind(text, "parentFileNameHint").n > 0;
	while (out->other.n == 0 && ri_span_line(&rest, &line))
		if (ri_span_starts(line, "RW ") || ri_span_starts(line, "RDONLY "))
			out->other = quoted(line);
}

static int read_sparse(struct ri_span head, struct ri_vmdk *out, struct ri_err *e)
{
	uint64_t version, flags, sectors;

	if (head.n < SECTOR)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "cannot be opened as vmdk: its header is cut short");
	read_descriptor(clip(ri_span_skip(head, DESCRIPTOR_AT), DESCRIPTOR_MAX), out);
	version = little_endian(head.p + 4, 4);
	flags = little_endian(head.p + 8, 4);
	sectors = little_endian(head.p + 20, 8);
	/* Without a capacity, a descriptor somewhere in it says where the data is. */
	out->one_file = little_endian(head.p + 12, 8) != 0;
	out->grain = sectors <= GRAIN_MAX / SECTOR ? sectors * SECTOR : 0;
	/* Version 3 has a list of changed blocks, which QEMU does not keep. */
	out->in_place =
	    out->one_file && version < 3 && (flags & (FLAG_COMPRESSED | FLAG_MARKERS)) == 0 &&
	    little_endian(head.p + 56, 8) != AT_END && little_endian(head.p + 77, 2) == 0;
	return 0;
}

int ri_vmdk_parse(struct ri_span head, struct ri_vmdk *out, struct ri_err *e)
{
	*out = (struct ri_vmdk){ 0 };
	if (head.n >= 4 && memcmp(head.p, "KDMV", 4) == 0)
		return read_sparse(head, out, e);
	if (head.n >= 4 && memcmp(head.p, "COWD", 4) == 0) {
		out->kind = ri_str("vmfsSparse");
		return 0;
	}
	/* QEMU takes any text for a descriptor that says its kind. */
	read_descriptor(head, out);
	return out->kind.n > 0
		   ? 0
		   : ri_fail(e, RI_E_UNSUPPORTED, 0,
			 "cannot be opened as vmdk: it does not begin like a vmdk file");
}
