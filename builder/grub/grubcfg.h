// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * GRUB 2 without update-grub: where the menu entry goes in /boot/grub/grub.cfg, byte for byte as
 * grub-mkconfig would put it there (util/grub-mkconfig.in: each script's output stands between "###
 * BEGIN PATH ###" and "### END PATH ###").
 */
#include "base/buf.h"

/**
 * grub.cfg with the section of /etc/grub.d/40_custom holding what @custom (the script) prints: all
 * from its third line on. Without a final newline there, the END line follows in the same line, as
 * grub-mkconfig writes it.
 * @return 0; -1 RI_E_GUEST: no such section, two of them, or BEGIN without END ("run update-grub in
 *         the guest" is part of the message), or a @custom that is not the stock script, or holds
 *         such a BEGIN or END line itself.
 */
int ri_grub_cfg_put(struct ri_span cfg, struct ri_span custom, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The text between the quotes of the `set default="…"` that decides in 00_header's section (the one
 * in the else branch after next_entry).
 * @return 0; -1 RI_E_GUEST if it is missing.
 */
int ri_grub_cfg_get_default(struct ri_span cfg, struct ri_span *value,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * grub.cfg with that text replaced by @value: an entry's id, or text taken from another grub.cfg by
 * ri_grub_cfg_get_default.
 * @return 0; -1 RI_E_GUEST where @value between double quotes is not one word of GRUB's script
 *         (a quote, a control byte, a $ that names no variable), or as ri_grub_cfg_get_default.
 */
int ri_grub_cfg_set_default(struct ri_span cfg, struct ri_span value, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether @value, between double quotes, is one word of GRUB's script.
 * @return 0; -1 RI_E_GUEST, RI_E_NOMEM.
 */
int ri_grub_default_check(struct ri_span value, struct ri_err *e) RI_MUST_CHECK;
