// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The directories above files that are to be added, and whether an initrd has them.
 */
#include "initrd/initrd.h"

struct ri_initrd_parent {
	char *path;
	bool present; /* the initrd has a directory, or a symbolic link, of that name */
};

/** For ri_initrd_parents_free. Zero-initialise it. */
struct ri_initrd_parents {
	struct ri_initrd_parent *v; /* outer directories before inner ones */
	size_t n;
};

/**
 * The directories above the @n @members, none of which is present yet. Only the paths of the members
 * are looked at.
 * @return 0; -1 RI_E_NOMEM, and *@out is to be freed all the same.
 */
int ri_initrd_parents_of(const struct ri_initrd_member *members, size_t n,
    struct ri_initrd_parents *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Find out which of @p, which ri_initrd_parents_of made of @members, the @size bytes of @fd have.
 * They come out of a guest: to be called in a process of its own (parse/initrd.h).
 * @return 0; -1 RI_E_GUEST (it has something other than a directory where a member needs one, or
 *         already has a member), or as ri_initrd_walk.
 */
int ri_initrd_parents_find(int fd, uint64_t size, const struct ri_initrd_member *members, size_t n,
    struct ri_initrd_parents *p, struct ri_err *e) RI_MUST_CHECK;
void ri_initrd_parents_free(struct ri_initrd_parents *p);
