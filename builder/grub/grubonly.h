// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A menu of which ramimg's entry alone is left: what the others boot is not on the disk.
 */
#include "base/buf.h"

/**
 * grub.cfg without the entries and submenus that stand outside of ramimg's block; all else stays, its functions and
 * passwords among it. In an `if`, which must not be empty, an assignment is in its place.
 * @return 0; -1 RI_E_GUEST: as ri_grub_menu_read, or there is no such block; RI_E_NOMEM.
 */
int ri_grub_cfg_only(struct ri_span cfg, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
