// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * fstab(5): reading it, and rewriting it for a root in RAM.
 *
 * Every rewrite is idempotent, and every line it is not meant to change passes through byte for
 * byte (comments, blanks, CRLF ends, a missing final newline, fields it does not know).
 */
#include "base/strv.h"

/** One entry; spans into the text, octal escapes (\040) not yet undone. */
struct ri_fstab_entry {
	struct ri_span spec, file, type, opts;
	struct ri_span text; /* the line that it is */
	size_t line;         /* from 1 */
};

/**
 * Walk the entries, lines with a spec, a file and a type at least (libmount takes one without
 * options): *@pos starts at 0 and is the byte offset of the next line.
 * *@lineno starts at 0 and counts lines.
 * @return false at the end.
 */
bool ri_fstab_next(struct ri_span text, size_t *pos, size_t *lineno, struct ri_fstab_entry *out);

/** Entries of an fstab, of which a large one has a hundred. */
#define RI_FSTAB_ENTRIES_MAX 1000u
/** Swap files in it: the kernel swaps to 32 places at most. */
#define RI_FSTAB_SWAPFILES_MAX 32u

/** @return 0; -1 RI_E_BUDGET: it has more than RI_FSTAB_ENTRIES_MAX entries. */
int ri_fstab_check(struct ri_span text, struct ri_err *e) RI_MUST_CHECK;

/** How many fields @line has: none if it is blank or a comment. */
size_t ri_fstab_fields(struct ri_span line);

/** Undo the octal escapes of a field (getmntent(3)) and append to @out. */
void ri_fstab_unescape(struct ri_span field, struct ri_buf *out);

/**
 * Cut the next option off @list, which begins as the options of an entry: words between commas, of which empty
 * ones count for nothing, as libmount has it, and a comma within double quotes separates nothing.
 * @return false: there is none.
 */
bool ri_fstab_option(struct ri_span *list, struct ri_span *option);
/** Decode "\x20", as systemd and udev escape a byte, at @at of @s. @return false: there is no such thing. */
bool ri_fstab_hex(struct ri_span s, size_t at, char *out);
/** Whether the entry has @option, a whole one of its options ("noauto"). */
bool ri_fstab_has_option(const struct ri_fstab_entry *en, const char *option);

/**
 * Append the entry's mount point as the kernel names it, escapes undone and without doubled or final
 * slashes: "/data" for "//data/". Nothing is appended where it is not an absolute path (swap has none).
 */
void ri_fstab_point(const struct ri_fstab_entry *en, struct ri_buf *out);

/**
 * The first entry that is mounted at @point, a path without escapes, compared as ri_fstab_point has it.
 * @return false: there is none.
 */
bool ri_fstab_find(struct ri_span text, const char *point, struct ri_fstab_entry *out);

/** Whether the entry is for "/" (also written "//" or "\057"); swap never is. */
bool ri_fstab_is_root(const struct ri_fstab_entry *en);

/**
 * Append the paths of swap files (type swap, spec an absolute path not below /dev) to @out, escapes
 * undone. @return 0; -1 RI_E_BUDGET: they are more than RI_FSTAB_SWAPFILES_MAX; RI_E_NOMEM.
 */
int ri_fstab_swapfiles(struct ri_span in, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;
