// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a running QEMU has of a disk, queried anew each time, as any step may have been done before.
 */
#include "pveconf/qemu_names.h"
#include "qemu/qmp.h"

struct ri_qmp_disk {
	bool disk;            /* its device */
	bool legacy;          /* a -drive of its name (before machine version 10.0) */
	bool controller;      /* its controller */
	bool shared;          /* other disks use the controller */
	bool throttle;        /* the throttle group that only it has */
	bool iothread;        /* the I/O thread that only it has */
	struct ri_strv nodes; /* its block nodes, the top one first */
	uint64_t operations;  /* reads, writes, flushes and discards since the start */
};
void ri_qmp_disk_free(struct ri_qmp_disk *l);

/**
 * Ask query-block, query-blockstats, x-debug-query-block-graph and qom-list. Where a QEMU does not have the third
 * any more, which it may drop at any time, query-named-block-nodes tells the same (its `children`, QEMU 10.1;
 * qemu-server Blockdev.pm:detach).
 * @return 0; -1 as ri_qmp_call.
 */
int ri_qmp_disk_look(struct ri_qmp *q, const struct ri_qemu_names *d, struct ri_qmp_disk *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Whether QEMU has a device of that id (qom-list /machine/peripheral). @return 1, 0; -1. */
int ri_qmp_disk_device(struct ri_qmp *q, const char *id, struct ri_err *e) RI_MUST_CHECK;
/** Reads, writes, flushes and discards of the disk since QEMU's start; 0 where it is not there. */
int ri_qmp_disk_operations(struct ri_qmp *q, const struct ri_qemu_names *d, uint64_t *out,
    struct ri_err *e) RI_MUST_CHECK;
/** How long QEMU has to answer anything that does not wait for the guest. */
#define RI_QMP_DISK_WAIT_MS 10000
