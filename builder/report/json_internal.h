// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the files json*.c share.
 */
#include "host/json.h"

/** @value, taken over, at the end of *@array, which becomes NULL when out of memory, as a value of json_pack's is then. */
static inline void ri_json_append(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

/**
 * Append the document of these @fields, which are taken over; NULL, what json_pack returns when it is out of memory, is
 * an error. @format: "ramimg.NAME/1", by which a program knows which of docs/json.md's tables it has before it.
 * @return 0; -1 RI_E_NOMEM.
 */
static inline int ri_json_document(const char *format, json_t *fields, struct ri_buf *out,
    struct ri_err *e)
{
	RI_JSON j = fields;

	if (json_object_set_new(j, "format", json_string(format)) < 0)
		return ri_nomem(e);
	return ri_json_dump(j, out, e);
}
