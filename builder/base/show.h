// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Text shown to people: untrusted bytes made safe for a terminal, and formatted figures.
 */
#include "base/buf.h"

#include <stdint.h>

/**
 * Append @s so that it cannot act on a terminal or pretend to be another line: control characters
 * (LF and TAB too), DEL, the C1 controls, bidirectional overrides and line separators, and bytes
 * that are not UTF-8, come out as \n, \t, \x1b or \u202e. With @ascii, so does everything that is
 * not ASCII (for terminals that do not speak UTF-8, where C1 bytes could hide in it).
 */
void ri_show_escape(struct ri_buf *out, struct ri_span s, bool ascii);

/** Whether all of @s is UTF-8 (RFC 3629). */
bool ri_show_is_utf8(struct ri_span s);

/**
 * How many bytes of @s, cut between characters, fit into @columns of a terminal. Each character
 * beyond ASCII is taken for two columns wide, so that the answer is never too long.
 */
size_t ri_show_fit(struct ri_span s, size_t columns);

/** Room for what ri_show_bytes and ri_show_duration write. */
#define RI_SHOW_FIGURE 24
/**
 * "0 B", "999 B", "12.3 KiB", "755.3 MiB", "1.2 TiB": units of 1024, as everything else that shows a VM's sizes
 * uses them, one decimal place. Whatever ramimg says of a size to people is said by this.
 */
const char *ri_show_bytes(uint64_t bytes, char out[static RI_SHOW_FIGURE]);
/** "0:07", "2:28", "1:02:03" from seconds. */
const char *ri_show_duration(uint64_t seconds, char out[static RI_SHOW_FIGURE]);
