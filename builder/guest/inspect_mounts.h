// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A part of inspection: mounting the guest's file systems as its fstab has them.
 */
#include "guest/guest.h"

/**
 * Mount @root, of a btrfs its subvolume @subvol (else 0), and what the lines of its fstab have of this disk (os/fstab_lines.h), of which @f->disk says what is
 * on it. The mounts, the fstab and the snapshots in what is mounted are recorded in @f.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_GUEST: a line of which it is not certain what it is; RI_E_IO,
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_inspect_mount_all(struct ri_guest *g, const char *root, uint64_t subvol, bool readonly,
    struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;
