// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Helpers that the JSON reports share.
 */
#include "base/strv.h"

#include <jansson.h>

static inline void ri_json_end(json_t **j)
{
	json_decref(*j);
}
#define RI_JSON RI_ON_EXIT(ri_json_end) json_t *

/**
 * A JSON string for json_decref. As JSON allows UTF-8 only, in any other text each byte that is not
 * ASCII becomes "?".
 * @return NULL when out of memory.
 */
json_t *ri_json_text(const char *s);

/**
 * Append @j as text, as json_dumps does with @flags. That one leaves out a key for which there is no memory (jansson
 * 2.14). @j NULL, what jansson returns when it is out of memory, is an error.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_json_write(const json_t *j, size_t flags, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The same, indented, with sorted keys and an LF at the end.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_json_dump(const json_t *j, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Append the strings of the array @list to @out; what is no string, or no array, is passed over.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_json_add_texts(json_t *list, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;
