// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/sparse_name.h"

#define KEY "GNU.sparse.name="

/* Fields of a ustar header. */
enum { BLOCK = 512, SIZE_AT = 124, SIZE_LEN = 12, SUM_AT = 148, SUM_LEN = 8, TYPE_AT = 156 };

static size_t whole_blocks(size_t n)
{
	return (n + BLOCK - 1) / BLOCK * BLOCK;
}

/* "LENGTH GNU.sparse.name=NAME\n": the length is that of the whole record, its own digits included. */
static void add_name(struct ri_buf *out, const char *name)
{
	size_t rest = strlen(" " KEY "\n") + strlen(name), all = 0, next = rest;

	while (all != next) {
		all = next;
		next = rest + (size_t)snprintf(NULL, 0, "%zu", all);
	}
	ri_buf_addf(out, "%zu " KEY "%s\n", all, name);
}

/* The records, with @name in that of KEY; @return whether there is one, and all are well-formed. */
static bool copy_records(struct ri_span in, const char *name, struct ri_buf *out)
{
	bool found = false;

	while (in.n > 0) {
		char digits[12] = "";
		size_t n, key;

		memcpy(digits, in.p, in.n < sizeof digits - 1 ? in.n : sizeof digits - 1);
		n = strtoul(digits, NULL, 10);
		key = strspn(digits, "0123456789") + 1;
		if (n <= key || n > in.n)
			return false;
		if (ri_span_starts(ri_span(in.p + key, n - key), KEY)) {
			add_name(out, name);
			found = true;
		} else {
			ri_buf_add(out, in.p, n);
		}
		in = ri_span_skip(in, n);
	}
	return found;
}

/* The header with another size, and the sum that fits. */
static void add_header(struct ri_buf *out, const char *from, size_t size)
{
	char h[BLOCK];
	unsigned sum = 0;

	memcpy(h, from, BLOCK);
	snprintf(h + SIZE_AT, SIZE_LEN, "%011zo", size);
	memset(h + SUM_AT, ' ', SUM_LEN);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)h[i];
	snprintf(h + SUM_AT, SUM_LEN, "%06o", sum);
	h[SUM_AT + SUM_LEN - 1] = ' ';
	ri_buf_add(out, h, BLOCK);
}

int ri_pack_sparsename(struct ri_span headers, const char *name, struct ri_buf *out,
    struct ri_err *e)
{
	static const char zeros[BLOCK];
	RI_BUF records = { 0 };
	size_t size = 0;

	if (headers.n >= BLOCK && headers.p[TYPE_AT] == 'x')
		size = strtoul(headers.p + SIZE_AT, NULL, 8);
	if (size == 0 || size > headers.n - BLOCK || whole_blocks(size) > headers.n - BLOCK ||
	    !copy_records(ri_span(headers.p + BLOCK, size), name, &records))
		return ri_fail(e, RI_E_GUEST, 0, "libarchive wrote no name for a file with holes");
	add_header(out, headers.p, records.n);
	ri_buf_add_span(out, ri_buf_span(&records));
	ri_buf_add(out, zeros, whole_blocks(records.n) - records.n);
	ri_buf_add_span(out, ri_span_skip(headers, BLOCK + whole_blocks(size)));
	return records.oom ? ri_nomem(e) : ri_buf_check(out, e);
}
