// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader's process: which file systems an fstab mounts.
 */
#include "reader/server_os.h"

void ri_fsmounts_free(struct ri_fsmounts *l);
/**
 * What libguestfs makes of the fstab @text of the guest whose root is @root, but for the root itself:
 * devices of @layout, in the order of the lines.
 * @crypttab: an /etc/crypttab with entries is there.
 * @return 0; -1 RI_E_UNSUPPORTED: a line whose meaning or device is not certain; RI_E_NOMEM.
 */
int ri_reader_fstab(struct ri_span text, const struct ri_disklayout *layout, const char *root,
    bool crypttab, struct ri_fsmounts *out, struct ri_err *e) RI_MUST_CHECK;
