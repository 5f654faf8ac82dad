// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/show.h"

/**
 * Decode one UTF-8 character at @p, @n > 0 bytes long at most (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF). @return its length, or 0 if there is no valid one.
 */
static size_t decode(const unsigned char *p, size_t n, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len;
	uint32_t c;

	if (p[0] < 0x80) {
		*out = p[0];
		return 1;
	}
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len)
		return 0;
	c = p[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return len;
}

/** Characters beyond ASCII that move, hide or reorder what stands around them. */
static bool is_hostile(uint32_t c)
{
	return (c >= 0x80 && c <= 0x9f) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xe0000 && c <= 0xe007f);
}

static void escape_ascii(struct ri_buf *out, unsigned char c)
{
	if (c == '\n')
		ri_buf_add_str(out, "\\n");
	else if (c == '\t')
		ri_buf_add_str(out, "\\t");
	else if (c == '\r')
		ri_buf_add_str(out, "\\r");
	else if (c < 0x20 || c == 0x7f)
		ri_buf_addf(out, "\\x%02x", c);
	else
		ri_buf_add(out, &c, 1);
}

void ri_show_escape(struct ri_buf *out, struct ri_span s, bool ascii)
{
	const unsigned char *p = (const unsigned char *)s.p, *end = p + s.n;

	while (p < end) {
		uint32_t c;
		size_t len = decode(p, (size_t)(end - p), &c);

		if (len == 1)
			escape_ascii(out, *p);
		else if (len == 0)
			ri_buf_addf(out, "\\x%02x", *p);
		else if (ascii || is_hostile(c))
			ri_buf_addf(out, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
		else
			ri_buf_add(out, p, len);
		p += len > 0 ? len : 1;
	}
}

bool ri_show_is_utf8(struct ri_span s)
{
	while (s.n > 0) {
		uint32_t c;
		size_t len = decode((const unsigned char *)s.p, s.n, &c);

		if (len == 0)
			return false;
		s = ri_span_skip(s, len);
	}
	return true;
}

size_t ri_show_fit(struct ri_span s, size_t columns)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t used = 0, i = 0;

	while (i < s.n) {
		uint32_t c;
		size_t len = decode(p + i, s.n - i, &c);
		size_t width = len == 1 ? 1 : 2;

		if (used + width > columns)
			break;
		used += width;
		i += len > 0 ? len : 1;
	}
	return i;
}

const char *ri_show_bytes(uint64_t bytes, char out[static RI_SHOW_FIGURE])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t unit = 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(out, RI_SHOW_FIGURE, "%u B", (unsigned)bytes);
		return out;
	}
	/* What would be rounded to "1024.0" is one of the larger unit. */
	while (i < 5 && bytes >= unit * 1024 - unit / 20) {
		unit *= 1024;
		i++;
	}
	snprintf(out, RI_SHOW_FIGURE, "%.1f %s", (double)bytes / (double)unit, units[i]);
	return out;
}

const char *ri_show_duration(uint64_t seconds, char out[static RI_SHOW_FIGURE])
{
	unsigned long long h = seconds / 3600;
	unsigned m = (unsigned)(seconds / 60 % 60), s = (unsigned)(seconds % 60);

	if (h > 0)
		snprintf(out, RI_SHOW_FIGURE, "%llu:%02u:%02u", h, m, s);
	else
		snprintf(out, RI_SHOW_FIGURE, "%u:%02u", m, s);
	return out;
}
