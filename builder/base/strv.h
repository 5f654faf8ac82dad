// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A list of owned strings. Zero-initialise it.
 */
#include "base/buf.h"

struct ri_strv {
	char **v; /* n strings, then NULL; NULL itself while n is 0 */
	size_t n;
};

/** Append a copy of @s. @return 0, or -1 with RI_E_NOMEM. */
int ri_strv_add(struct ri_strv *l, const char *s, struct ri_err *e) RI_MUST_CHECK;
/** Append a copy of the bytes of @s as a string. @return 0, or -1 with RI_E_NOMEM. */
int ri_strv_add_span(struct ri_strv *l, struct ri_span s, struct ri_err *e) RI_MUST_CHECK;
/** Whether @s is in the list. */
bool ri_strv_has(const struct ri_strv *l, const char *s);
/** Sort the strings by their bytes (strcmp). */
void ri_strv_sort(struct ri_strv *l);
/** Release everything and make the list empty again. */
void ri_strv_free(struct ri_strv *l);

#define RI_STRV RI_ON_EXIT(ri_strv_free) struct ri_strv
