// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How much more a volume can be given by the pool that it lies in: LVM-thin's, ZFS's, Ceph's. Which of a
 * volume's blocks are its own already, and not shared with a snapshot, is not asked: each that is written
 * counts.
 */
#include "base/buf.h"

#include <stdint.h>
#include <sys/types.h>

struct ri_pool_room {
	const char *pool;      /* "its ZFS pool", in messages; NULL: none, or it does not tell */
	uint64_t chunk;        /* bytes that the pool gives at a time */
	uint64_t chunks;       /* that it has left */
	bool tables;           /* its own tables have room of theirs */
	uint64_t metadata;     /* then: blocks of 4 KiB that are left there */
	uint64_t wanted, next; /* chunks so far, and the one behind the last */
};

/**
 * Ask for the pool of the block device @dev, whose lasting name is @id (volume/device_id.h), with dmsetup,
 * zfs or ceph. ZFS and Ceph may not answer, for want of the program or of a keyring: that is logged, and
 * then nothing is known.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_pool_room_of(const char *id, dev_t dev, struct ri_pool_room *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * @n bytes at @at will be written, not before what was counted already.
 * @return 0; -1 RI_E_BUDGET with the figures: it is more than the pool has left.
 */
int ri_pool_room_take(struct ri_pool_room *r, uint64_t at, uint64_t n,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * From "zfs get -Hp -o property,value available,volblocksize": zfsprops(7). What is reserved for the volume
 * and not used is available to it. @return false: it is something else.
 */
bool ri_zfs_room(struct ri_span text, struct ri_pool_room *out);

/** From "ceph df --format json", what the pool @name can take: ceph(8). @return false: it does not say. */
bool ri_ceph_room(struct ri_span json, struct ri_span name, struct ri_pool_room *out);
