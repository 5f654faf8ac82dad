// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Rows of cells, aligned for reading.
 */
#include "base/strv.h"

/** Append @text as a cell: escaped, as it may not be ramimg's own; "-" for an empty one. */
int ri_table_cell(struct ri_strv *cells, const char *text, struct ri_err *e) RI_MUST_CHECK;
/** Append the table of @cells, @columns to a row. @return 0; -1 RI_E_NOMEM. */
int ri_table_print(const struct ri_strv *cells, size_t columns, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
