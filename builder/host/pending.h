// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A file that is being written: made under a temporary name, kept by renaming, removed if not kept. Its
 * directory may be one that others can write to: the file is reached by its descriptor alone.
 */
#include "host/dir.h"

/** For ri_pending_drop. Initialise with RI_PENDING_INIT. */
struct ri_pending {
	struct ri_dir dir;
	int fd;        /* owned; -1: none */
	char *tmp;     /* its name in dir while it is being written */
	char *final;   /* the path that it will have */
	char self[32]; /* a path of the descriptor, in this process */
};

#define RI_PENDING_INIT                                                                            \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/**
 * Begin the file that will become @path: a new file next to it, with the permissions @mode, created
 * exclusively.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_pending_open(const char *path, unsigned mode, struct ri_pending *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * fsync it, rename it to its final name, replacing what is there, and fsync the directory.
 * @return 0; -1 RI_E_IO.
 */
int ri_pending_keep(struct ri_pending *p, struct ri_err *e) RI_MUST_CHECK;
/** Close it and, unless it was kept, remove it. */
void ri_pending_drop(struct ri_pending *p);
