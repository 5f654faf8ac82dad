// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which known word the user may have meant.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * How far apart two words are: insertions, deletions, replacements and swaps of neighbours needed
 * to turn one into the other. @return that number, or SIZE_MAX where one is longer than 64 bytes.
 */
size_t ri_suggest_distance(const char *a, const char *b);

/**
 * Whether someone who wrote @typed may have meant @known: it is close to @known or a prefix of it,
 * and closer than the *@best so far, which is updated. Start with *@best = SIZE_MAX.
 */
bool ri_suggest_better(const char *typed, const char *known, size_t *best);
