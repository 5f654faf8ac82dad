// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Where the entries of an archive go. The forms of archive stand beside each other behind this table: what comes, what
 * is left out or replaced, and the limits are decided before (pack.c), whatever the form.
 */
#include "pack/body.h"
#include "pack/pack.h"

struct archive_entry;
struct ri_sink;

struct ri_sink_ops {
	/**
	 * The next entry as the source gave it. @body: the content of a regular file that is no further name of an
	 * earlier one, else NULL. @return 0; -1 RI_E_GUEST (it cannot be archived), RI_E_IO, RI_E_BUDGET, RI_E_NOMEM.
	 */
	int (*put)(struct ri_sink *s, struct archive_entry *from, struct ri_body *body,
	    struct ri_err *e);
	/** About how many bytes went in, for the progress line. */
	uint64_t (*taken)(const struct ri_sink *s);
	/**
	 * All came: write the rest and what identifies the archive, and tell what was made, in build_id, archive_*,
	 * tar_bytes, and what only this form has.
	 */
	int (*finish)(struct ri_sink *s, struct ri_pack_result *r, struct ri_err *e);
	void (*free)(struct ri_sink *s);
};

/** The common first member of every sink's structure. */
struct ri_sink {
	const struct ri_sink_ops *ops;
};

/** Release *@s, for RI_ON_EXIT; NULL is fine. */
static inline void ri_sink_freep(struct ri_sink **s)
{
	if (*s)
		(*s)->ops->free(*s);
	*s = NULL;
}
