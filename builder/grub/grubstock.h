// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The entry that the RAM entry takes after: the guest's own default, as it stands in grub.cfg.
 */
#include "grub/grubbody.h"

struct ri_grub_stock_ask {
	struct ri_span cfg;         /* grub.cfg without ramimg's traces */
	struct ri_span saved_entry; /* that variable of GRUB's environment block, or nothing */
	struct ri_grub_boots boots;
};

struct ri_grub_stock {
	/*
	 * The entry's options, but for its id: "--class debian --unrestricted". Without a p where they
	 * could not be understood. In a submenu that not everybody may open, the entry has the
	 * submenu's users: GRUB asks on the way to it.
	 */
	struct ri_buf attributes;
	struct ri_buf
	    access; /* of them, who may boot it: "--unrestricted", "--users 'a,b'", or empty */
	struct ri_buf
	    kernel; /* the path of the kernel that it boots; without a p: there is no such entry */
	bool has_body; /* its commands were understood */
	struct ri_grub_body body;
	struct ri_buf
	    why; /* what was not understood, a sentence without its stop; without a p: all was */
};

/**
 * Which entry: the one that `default` means, if that boots the kernel of @ask->boots (with
 * "${saved_entry}" the one that is saved); else the first that does.
 * @return 0, also where there is none (@out->why says so); -1 RI_E_NOMEM.
 */
int ri_grub_stock_read(const struct ri_grub_stock_ask *ask, struct ri_grub_stock *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Append the name, without its directory, of the kernel that the guest's default entry boots; @ask->boots is not
 * looked at. Nothing, where there is none or only GRUB knows which.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_grub_stock_kernel(const struct ri_grub_stock_ask *ask, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_grub_stock_free(struct ri_grub_stock *s);

/**
 * Whether the entry in @block, ramimg's text between its markers, may be booted by those who may boot
 * @stock's: GRUB stands at "Enter username:" where it asks for more. What was not understood of @stock
 * is not compared.
 * @return 1 or 0; -1 RI_E_NOMEM.
 */
int ri_grub_same_access(struct ri_span block, const struct ri_grub_stock *stock,
    struct ri_err *e) RI_MUST_CHECK;
