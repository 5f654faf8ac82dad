// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What was there: the file in which a commit keeps the blocks that it changes, one behind the other in
 * the order of the list of blocks, zeros as holes.
 */
#include "commit/blocks.h"

/**
 * The first @n bytes of the changed block number @index, which is @b, from the file @undo.
 * @return 0; -1 RI_E_IO: also where they are not what the list of blocks says.
 */
int ri_undo_read(int undo, uint64_t index, const struct ri_block *b, char *out, size_t n,
    struct ri_err *e) RI_MUST_CHECK;
