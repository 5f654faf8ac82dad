// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a guest keeps containers, and how (plan/stores.h).
 */
#include "guest/guest.h"
#include "plan/facts.h"

/** Find f->stores in the mounted guest. @return 0; -1 as the operations of guest/guest.h. */
int ri_find_stores(struct ri_guest *g, struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;
