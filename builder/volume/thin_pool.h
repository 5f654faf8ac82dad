// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How much a thin volume of device-mapper can still be given by its pool. Source: the kernel's
 * Documentation/admin-guide/device-mapper/thin-provisioning.rst, "Reference"; printed by dmsetup(8).
 */
#include "base/buf.h"

#include <stdint.h>
#include <sys/types.h>

struct ri_thin_pool {
	uint64_t chunk;    /* bytes that the pool gives at a time */
	uint64_t chunks;   /* that it has left */
	uint64_t metadata; /* blocks of 4 KiB that it has left for its own tables */
};

/**
 * Ask for the pool of the block device @dev. @thin says whether it has one. @root is prefixed to /sys; "" for the
 * host's.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_thin_pool_of(const char *root, dev_t dev, struct ri_thin_pool *out, bool *thin,
    struct ri_err *e) RI_MUST_CHECK;

/** From a thin volume's table, its pool's numbers. @return false: it is the table of something else. */
bool ri_thin_volume_table(struct ri_span text, unsigned *major, unsigned *minor);

/** From a pool's table and status, what it has left. @return false: they are of something else. */
bool ri_thin_pool_read(struct ri_span table, struct ri_span status, struct ri_thin_pool *out);
