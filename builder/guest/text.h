// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The facts of a guest as text, for people.
 */
#include "guest/inspect.h"

/** Read a text of the guest into @t; a missing file is not an error (present = false). */
int ri_inspect_text(struct ri_guest *g, const char *path, struct ri_text *t,
    struct ri_err *e) RI_MUST_CHECK;
