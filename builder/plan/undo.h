// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest's texts as they would be without ramimg: for `ramimg revert`, and for building again,
 * which starts from them.
 */
#include "plan/facts.h"

/** How one text is restored. */
struct ri_undo_text {
	struct ri_buf clean; /* what it becomes */
	bool changes;        /* clean differs from what is there now */
	bool edited;         /* it is neither what ramimg wrote nor the original */
};

struct ri_undo {
	struct ri_undo_text text[RI_TEXTS];
	bool any_edited;
};

/**
 * Work out the clean texts of @f. A text that is as the earlier build left it becomes the saved
 * original, byte for byte. One that was edited since keeps the edits and loses only what is ours:
 * the fstab gets its root line back, 40_custom and grub.cfg lose the entry, and grub.cfg its
 * default where that names our entry. A guest that was never built passes through.
 * @return 0; -1 RI_E_GUEST where that cannot be done (no original root line is left anywhere).
 */
int ri_undo_make(const struct ri_facts *f, struct ri_undo *out, struct ri_err *e) RI_MUST_CHECK;
void ri_undo_free(struct ri_undo *u);
