// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/module.h"
#include "initrd/filter.h"
#include "initrd/unzip.h"

#include <errno.h>

struct unpacked {
	struct ri_buf *out;
	uint64_t left, max;
};

static int take(void *arg, struct ri_span s, struct ri_err *e)
{
	struct unpacked *u = arg;

	if (s.n > u->left)
		return ri_fail(e, RI_E_BUDGET, 0, "it unpacks to more than %llu bytes",
		    (unsigned long long)u->max);
	u->left -= s.n;
	ri_buf_add_span(u->out, s);
	return ri_buf_check(u->out, e);
}

static int unzip(struct ri_initrd_in *in, enum ri_unzip_kind kind, struct unpacked *to,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_unzip_freep) struct ri_unzip *u = NULL;
	struct ri_span out;
	int left;

	if (ri_unzip_new(kind, (struct ri_unzip_in){ ri_initrd_more, in }, RI_E_GUEST, &u, e) < 0)
		return -1;
	ri_unzip_begin(u);
	do {
		if (ri_unzip_read(u, &out, e) < 0 || take(to, out, e) < 0)
			return -1;
	} while (out.n > 0);
	left = ri_unzip_left(u, e);
	return left > 0 ? ri_fail(e, RI_E_GUEST, 0, "bytes follow the compressed data") : left;
}

int ri_initrd_unpack_module(int fd, uint64_t size, uint64_t max, struct ri_buf *out,
    struct ri_err *e)
{
	RI_FREE char *window = malloc(RI_INITRD_WINDOW);
	unsigned char head[RI_INITRD_MAGIC] = { 0 };
	struct ri_initrd_in in = { fd, 0, size, window };
	struct unpacked to = { out, max, max };

	if (!window)
		return ri_nomem(e);
	if (pread(fd, head, sizeof head, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "reading the module");
	switch (ri_initrd_comp_of(head)) {
	case RI_INITRD_GZIP:
		return unzip(&in, RI_UNZIP_GZIP, &to, e);
	case RI_INITRD_ZSTD:
		return unzip(&in, RI_UNZIP_ZSTD, &to, e);
	case RI_INITRD_XZ:
		return ri_initrd_filter(&in, RI_INITRD_XZ, take, &to, e);
	default:
		return ri_fail(e, RI_E_GUEST, 0,
		    "it is neither an ELF file nor compressed by gzip, xz or zstd");
	}
}
