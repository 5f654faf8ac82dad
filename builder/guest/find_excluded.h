// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the rules leave out of this guest, looked up before packing: the appliance reads slowly, so
 * what is not wanted is not read in the first place; and each item can be reported with its size.
 */
#include "guest/guest.h"
#include "plan/excluded.h"
#include "plan/rules.h"

/** Paths that one rule matches; each is measured, reported, and looked for in the appliance's tar. */
#define RI_EXCLUDED_PATHS_MAX 10000u

/**
 * Find what @rules match in the mounted guest @g. The same is appended to @excludes as patterns for
 * ri_guest_ops.source, unless that is NULL.
 * @return 0 with *@out for ri_excluded_free; -1 RI_E_BUDGET: a rule matches too many; as the operations
 *         of guest/guest.h.
 */
int ri_excluded_find(struct ri_guest *g, const struct ri_rules *rules, struct ri_excluded_list *out,
    struct ri_strv *excludes, struct ri_err *e) RI_MUST_CHECK;
