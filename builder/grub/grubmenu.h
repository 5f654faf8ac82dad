// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The menu that a grub.cfg makes: its entries and submenus, in their order, and which of them a value
 * of `default` means.
 */
#include "base/buf.h"

#include <stdint.h>

/** No parent: at the top. */
#define RI_GRUB_TOP SIZE_MAX

/** An entry or a submenu. The spans are of grub.cfg's text. */
struct ri_grub_node {
	struct ri_span header; /* between the command's name and the block */
	struct ri_span body;   /* an entry's: between its braces */
	struct ri_span whole;  /* from the command's name to the brace that closes its block */
	size_t parent;         /* the submenu that it stands in, or RI_GRUB_TOP */
	size_t place;          /* among its parent's nodes, from 0 */
	size_t children;       /* nodes of a submenu */
	bool submenu;
	bool maybe; /* inside of an `if` or a loop: only GRUB knows whether it is there, or once */
};

struct ri_grub_menu {
	struct ri_grub_node *v;
	size_t n, cap;
};

/**
 * Find all entries of @cfg, which must outlive @out; what else stands in it is skipped.
 * @return 0; -1 RI_E_GUEST with the line of a brace, quote or `fi` that has no partner, or of a
 *         17th submenu in a submenu; RI_E_NOMEM.
 */
int ri_grub_menu_read(struct ri_span cfg, struct ri_grub_menu *out, struct ri_err *e) RI_MUST_CHECK;
void ri_grub_menu_free(struct ri_grub_menu *m);

/**
 * *@out: what `set default="VALUE"` means, as GRUB looks for it (grub-core/normal/menu.c): a number,
 * an id or a title, and behind a > the same in that submenu. NULL: nothing, or only GRUB knows.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_grub_menu_find(const struct ri_grub_menu *m, struct ri_span value,
    const struct ri_grub_node **out, struct ri_err *e) RI_MUST_CHECK;
