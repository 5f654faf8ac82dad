// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether what is on the EFI partitions leads to the grub.cfg that a build writes to.
 */
#include "plan/facts.h"

/**
 * Append to @note, in words, what may start something else than the guest's GRUB; nothing where all is well.
 * @return 0; -1 RI_E_UNSUPPORTED: each of GRUB's stubs leads to another system's menu; RI_E_NOMEM.
 */
int ri_plan_check_esp(const struct ri_facts *f, struct ri_buf *note,
    struct ri_err *e) RI_MUST_CHECK;
