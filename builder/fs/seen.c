// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/seen.h"

#define FIRST 1024

/* Fibonacci hashing, with the middle bits mixed in: numbers that follow each other spread out. */
static size_t place(const struct ri_seen *s, uint64_t key)
{
	uint64_t h = key * 0x9e3779b97f4a7c15u;

	return (size_t)(h ^ h >> 32) & (s->cap - 1);
}

static struct ri_seen_slot *find(struct ri_seen *s, uint64_t key)
{
	size_t i = place(s, key);

	while (s->v[i].key != 0 && s->v[i].key != key)
		i = (i + 1) & (s->cap - 1);
	return &s->v[i];
}

static bool grow(struct ri_seen *s)
{
	struct ri_seen old = *s;

	s->cap = old.cap ? old.cap * 2 : FIRST;
	s->v = calloc(s->cap, sizeof *s->v);
	if (!s->v) {
		*s = old;
		return false;
	}
	for (size_t i = 0; i < old.cap; i++)
		if (old.v[i].key != 0)
			*find(s, old.v[i].key) = old.v[i];
	free(old.v);
	return true;
}

struct ri_seen_slot *ri_seen_at(struct ri_seen *s, uint32_t fs, uint32_t ino, bool *is_new)
{
	uint64_t key = (uint64_t)fs << 32 | ino;
	struct ri_seen_slot *slot;

	if (s->n >= s->cap / 2 && !grow(s))
		return NULL;
	slot = find(s, key);
	*is_new = slot->key == 0;
	s->n += *is_new;
	slot->key = key;
	return slot;
}

void ri_seen_free(struct ri_seen *s)
{
	for (size_t i = 0; i < s->cap; i++)
		free(s->v[i].path);
	free(s->v);
	*s = (struct ri_seen){ 0 };
}
