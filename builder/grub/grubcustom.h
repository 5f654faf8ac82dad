// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Our block in /etc/grub.d/40_custom.
 */
#include "base/buf.h"

/** The first and last line of our block in 40_custom, each followed by an LF. */
#define RI_GRUB_BEGIN "### BEGIN ramimg ###"
#define RI_GRUB_END "### END ramimg ###"
/**
 * Stands right above the first line where 40_custom had no final newline before us: the line end
 * above it is ours and is removed with the block.
 */
#define RI_GRUB_NOTE "### ramimg: the line end above is not the file's own ###"

/**
 * What 40_custom prints when grub-mkconfig runs it: all from its third line on.
 * @return 0; -1 RI_E_GUEST where it does not begin with "#!/bin/sh" and "exec tail -n +3 $0" (with
 *         the spellings "#! /bin/sh", "#!/usr/bin/sh" and "$0" in quotes).
 */
int ri_grub_custom_printed(struct ri_span custom, struct ri_span *printed,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * 40_custom with our block at its end (replacing an earlier one where it stands). A marker is a
 * whole line; the same text indented, after a # or within a longer line does not count.
 * @return 0; -1 RI_E_GUEST where the file does not begin with "#!/bin/sh" and
 *         "exec tail -n +3 $0" (its output could not be known without running it), or where a
 *         marker stands without its partner or a second time; RI_E_CONFIG where @block is not one
 *         block.
 */
int ri_grub_custom_put(struct ri_span custom, struct ri_span block, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * 40_custom without our block: the exact inverse of ri_grub_custom_put on a file that had none
 * (also when that file had no final newline, see RI_GRUB_NOTE); a file without the block passes
 * through.
 * @return 0; -1 RI_E_GUEST where a marker stands without its partner or a second time.
 */
int ri_grub_custom_drop(struct ri_span custom, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** The text between our markers in a 40_custom or grub.cfg, markers included; n = 0 if none. */
struct ri_span ri_grub_find_block(struct ri_span text);
