// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An initrd as a file: opened, and read window by window.
 */
#include "initrd/initrd.h"

/**
 * Open the initrd at @path, which errors call @name: a regular file of a plausible size. @return 0; -1 RI_E_GUEST, RI_E_IO.
 */
int ri_initrd_open(const char *path, const char *name, int *fd, uint64_t *size,
    struct ri_err *e) RI_MUST_CHECK;

/** A window over a file: read from its position, at most to its end. */
struct ri_initrd_in {
	int fd;
	uint64_t at, end;
	char *buf;
};
#define RI_INITRD_WINDOW ((size_t)128 * 1024)
/** The next bytes, none at the end; an ri_unzip_in. @return 0; -1 RI_E_IO, RI_E_CANCELLED. */
int ri_initrd_more(void *in, struct ri_span *out, struct ri_err *e) RI_MUST_CHECK;
