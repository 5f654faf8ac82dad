// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the rules leave out of this guest, found before packing: the appliance reads slowly, so what
 * is not wanted is not even read; and each is named with its size.
 */
#include "guest/guest.h"
#include "plan/rules.h"

struct ri_excluded {
	char *path; /* in the guest; ends in "/" where only the directory's contents are meant */
	uint64_t bytes; /* on the disk */
};

struct ri_excluded_list {
	struct ri_excluded *v;
	size_t n;
	struct ri_strv excludes; /* the same for ri_guest_ops.tar_out */
};

/** @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_excluded_find(struct ri_guest *g, const struct ri_rules *rules, struct ri_excluded_list *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Add a row. @return 0; -1 RI_E_NOMEM. */
int ri_excluded_add(struct ri_excluded_list *l, const char *path, uint64_t bytes,
    struct ri_err *e) RI_MUST_CHECK;
void ri_excluded_free(struct ri_excluded_list *l);
