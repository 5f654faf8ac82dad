// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Plain text in the language of manual pages (mdoc(7), groff_char(7)).
 */
#include "base/buf.h"

/** Append @text, which has no line end, so that each of its characters is shown as it is, and none begins a request. */
void ri_mdoc_words(struct ri_buf *out, struct ri_span text);

/** Append the sentences of @text, each on lines of its own, as mdoc wants them. Line ends in it are blanks. */
void ri_mdoc_prose(struct ri_buf *out, struct ri_span text);
