// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * GRUB's environment block, /boot/grub/grubenv: 1024 bytes that GRUB can overwrite without being
 * able to write to a file system, since they never move (GRUB's grub-core/lib/envblk.c). A first
 * line that says what it is, lines of name=value (a backslash takes the special meaning from the
 * next byte, a line end included) and of #comments, then '#' up to the end.
 */
#include "base/buf.h"

#define RI_GRUBENV_BYTES 1024

/*
 * The count of boots by the RAM entry since the last that had its root in RAM: unset, 1, or 2 for
 * two and more. GRUB counts up, the loader unsets it (templates/grub-count, loader/bootcount.h).
 */
#define RI_GRUBENV_FAILED "ramimg_failed"
/*
 * Ubuntu's mark of a boot that has begun: its entries set it, the booted system unsets it
 * (grub-common.service), and GRUB shows the menu for half a minute where it finds it set. A system that
 * runs from RAM unsets it in RAM, so the loader does it on the disk, with the count.
 */
#define RI_GRUBENV_RECORDFAIL "recordfail"

/** Append a block without variables, as grub-editenv makes it. */
void ri_grubenv_empty(struct ri_buf *out);
/** @return 0 for a block that GRUB can read and write; -1 RI_E_GUEST with what is wrong. */
int ri_grubenv_check(struct ri_span block, struct ri_err *e) RI_MUST_CHECK;
/**
 * The value of a variable, as stored. @return false if it is not set, or @block is not a valid
 * block.
 */
bool ri_grubenv_get(struct ri_span block, const char *name, struct ri_span *value);
/** Whether any variable is set. */
bool ri_grubenv_has_any(struct ri_span block);
/**
 * Append @block with the variable @name set to @value, in its old place if it has one, or unset where
 * @value is NULL; all other lines stay, and so does the length. @value consists of letters, digits and the like: nothing is
 * escaped.
 * @return 0; -1 as ri_grubenv_check, RI_E_GUEST if it does not fit, RI_E_NOMEM.
 */
int ri_grubenv_set(struct ri_span block, const char *name, const char *value, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/** The count in a block, as GRUB would take it: 0, 1 or 2. */
unsigned ri_grubenv_failed(struct ri_span block);
