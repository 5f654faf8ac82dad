// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cmd_internal.h"
#include "plan/origin.h"
#include "report/json_config.h"
#include "report/table.h"
#include "report/text.h"

#define COLUMNS 3

static int table(const struct ri_job *job, struct ri_buf *out, struct ri_err *e)
{
	RI_STRV cells = { 0 };

	if (ri_table_cell(&cells, "SETTING", e) < 0 || ri_table_cell(&cells, "FROM", e) < 0 ||
	    ri_table_cell(&cells, "VALUE", e) < 0)
		return -1;
	for (size_t i = 0; i < ri_settings_n; i++) {
		const char *origin = ri_origin_of(job, &ri_settings[i]);
		RI_BUF value = { 0 };

		ri_setting_show(&ri_settings[i], job, &value);
		if (ri_buf_check(&value, e) < 0 ||
		    ri_table_cell(&cells, ri_settings[i].path, e) < 0 ||
		    ri_table_cell(&cells, origin ? origin : "default", e) < 0 ||
		    ri_table_cell(&cells, value.p, e) < 0)
			return -1;
	}
	return ri_table_print(&cells, COLUMNS, out, e);
}

int ri_cmd_config(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (o->json ? ri_report_config(job, o->target, &text, e) < 0 : table(job, &text, e) < 0)
		return -1;
	return ri_print(&text);
}
