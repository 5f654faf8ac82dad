// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Boot counting: GRUB counts the boots by the RAM entry in its environment block, the loader resets
 * the count once the root is in RAM, and an entry that has failed twice in a row is no longer the
 * default. The decisions are made here; GRUB's side is templates/grub-count and grub-failed.
 */
#include "plan/facts.h"

/**
 * *@fault: why GRUB cannot count on this guest's disk, as the end of a sentence ("/boot is on LVM, to
 * which GRUB cannot write"); NULL where it can. @return 0; -1 RI_E_NOMEM.
 */
int ri_bootcount_fault(const struct ri_facts *f, const char **fault,
    struct ri_err *e) RI_MUST_CHECK;
/** The count, 0 to 2; 0 without an environment block. */
unsigned ri_bootcount_of(const struct ri_facts *f);
/**
 * The environment block with the count reset: appended to @out, which stays empty if there is
 * nothing to do. @make: an empty block where the guest has none.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_bootcount_clear(const struct ri_facts *f, bool make, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
