// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/table.h"
#include "base/show.h"

int ri_table_cell(struct ri_strv *cells, const char *text, struct ri_err *e)
{
	RI_BUF shown = { 0 };

	ri_show_escape(&shown, ri_str(*text ? text : "-"), false);
	return ri_buf_check(&shown, e) < 0 ? -1 : ri_strv_add_span(cells, ri_buf_span(&shown), e);
}

static size_t width(const struct ri_strv *cells, size_t columns, size_t column)
{
	size_t most = 0;

	for (size_t i = column; i < cells->n; i += columns)
		if (strlen(cells->v[i]) > most)
			most = strlen(cells->v[i]);
	return most;
}

int ri_table_print(const struct ri_strv *cells, size_t columns, struct ri_buf *out,
    struct ri_err *e)
{
	for (size_t i = 0; i < cells->n; i++)
		if (i % columns + 1 < columns)
			ri_buf_addf(out, "%-*s  ", (int)width(cells, columns, i % columns),
			    cells->v[i]);
		else
			ri_buf_addf(out, "%s\n", cells->v[i]);
	return ri_buf_check(out, e);
}
