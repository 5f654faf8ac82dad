// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A part of inspection: which file system of the disk is the root of a Linux.
 */
#include "guest/guest.h"

/** Where a root is. */
struct ri_root {
	char *device;
	uint64_t subvol; /* of a btrfs, which subvolume; else 0 */
	char *path;      /* that subvolume's; else "" */
};

/**
 * Find the root on @disk, a file system as ri_is_root has it (guest/find_subvol.h). Each is mounted for that,
 * read-only; nothing is mounted afterwards. @disk gets the subvolumes of each btrfs. *@out is for ri_root_free.
 * @return 0; -1 RI_E_UNSUPPORTED: there is none, or more than one, and what there is; RI_E_IO,
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_find_root(struct ri_guest *g, struct ri_ondisk *disk, struct ri_root *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_root_free(struct ri_root *r);

/**
 * The architecture of the system that is mounted, by one of its programs: *@arch is for free(), "" where it is not
 * known. @return 0; -1 RI_E_IO, RI_E_UNSUPPORTED, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_find_arch(struct ri_guest *g, char **arch, struct ri_err *e) RI_MUST_CHECK;
