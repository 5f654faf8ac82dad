// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Looking into the guest: collects texts and sizes; what they mean is for core.
 */
#include "guest/guest.h"

/**
 * Find the one operating system on the stage, check its file systems, mount them and collect the
 * facts. Afterwards the guest stays mounted, writable unless @readonly.
 * @return 0; -1 RI_E_UNSUPPORTED: none found (what was found is named: encrypted, no partition,
 *         damaged), several, not Linux; RI_E_GUEST; RI_E_IO.
 */
int ri_inspect(struct ri_guest *g, bool readonly, struct ri_facts *out,
    struct ri_err *e) RI_MUST_CHECK;
