// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A disk, or a piece of one, as bytes that can be read at any offset: the base of the direct
 * reader. Nothing here can write.
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_image {
	/**
	 * All @n bytes at @at; reading beyond the end is an error.
	 * @return 0; -1 RI_E_IO.
	 */
	int (*read)(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e);
	void (*free)(struct ri_image *i);
	uint64_t size;
};

/** A piece of an image. */
struct ri_extent {
	uint64_t at, bytes;
};

/**
 * A raw file or block device of @size bytes behind @fd, which is borrowed. @return 0; -1
 * RI_E_NOMEM.
 */
int ri_image_fd(int fd, uint64_t size, struct ri_image **out, struct ri_err *e) RI_MUST_CHECK;

/**
 * The @n extents of @below (borrowed), one after the other: a partition, a logical volume.
 * @return 0; -1 RI_E_GUEST: one of them reaches beyond the end, or the sum overflows; RI_E_NOMEM.
 */
int ri_image_pieces(struct ri_image *below, const struct ri_extent *v, size_t n,
    struct ri_image **out, struct ri_err *e) RI_MUST_CHECK;

/** Release *@i, for RI_ON_EXIT; NULL is fine. */
static inline void ri_image_freep(struct ri_image **i)
{
	if (*i)
		(*i)->free(*i);
	*i = NULL;
}
