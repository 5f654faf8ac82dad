// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The file that libsquashfs writes the image into: a descriptor of ours, from a position on, with a limit of its length.
 * Its first failure stays.
 */
#include "base/err.h"

#include <sqfs/io.h>
#include <stdbool.h>
#include <stdint.h>

struct ri_image_file {
	sqfs_file_t base; /* first: the library knows this part only */
	int fd;
	uint64_t begin, size; /* where in fd the image begins, and its length so far */
	uint64_t room;        /* the most that size may become */
	const char *room_is;
	bool failed; /* err says how */
	bool
	    drops; /* nothing is written any more, and nothing fails: what is left is to end soon */
	struct ri_err err;
};

/** @fd is not closed. @return 0; -1 RI_E_IO. */
int ri_image_file_init(struct ri_image_file *f, int fd, uint64_t room, const char *room_is,
    struct ri_err *e) RI_MUST_CHECK;
/** The failure @rc, an SQFS_ERROR, of a call that uses @f. @doing: "compressing". @return -1. */
int ri_image_file_fail(const struct ri_image_file *f, int rc, const char *doing, struct ri_err *e);
