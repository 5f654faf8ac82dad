// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * GRUB's script language, as far as the words of one command go: what a line of grub.cfg may
 * contain without ending the command, opening a block or leaving a quote open
 * (grub-core/script/yylex.l).
 */
#include "base/buf.h"

/**
 * Cut the next word off *@rest, blanks in front of it dropped; quotes stay in it.
 * Stricter than GRUB in one point: a # at a word's start, which GRUB takes as a comment, is an
 * error, since it would swallow what follows.
 * @return 1 with *@word set, 0 at the end, -1 with RI_E_GUEST: an open quote, a $ that names no
 *         variable, a control byte, one of {}|&;<> outside quotes.
 */
int ri_grub_word(struct ri_span *rest, struct ri_span *word, struct ri_err *e) RI_MUST_CHECK;
