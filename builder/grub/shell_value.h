// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The value of a shell word that is plain enough to be evaluated without a shell.
 */
#include "base/buf.h"

/**
 * Give the value of a variable: append it to @out (nothing for an unset one).
 * @return NULL, or what makes it unknown (a noun: "a command substitution").
 */
typedef const char *ri_shell_lookup(void *arg, struct ri_span name, struct ri_buf *out);

/**
 * Append the value of @word with quotes, backslashes and line continuations undone and $NAME and
 * ${NAME} looked up.
 * @return NULL, or what in it needs a shell: a noun for "X is computed by …".
 */
const char *ri_shell_value(struct ri_span word, ri_shell_lookup *lookup, void *arg,
    struct ri_buf *out);
