// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading a text file of the guest that may be missing.
 */
#include "guest/inspect.h"

/**
 * Read the guest's text file @path, of at most RI_TEXT_MAX, into @t, which is zero-initialised and owns
 * its path and bytes, after a failure too. A missing file, or a link that leads nowhere, is not an
 * error: @t->present is false then. What it is and how large is known before any of it is read.
 * @return 0; -1 RI_E_GUEST: not a file, a link in a circle; RI_E_BUDGET: too large; RI_E_IO, RI_E_UNSUPPORTED, RI_E_CANCELLED,
 *         RI_E_NOMEM.
 */
int ri_inspect_text(struct ri_guest *g, const char *path, struct ri_text *t,
    struct ri_err *e) RI_MUST_CHECK;
/** The same of a file of at most @max bytes, text or not. */
int ri_inspect_long_text(struct ri_guest *g, const char *path, size_t max, struct ri_text *t,
    struct ri_err *e) RI_MUST_CHECK;
