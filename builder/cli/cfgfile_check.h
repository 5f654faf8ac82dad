// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What libconfig 1.5 lets through without a word, found in the text before libconfig reads it.
 */
#include "base/buf.h"

/**
 * Look through a configuration's text (its lexical structure as in libconfig's manual, "The
 * Configuration File Format") for
 * - @include, which we do not follow: a configuration is one file;
 * - a whole number above 2147483647 without the L of a 64-bit one, which libconfig 1.5 cuts to its
 *   low 32 bits, and any number beyond 64 bits;
 * - NUL bytes, plain or as \x00 in a string, at which a string would end early.
 *
 * *@line is the line of the find, from 1.
 * @return 0; -1 RI_E_CONFIG with a message that does not name the line.
 */
int ri_cfgscan(struct ri_span text, unsigned *line, struct ri_err *e) RI_MUST_CHECK;
