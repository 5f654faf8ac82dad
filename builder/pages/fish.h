// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Completion in fish.
 */
#include "base/buf.h"

/** Append fish's completion of ramimg, made of the tables of commands and options. @return 0; -1 RI_E_NOMEM. */
int ri_complete_fish(struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
