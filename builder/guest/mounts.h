// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The file systems of a guest whose facts are known already, from another reader or an earlier look.
 */
#include "guest/guest.h"
#include "plan/facts.h"

/**
 * Check all ext file systems of @l, unmounted, and mend what is safe to mend.
 * @return 0; -1 RI_E_UNSUPPORTED: one is damaged beyond that; RI_E_IO.
 */
int ri_preen_all(struct ri_guest *g, const struct ri_guest_fslist *l,
    struct ri_err *e) RI_MUST_CHECK;

/** Unmount everything, then mount what @f names where it names it. @return 0; -1 RI_E_IO. */
int ri_guest_mount_all(struct ri_guest *g, const struct ri_facts *f, bool readonly,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The same for an appliance that has just started, with @f from the direct reader: first it must see the
 * same file systems, and whole ones.
 * @return 0; -1 RI_E_VERIFY: it sees others; RI_E_UNSUPPORTED: damaged; RI_E_IO.
 */
int ri_guest_mount_checked(struct ri_guest *g, const struct ri_facts *f, bool readonly,
    struct ri_err *e) RI_MUST_CHECK;
