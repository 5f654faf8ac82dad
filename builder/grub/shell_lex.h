// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Shell text cut into words and operators (POSIX XCU 2.3), to read its plain parts. Nothing is
 * expanded here and nothing is ever run.
 */
#include "base/buf.h"

enum ri_shell_kind {
	RI_SHELL_END,   /* of the text */
	RI_SHELL_WORD,  /* with its quotes, substitutions and line continuations */
	RI_SHELL_BREAK, /* a newline, ";" or ";;" */
	RI_SHELL_JOIN,  /* "&&", "||", "|" or "&" */
	RI_SHELL_OPEN,  /* "(" */
	RI_SHELL_CLOSE, /* ")" */
	RI_SHELL_REDIR, /* "<", ">>" and the like; the next word is its target */
};

struct ri_shell_token {
	enum ri_shell_kind kind;
	struct ri_span text;
	size_t line; /* where it begins, from 1 */
};

enum { RI_SHELL_HEREDOCS = 8 };

/** A text being read. Start with { .rest = TEXT, .line = 1 }. */
struct ri_shell_lexer {
	struct ri_span rest;
	size_t line;
	/* Here-documents whose bodies begin after the next newline. */
	struct ri_shell_heredoc {
		/* As written, quotes and all; no bytes: the word is still to come. */
		struct ri_span end;
		bool tabs; /* <<-: tabs in front are dropped */
	} heredocs[RI_SHELL_HEREDOCS];
	size_t heredocs_n;
};

/**
 * Cut the next token off the text. Comments, blanks and the bodies of here-documents are skipped.
 * @return 0; -1 RI_E_GUEST behind "line 3: ": an open quote or substitution, a NUL byte, nesting or
 *         here-documents beyond the limits.
 */
int ri_shell_next(struct ri_shell_lexer *lx, struct ri_shell_token *out,
    struct ri_err *e) RI_MUST_CHECK;

/** Length of the variable name at the start of @s; 0 if @s does not begin with one. */
size_t ri_shell_name(struct ri_span s);
