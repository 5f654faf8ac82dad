// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The notation of LVM2's metadata: sections, and keys with a number, a string or a list of those.
 * Hostile input: depth, number of nodes and sizes are bounded.
 */
#include "base/buf.h"

#include <stdint.h>

enum ri_lvmtext_kind {
	RI_LVMTEXT_SECTION,
	RI_LVMTEXT_LIST,
	RI_LVMTEXT_STRING,
	RI_LVMTEXT_NUMBER,
};

#define RI_LVMTEXT_NONE 0u /* no node: the first one is the whole text */

struct ri_lvmtext_node {
	enum ri_lvmtext_kind kind;
	struct ri_span key;    /* empty in a list */
	struct ri_span string; /* between its quotes, backslashes and all */
	uint64_t number;       /* not negative; floats are strings */
	uint32_t child, next;  /* indices; RI_LVMTEXT_NONE if missing */
};

/** The text's nodes; v[0] is the section that contains everything outermost. */
struct ri_lvmtext {
	struct ri_lvmtext_node *v;
	size_t n, cap;
};

/**
 * Parse @text, which must outlive *@out.
 * @return 0; -1 RI_E_UNSUPPORTED where it is not in this notation, RI_E_NOMEM.
 */
int ri_lvmtext_parse(struct ri_span text, struct ri_lvmtext *out, struct ri_err *e) RI_MUST_CHECK;
void ri_lvmtext_free(struct ri_lvmtext *t);

/** The first node of that key and kind in the section @in; NULL if it is missing. */
const struct ri_lvmtext_node *ri_lvmtext_get(const struct ri_lvmtext *t,
    const struct ri_lvmtext_node *in, const char *key, enum ri_lvmtext_kind kind);
/** The first inside of @of, and the one behind it; NULL at the end. */
const struct ri_lvmtext_node *ri_lvmtext_first(const struct ri_lvmtext *t,
    const struct ri_lvmtext_node *of);
const struct ri_lvmtext_node *ri_lvmtext_next(const struct ri_lvmtext *t,
    const struct ri_lvmtext_node *n);
