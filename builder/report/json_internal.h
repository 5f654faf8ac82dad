// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the files json*.c share.
 */
#include "host/json.h"
#include "pveconf/vm_memory.h"

/** @value, taken over, at the end of *@array, which becomes NULL when out of memory, as a value of json_pack's is then. */
static inline void ri_json_append(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

/** A word, or null where there is none. NULL when out of memory. */
static inline json_t *ri_json_word(const char *word)
{
	return word ? json_string(word) : json_null();
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

/** What a root needs against what its VM has; NULL when out of memory. */
static inline json_t *ri_json_memory(const struct ri_ram_compared *c)
{
	return json_pack("{s:I, s:I, s:I, s:i, s:s}", "memory_bytes",
	    (json_int_t)(c->vm.memory << 20), "balloon_bytes", (json_int_t)(c->vm.balloon << 20),
	    "needed_bytes", (json_int_t)(c->least << 20), "cpus", (int)c->vm.cpus, "verdict",
	    ri_ram_fit_word(ri_ram_fit(c->least, &c->vm)));
}

/** Give the object *@j, which becomes NULL when out of memory, the field @name; @value is taken over. */
static inline void ri_json_add(json_t **j, const char *name, json_t *value)
{
	if (json_object_set_new(*j, name, value) == 0)
		return;
	json_decref(*j);
	*j = NULL;
}

/** The same with what a VM has. */
static inline void ri_json_add_memory(json_t **j, const char *name, const struct ri_ram_compared *c)
{
	ri_json_add(j, name, ri_json_memory(c));
}
