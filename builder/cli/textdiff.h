// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The difference between two texts, by diff(1).
 */
#include "base/buf.h"

/** A text and its name. */
struct ri_labelled {
	const char *label; /* stands for a file's name in the diff's first lines */
	struct ri_span text;
};

/**
 * Append the unified diff from @a to @b, with control characters escaped; nothing if they are
 * equal. While diff reads them, the texts are in a directory of this user's own in /tmp.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_textdiff(struct ri_labelled a, struct ri_labelled b, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
