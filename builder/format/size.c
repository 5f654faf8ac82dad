// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/size.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/** Cut the decimal number off *@text. @return 0; -1 RI_E_CONFIG: no digit, or too many. */
static int take_number(const char **text, uint64_t *out, struct ri_err *e)
{
	const char *p = *text;
	uint64_t v = 0;

	if (!is_digit(*p))
		return ri_fail(e, RI_E_CONFIG, 0, "\"%.40s\" does not begin with a digit", p);
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return ri_fail(e, RI_E_CONFIG, 0, "\"%.40s\" is too large", *text);
	*text = p;
	*out = v;
	return 0;
}

/** How many bits the unit letter @c shifts by; -1 if it is not a unit. */
static int unit_shift(char c)
{
	switch (c) {
	case '\0':
		return 0;
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	case 'T':
	case 't':
		return 40;
	default:
		return -1;
	}
}

int ri_size_parse(const char *text, uint64_t *out, struct ri_err *e)
{
	const char *p = text;
	uint64_t v = 0;
	int shift;

	if (*text == '\0')
		return ri_fail(e, RI_E_CONFIG, 0, "an empty text is not a size");
	if (take_number(&p, &v, e) < 0)
		return -1;
	shift = unit_shift(*p);
	if (shift < 0 || (shift > 0 && p[1] != '\0'))
		return ri_fail(e, RI_E_CONFIG, 0,
		    "\"%.40s\" is not a number of bytes, optionally followed by K, M, G or T",
		    text);
	if (__builtin_mul_overflow(v, (uint64_t)1 << shift, &v))
		return ri_fail(e, RI_E_CONFIG, 0, "\"%.40s\" is too large", text);
	*out = v;
	return 0;
}

int ri_tmpfs_size_check(const char *text, struct ri_err *e)
{
	size_t n = strlen(text);
	const char *p = text;
	uint64_t v;

	if (n == 0 || text[n - 1] != '%') {
		if (ri_size_parse(text, &v, e) < 0)
			return -1;
		/* For a tmpfs, 0 means no limit at all (tmpfs(5)), which nobody means by a size. */
		return v > 0 ? 0 : ri_fail(e, RI_E_CONFIG, 0, "\"%s\" leaves no room", text);
	}
	if (take_number(&p, &v, e) < 0)
		return -1;
	if (p[0] != '%' || p[1] != '\0' || v < 1 || v > 100)
		return ri_fail(e, RI_E_CONFIG, 0, "\"%.40s\" is not in 1%%..100%%", text);
	return 0;
}
