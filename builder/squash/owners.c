// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "squash/owners.h"
#include "squash/squash.h"

#include <search.h>

struct owner {
	uint32_t id;
	uint16_t index;
};

static int by_id(const void *a, const void *b)
{
	const uint32_t x = ((const struct owner *)a)->id, y = ((const struct owner *)b)->id;

	return (x > y) - (x < y);
}

int ri_sq_owners_init(struct ri_sq_owners *o, struct ri_err *e)
{
	o->table = sqfs_id_table_create(0);
	return o->table ? 0 : ri_nomem(e);
}

static int add(struct ri_sq_owners *o, uint32_t id, uint16_t *out, struct ri_err *e)
{
	RI_FREE struct owner *made = calloc(1, sizeof *made);

	if (o->n == RI_SQUASH_IDS_MAX)
		return ri_fail(e, RI_E_GUEST, 0,
		    "with %u the files have more than %u different owners and groups, which is the most "
		    "that a squashfs holds",
		    id, RI_SQUASH_IDS_MAX);
	if (!made || sqfs_id_table_id_to_index(o->table, id, &made->index) != 0)
		return ri_nomem(e);
	made->id = id;
	if (!tsearch(made, &o->known, by_id))
		return ri_nomem(e);
	o->n++;
	*out = ri_steal(made)->index;
	return 0;
}

int ri_sq_owners_index(struct ri_sq_owners *o, int64_t id, uint16_t *out, struct ri_err *e)
{
	const struct owner key = { .id = (uint32_t)id };
	void *found;

	if (id < 0 || id > UINT32_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "%lld is not an id of an owner or a group",
		    (long long)id);
	found = tfind(&key, &o->known, by_id);
	if (!found)
		return add(o, key.id, out, e);
	*out = (*(struct owner *const *)found)->index;
	return 0;
}

void ri_sq_owners_free(struct ri_sq_owners *o)
{
	tdestroy(o->known, free);
	sqfs_destroy(o->table);
}
