// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/json.h"
#include "base/show.h"

json_t *ri_json_text(const char *s)
{
	RI_FREE char *ascii = NULL;

	if (ri_show_is_utf8(ri_str(s)))
		return json_string(s);
	ascii = strdup(s);
	for (char *p = ascii; p && *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return ascii ? json_string(ascii) : NULL;
}

static int take(const char *text, size_t n, void *out)
{
	ri_buf_add(out, text, n);
	return 0;
}

int ri_json_write(const json_t *j, size_t flags, struct ri_buf *out, struct ri_err *e)
{
	if (!j || json_dump_callback(j, take, out, flags) < 0)
		return ri_nomem(e);
	return ri_buf_check(out, e);
}

int ri_json_dump(const json_t *j, struct ri_buf *out, struct ri_err *e)
{
	if (ri_json_write(j, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(9), out, e) < 0)
		return -1;
	ri_buf_add_str(out, "\n");
	return ri_buf_check(out, e);
}

int ri_json_add_texts(json_t *list, struct ri_strv *out, struct ri_err *e)
{
	json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
	{
		if (json_string_value(s) && ri_strv_add(out, json_string_value(s), e) < 0)
			return -1;
	}
	return 0;
}
