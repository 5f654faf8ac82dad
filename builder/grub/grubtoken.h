// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The tokens of a whole grub.cfg, cut as GRUB cuts them (grub-core/script/yylex.l): enough to find the
 * commands and blocks in text that is otherwise not looked at. What is to be copied is judged by
 * ri_grub_word, which is strict.
 */
#include "base/buf.h"

enum ri_grub_kind {
	RI_GRUB_WORD,   /* quotes stay in it */
	RI_GRUB_BREAK,  /* a line's end or a semicolon: a command ends */
	RI_GRUB_OPEN,   /* { */
	RI_GRUB_CLOSE,  /* } */
	RI_GRUB_FINISH, /* no text left */
	RI_GRUB_BROKEN, /* a quote or ${ that nothing closes; |, &, < or >, which GRUB refuses */
};

/** Cut the next token off *@rest, with blanks and a comment before it; *@text: its bytes. */
enum ri_grub_kind ri_grub_token(struct ri_span *rest, struct ri_span *text);

/**
 * Append what a word stands for, its quotes and backslashes taken away. @return 1; 0 with @out
 * unspecified where only GRUB knows, as it contains a variable; -1 RI_E_NOMEM.
 */
int ri_grub_unquote(struct ri_span word, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
