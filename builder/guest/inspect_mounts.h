// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Private to inspect*.c: the guest's file systems, mounted.
 */
#include "guest/guest.h"

/**
 * Mount everything that @os says, and what the fstab names by PARTUUID (added to @os), and note it in
 * @f, with the fstab: it is read as soon as the root is there, to know what is optional.
 * @l: the disk's file systems. @return 0; -1.
 */
int ri_inspect_mount_all(struct ri_guest *g, const struct ri_guest_fslist *l,
    struct ri_guest_os *os, bool readonly, struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;
