// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a boot without a disk says to the kernel (build --diskless): the RAM entry's arguments, without what leads to
 * a disk.
 */
#include "plan/plan.h"

/* What root= says then: no device, and no name of one. */
#define RI_DISKLESS_ROOT "ramimg"

/**
 * Append to @script the words of @cmdline, the RAM entry's (ri_plan.cmdline), as GRUB's script has them; and to @line what
 * the kernel gets of them, for an initrd of @generator's: the same with GRUB's quotes taken away, a word with a blank in it between double quotes, as
 * GRUB would pass it on.
 * @return 0; -1 RI_E_GUEST: a word has a variable of GRUB's, or a double quote and a blank, and cannot be said to the
 *         kernel directly; RI_E_NOMEM.
 */
int ri_diskless_cmdline(const char *cmdline, const char *generator, struct ri_buf *script,
    struct ri_buf *line, struct ri_err *e) RI_MUST_CHECK;
