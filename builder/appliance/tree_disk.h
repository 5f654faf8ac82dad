// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The tree disk: a sparse file of the host, without a name once QEMU has it open, onto which the appliance writes
 * the guest's whole tree as a tar stream. To the appliance it is one more disk. An emulated processor passes a
 * stream through a pipe and libguestfs's protocol at a tenth of the speed at which it writes to a disk.
 */
#include "host/dir.h"

#include <stdint.h>

/* Bytes in front of the stream, and behind the longest: where probes look for what a disk holds. */
#define RI_TREE_MARGIN 1048576ULL

/** A tree disk. Initialise with RI_TREE_DISK_INIT. */
struct ri_tree_disk {
	int fd;         /* owned; -1: there is none */
	uint64_t bytes; /* its size */
};

#define RI_TREE_DISK_INIT                                                                          \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/**
 * Create the file @name (mode 0600; it must not exist) in @d. It takes no more than half of the room that is there,
 * whatever is written to it, nor more than a volume of @volume_bytes can come to in all likelihood. The caller
 * unlinks it; *@out is for ri_tree_disk_close.
 * @return 0; -1 RI_E_BUDGET: there is hardly any room; RI_E_IO.
 */
int ri_tree_disk_make(const struct ri_dir *d, const char *name, uint64_t volume_bytes,
    struct ri_tree_disk *out, struct ri_err *e) RI_MUST_CHECK;
/** Whether a stream of @bytes fits, which may come from anybody. */
bool ri_tree_disk_fits(const struct ri_tree_disk *t, uint64_t bytes);
/**
 * Let the file end where the stream of @bytes does, and the descriptor be at its beginning.
 * @return 0; -1 RI_E_IO: also if it does not fit.
 */
int ri_tree_disk_cut(const struct ri_tree_disk *t, uint64_t bytes, struct ri_err *e) RI_MUST_CHECK;
/** Give all of its room back to the host; another stream may be written. @return 0; -1 RI_E_IO. */
int ri_tree_disk_clear(const struct ri_tree_disk *t, struct ri_err *e) RI_MUST_CHECK;
/** Close the descriptor, if there is one, and leave @t without a disk. */
void ri_tree_disk_close(struct ri_tree_disk *t);
