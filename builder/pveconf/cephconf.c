// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/cephconf.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_uuid(struct ri_span s)
{
	if (s.n != RI_CEPH_FSID_LEN)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = lower(s.p[i]);
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

/* "key = value", without what follows a "#" or ";". */
static bool split(struct ri_span line, struct ri_span *key, struct ri_span *value)
{
	const char *eq;

	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' || line.p[i] == ';')
			line.n = i;
	eq = line.n ? memchr(line.p, '=', line.n) : NULL;
	if (!eq)
		return false;
	*key = ri_span_trim(ri_span(line.p, (size_t)(eq - line.p)));
	*value = ri_span_trim(ri_span_skip(line, (size_t)(eq - line.p) + 1));
	return true;
}

bool ri_ceph_fsid(struct ri_span text, char out[RI_CEPH_FSID_LEN + 1])
{
	struct ri_span line, key, value;
	bool global = false, found = false;

	while (ri_span_line(&text, &line)) {
		line = ri_span_trim(line);
		if (line.n > 1 && line.p[0] == '[') {
			const char *end = memchr(line.p, ']', line.n);

			global = end && ri_span_eq_nocase(ri_span_trim(ri_span(line.p + 1,
							      (size_t)(end - line.p) - 1)),
					    "global");
		} else if (global && split(line, &key, &value) && ri_span_eq_nocase(key, "fsid") &&
			   is_uuid(value)) {
			for (size_t i = 0; i < value.n; i++)
				out[i] = lower(value.p[i]);
			out[value.n] = '\0';
			found = true;
		}
	}
	return found;
}
