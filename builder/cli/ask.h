// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A question to whoever sits at the terminal.
 */
#include <stdbool.h>

/**
 * Ask @question on standard error, "[y/N]" behind it, and read a line from standard input. Where either is
 * not a terminal nobody is asked, and the answer is yes: the option that leads here was meant.
 */
bool ri_ask(const char *question);
