// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What stands between `menuentry` or `submenu` and the block: title, id, and who may boot it.
 */
#include "base/buf.h"

struct ri_grub_header {
	struct ri_span title, id; /* words of the text, quotes in them; id without a p: none */
	struct ri_buf looks;      /* "--class debian --hotkey=d", or empty */
	struct ri_buf access;     /* "--unrestricted", "--users 'a,b'", or empty */
	/*
	 * Whether anybody may boot it, although `superusers` is set: --unrestricted without --users,
	 * which wins (grub-core/commands/menuentry.c).
	 */
	bool open;
};

/**
 * @words: the text behind the command's name. @return 0; -1 RI_E_GUEST: an option that ramimg does
 * not know, a second word beside the title, or what ri_grub_word refuses (title and id are then what
 * was found of them, and the rest is empty); RI_E_NOMEM.
 */
int ri_grub_header_read(struct ri_span words, struct ri_grub_header *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_grub_header_free(struct ri_grub_header *h);
