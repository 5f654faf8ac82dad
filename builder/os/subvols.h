// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The subvolumes of a btrfs, each a tree of its own that can be mounted alone, and which of them an fstab means
 * (btrfs(5), MOUNT OPTIONS).
 */
#include "base/buf.h"

#include <stdint.h>

/** The id of the top-level subvolume, in which all others are (btrfs-subvolume(8)). */
#define RI_SUBVOL_TOP 5u
/** Subvolumes of one file system: each may be looked into, and snapshot programs keep some hundred. */
#define RI_SUBVOLS_MAX 2000u

struct ri_subvol {
	uint64_t id;
	char *
	    path; /* from the top-level one, without slashes around it: "@rootfs"; "": that itself */
};

struct ri_subvols {
	struct ri_subvol *v;
	size_t n;
	uint64_t by_default; /* the id of what is mounted where none is named */
};

/**
 * Append one; @path is copied, without slashes around it. @return 0; -1 RI_E_BUDGET: they are more than
 * RI_SUBVOLS_MAX; RI_E_NOMEM.
 */
int ri_subvols_add(struct ri_subvols *l, uint64_t id, const char *path,
    struct ri_err *e) RI_MUST_CHECK;
/** @return NULL: none has that id. */
const struct ri_subvol *ri_subvols_by_id(const struct ri_subvols *l, uint64_t id);
/**
 * Which one is mounted with @options, those of an fstab's entry: the one that the last subvol= names, or else that
 * of the last subvolid=, or else the default one. *@out is NULL where it does not exist.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_subvols_meant(const struct ri_subvols *l, struct ri_span options,
    const struct ri_subvol **out, struct ri_err *e) RI_MUST_CHECK;
/** The part of @path, a subvolume's, that is below that of @top; NULL: it is not below, or is @top itself. */
const char *ri_subvol_below(const struct ri_subvol *top, const char *path);
void ri_subvols_free(struct ri_subvols *l);
