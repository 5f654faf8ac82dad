// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A part of inspection: which file system of the disk is the root of a Linux.
 */
#include "guest/guest.h"

/**
 * Find the root among @l: a file system with /etc, /bin, and an /etc/fstab or /etc/hosts. Each is mounted for
 * that, read-only; nothing is mounted afterwards. *@device is for free().
 * @return 0; -1 RI_E_UNSUPPORTED: there is none, or more than one, and what there is; RI_E_IO,
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_find_root(struct ri_guest *g, const struct ri_guest_fslist *l, char **device,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The architecture of the system that is mounted, by one of its programs: *@arch is for free(), "" where it is not
 * known. @return 0; -1 RI_E_IO, RI_E_UNSUPPORTED, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_find_arch(struct ri_guest *g, char **arch, struct ri_err *e) RI_MUST_CHECK;
