// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The whole tree that the direct reader sees, as an archive's source.
 */
#include "reader/reader.h"

/**
 * The mounted tree as a source, without what @rules leave out (NULL: nothing); *@out is for
 * ri_source_freep. Until it is freed, no other operation may be called on @g, close included.
 * @return 0; -1 RI_E_UNSUPPORTED (@g is not a direct reader), RI_E_IO, RI_E_NOMEM.
 */
int ri_reader_source(struct ri_guest *g, const struct ri_rules *rules, struct ri_source **out,
    struct ri_err *e) RI_MUST_CHECK;
