// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Part of the direct reader's process: which file systems an fstab mounts.
 */
#include "reader/server_os.h"

/** Release what @l owns and make it empty. */
void ri_fsmounts_free(struct ri_fsmounts *l);
/**
 * The mounts that libguestfs would find in the fstab @text of the guest whose root device is @root,
 * except the root itself: devices of @layout, in the order of the lines. @crypttab: there is an
 * /etc/crypttab with entries.
 * @return 0 with *@out for ri_fsmounts_free; -1 RI_E_UNSUPPORTED: it is not certain what a line
 *         means, or which device; RI_E_NOMEM.
 */
int ri_reader_fstab(struct ri_span text, const struct ri_disklayout *layout, const char *root,
    bool crypttab, struct ri_fsmounts *out, struct ri_err *e) RI_MUST_CHECK;
