// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a guest could swap to zram (plan/zram.h).
 */
#include "guest/guest.h"
#include "plan/facts.h"

/** Look into the mounted guest; *@out is for ri_facts_free. @return 0; -1 as the operations of guest/guest.h. */
int ri_find_zram(struct ri_guest *g, struct ri_zram_found *out, struct ri_err *e) RI_MUST_CHECK;
