// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Finding, before libconfig 1.5 reads a text, what it would silently accept.
 */
#include "base/buf.h"

/**
 * Search a configuration's text (its lexical structure is in libconfig's manual, "The Configuration
 * File Format") for
 * - @include, which we do not follow: each file is read for itself;
 * - a whole number above 2147483647 without the L of a 64-bit one, which libconfig 1.5 cuts to its
 *   low 32 bits, and any number of more than 64 bits;
 * - NUL bytes, plain or as \x00 in a string, at which a string would end early.
 *
 * @return 0: none of them; -1 RI_E_CONFIG with the line, counted from 1, in *@line and not in the
 *         message.
 */
int ri_cfgscan(struct ri_span text, unsigned *line, struct ri_err *e) RI_MUST_CHECK;
