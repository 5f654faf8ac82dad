// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The input as the beginning of a disk, with zeros behind it; for the targets that read file systems.
 */
#include "fuzz.h"
#include "disk/image.h"

struct memory {
	struct ri_image base;
	struct ri_span bytes;
};

static inline int memory_read(struct ri_image *i, uint64_t at, void *buf, size_t n,
    struct ri_err *e)
{
	const struct memory *m = (const struct memory *)i;
	size_t have = at < m->bytes.n ? m->bytes.n - (size_t)at : 0;

	(void)e;
	FUZZ_CHECK(at <= i->size && n <= i->size - at); /* or it would be a failing disk */
	if (have > n)
		have = n;
	if (have > 0)
		memcpy(buf, m->bytes.p + at, have);
	memset((char *)buf + have, 0, n - have);
	return 0;
}

/* All is either right or unsupported: nothing here is a failing disk. */
static inline bool ok(int rc, struct ri_err *e)
{
	FUZZ_CHECK(rc == 0 || e->code == RI_E_UNSUPPORTED);
	return fuzz_ok(rc, e);
}
