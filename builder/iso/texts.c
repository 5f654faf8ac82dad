// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "iso/texts.h"
#include "grub/grubentry.h"
#include "grub/grublex.h"
#include "grub/template.h"

extern const char ri_asset_iso_search[], ri_asset_iso_search_end[];
extern const char ri_asset_iso_menu[], ri_asset_iso_menu_end[];

static int check_cmdline(const struct ri_iso_spec *s, struct ri_err *e)
{
	struct ri_span rest = ri_str(s->cmdline), word;
	int rc;

	do
		rc = ri_grub_word(&rest, &word, e);
	while (rc > 0);
	return rc < 0 ? ri_ctx(e, "the kernel's command line") : 0;
}

int ri_iso_search(const struct ri_iso_spec *s, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_template_var vars[] = { { "ID", s->id } };

	return ri_template_expand(
	    ri_span(ri_asset_iso_search, (size_t)(ri_asset_iso_search_end - ri_asset_iso_search)),
	    vars, 1, out, e);
}

int ri_iso_menu(const struct ri_iso_spec *s, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF name = { 0 };

	if (ri_grub_os_name(s->os_name, &name, e) < 0 || check_cmdline(s, e) < 0)
		return -1;
	const struct ri_template_var vars[] = {
		{ "OS_NAME", name.p },
		{ "CMDLINE", s->cmdline },
	};
	return ri_template_expand(
	    ri_span(ri_asset_iso_menu, (size_t)(ri_asset_iso_menu_end - ri_asset_iso_menu)), vars,
	    sizeof vars / sizeof *vars, out, e);
}
