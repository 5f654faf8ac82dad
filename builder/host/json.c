// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/json.h"

json_t *ri_json_text(const char *s)
{
	json_t *j = json_string(s);
	RI_FREE char *ascii = NULL;

	if (j)
		return j;
	ascii = strdup(s);
	for (char *p = ascii; p && *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return ascii ? json_string(ascii) : NULL;
}

int ri_json_dump(json_t *j, struct ri_buf *out, struct ri_err *e)
{
	RI_FREE char *s =
	    j ? json_dumps(j, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(9)) : NULL;

	if (!s)
		return ri_nomem(e);
	ri_buf_add_str(out, s);
	ri_buf_add_str(out, "\n");
	return ri_buf_check(out, e);
}
