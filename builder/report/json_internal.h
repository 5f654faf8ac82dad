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
