// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Checking and mounting the file systems of a guest whose facts are known already, from the other
 * reader or from an earlier inspection.
 */
#include "guest/guest.h"
#include "plan/facts.h"

/**
 * Check all ext file systems of @l, which must not be mounted, and repair what can be repaired
 * safely (e2fsck -p).
 * @return 0; -1 RI_E_UNSUPPORTED: one is damaged beyond that; RI_E_IO, RI_E_CANCELLED.
 */
int ri_preen_all(struct ri_guest *g, const struct ri_guest_fslist *l,
    struct ri_err *e) RI_MUST_CHECK;

/** Mount @device, or with a @subvol other than 0 that subvolume of the btrfs on it: as ri_guest_ops.mount. */
int ri_guest_mount(struct ri_guest *g, const char *device, uint64_t subvol, const char *mountpoint,
    bool readonly, struct ri_err *e) RI_MUST_CHECK;

/** Unmount everything, then mount each file system of @f at its place. @return 0; -1 RI_E_IO. */
int ri_guest_mount_all(struct ri_guest *g, const struct ri_facts *f, bool readonly,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The same for an appliance that has just started, where @f comes from the direct reader: before
 * anything is mounted, the appliance must see the same file systems, undamaged.
 * @return 0; -1 RI_E_VERIFY: it sees different ones; RI_E_UNSUPPORTED: one is damaged; RI_E_IO,
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_guest_mount_checked(struct ri_guest *g, const struct ri_facts *f, bool readonly,
    struct ri_err *e) RI_MUST_CHECK;
/** The mounted file system that holds the absolute @path, which no symbolic link is on. */
const struct ri_mount *ri_guest_mount_of(const struct ri_facts *f, const char *path);
