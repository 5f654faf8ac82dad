// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The inodes that a walk has met, with the path that hard links to them name. Numbers come from a
 * hostile disk: the hash is not seeded, but every number occurs only once.
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_seen {
	struct ri_seen_slot {
		uint64_t key; /* 0: free */
		char *path;
	} * v;
	size_t n, cap;
};

/**
 * The place of @fs and @ino (not 0), made where it is new; *@is_new says so. Its path is for the
 * caller to set, and freed with the map. NULL: out of memory.
 */
struct ri_seen_slot *ri_seen_at(struct ri_seen *s, uint32_t fs, uint32_t ino, bool *is_new);
void ri_seen_free(struct ri_seen *s);
