// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the rules leave out of this guest, found before packing: the appliance reads slowly, so what
 * is not wanted is not even read; and each is named with its size.
 */
#include "guest/guest.h"
#include "plan/excluded.h"
#include "plan/rules.h"

/**
 * Find what @rules match in the mounted guest @g.
 * @param excludes the same as patterns for ri_guest_ops.source; NULL if they are not wanted
 * @return 0 with *@out for ri_excluded_free and @excludes added to; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_excluded_find(struct ri_guest *g, const struct ri_rules *rules, struct ri_excluded_list *out,
    struct ri_strv *excludes, struct ri_err *e) RI_MUST_CHECK;
