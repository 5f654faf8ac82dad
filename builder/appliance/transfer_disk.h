// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A sparse file through which the appliance gets what is written back: it sees it as a read-only
 * disk, and copies from there at the speed of the block layer. Each file stands on it once, at a
 * place of its own, and is let go of when it was copied.
 */
#include "base/err.h"

#include <stdint.h>

/* What is put begins at multiples of it, the first at one: where no probe has looked. */
#define RI_TRANSFER_UNIT 1048576ULL

struct ri_transfer {
	int fd; /* -1 without one */
	uint64_t bytes, next;
};

#define RI_TRANSFER_INIT                                                                           \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/** Where a file stands. */
struct ri_transfer_file {
	uint64_t at, bytes;
};

/**
 * Make the file @path for all that a volume of @volume_bytes can take.
 * @return 0; -1 RI_E_IO, and the file is not made.
 */
int ri_transfer_make(const char *path, uint64_t volume_bytes, struct ri_transfer *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Copy the host file @path onto it. @return 0; -1 RI_E_IO, also where it does not fit. */
int ri_transfer_put(struct ri_transfer *h, const char *path, struct ri_transfer_file *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Give the host back what @f takes. */
void ri_transfer_drop(const struct ri_transfer *h, const struct ri_transfer_file *f);
void ri_transfer_close(struct ri_transfer *h);
