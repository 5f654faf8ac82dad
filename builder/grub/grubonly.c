// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grubonly.h"
#include "grub/grubcustom.h"
#include "grub/grubmenu.h"

/* A command that GRUB always has, which does nothing. */
#define IN_ITS_PLACE "set ramimg_slim=1"

static bool is_within(struct ri_span part, struct ri_span whole)
{
	return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

int ri_grub_cfg_only(struct ri_span cfg, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu menu = { 0 };
	struct ri_span ours = ri_grub_find_block(cfg);
	const char *from = cfg.p;

	if (ours.n == 0)
		return ri_fail(e, RI_E_GUEST, 0, "grub.cfg has no entry of ramimg");
	if (ri_grub_menu_read(cfg, &menu, e) < 0)
		return -1;
	for (size_t i = 0; i < menu.n; i++) {
		const struct ri_grub_node *node = &menu.v[i];

		if (node->parent != RI_GRUB_TOP || is_within(node->whole, ours))
			continue;
		ri_buf_add(out, from, (size_t)(node->whole.p - from));
		if (node->maybe)
			ri_buf_add_str(out, IN_ITS_PLACE);
		from = node->whole.p + node->whole.n;
	}
	ri_buf_add(out, from, (size_t)(cfg.p + cfg.n - from));
	return ri_buf_check(out, e);
}
