// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The transfer disk: a sparse file of the host through which the appliance receives what is written
 * back. The appliance sees it as a second, read-only disk and copies from it at the speed of the
 * block layer. Each file is put at a place of its own, never used twice, and dropped once it is
 * copied.
 */
#include "base/err.h"

#include <stdint.h>

/* Bytes. Files begin at multiples of it, from the first on: where no probe has looked. */
#define RI_TRANSFER_UNIT 1048576ULL

/** A transfer disk. Initialise with RI_TRANSFER_INIT. */
struct ri_transfer {
	int fd;         /* owned; -1: there is none */
	uint64_t bytes; /* its size */
	uint64_t next;  /* where the next file goes, a multiple of RI_TRANSFER_UNIT */
};

#define RI_TRANSFER_INIT                                                                           \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/** A file on the disk: its offset and its length, in bytes. */
struct ri_transfer_file {
	uint64_t at, bytes;
};

/**
 * Create the file @path (mode 0600; it must not exist) with room for whatever a volume of
 * @volume_bytes can hold. The caller unlinks it; *@out is for ri_transfer_close.
 * @return 0; -1 RI_E_IO.
 */
int ri_transfer_make(const char *path, uint64_t volume_bytes, struct ri_transfer *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Copy the host file @path onto the disk and say in *@out where it is.
 * @return 0; -1 RI_E_IO (EFBIG: no room is left), RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_transfer_put(struct ri_transfer *h, const char *path, struct ri_transfer_file *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Give the disk space of @f back to the host, where its file system can punch holes. */
void ri_transfer_drop(const struct ri_transfer *h, const struct ri_transfer_file *f);
/** Close the descriptor, if there is one, and leave @h without a disk. */
void ri_transfer_close(struct ri_transfer *h);
