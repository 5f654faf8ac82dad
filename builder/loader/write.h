// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A file's content, written into the root.
 */
#include "base/buf.h"

#include <stdint.h>

/** What errno says of a call that was to make or fill something in the root. @return always -1: RI_E_BUDGET, RI_E_IO. */
int ri_write_failed(struct ri_err *e, const char *what);
/** Write @data to @fd, @at bytes behind its beginning. @return 0; -1 as ri_write_failed. */
int ri_write_at(int fd, struct ri_span data, int64_t at, struct ri_err *e) RI_MUST_CHECK;
/** Let @fd, in which @end bytes are written, be @size bytes long. @return 0; -1 as ri_write_failed. */
int ri_write_end(int fd, int64_t end, int64_t size, struct ri_err *e) RI_MUST_CHECK;
