// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An initrd with one more archive at its end.
 */
#include "initrd/parents.h"

/** What is to be added. */
struct ri_initrd_addition {
	const struct ri_initrd_member *members;
	size_t n;
	const struct ri_initrd_parents *parents; /* of the members, as found in the base */
};

/**
 * Write @out (created or replaced, mode 0600): the bytes of @base, zeros, and one newc archive with
 * the members. A parent directory gets an entry only if @base has nothing of that name: an
 * entry for an existing one would replace it, and in Debian's initrds /sbin is a symlink. Same
 * input, same bytes. The caller removes @out after a failure and syncs it after success.
 * @return 0; -1 RI_E_GUEST (@base is no file of a plausible size), RI_E_IO, RI_E_CANCELLED,
 *         RI_E_NOMEM.
 */
int ri_initrd_append(const char *base, const char *out, const struct ri_initrd_addition *add,
    struct ri_err *e) RI_MUST_CHECK;
