// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/grubenv.h"

#define HEADER "# GRUB Environment Block\n"

static void pad(struct ri_buf *out, size_t n)
{
	for (; n > 0; n--)
		ri_buf_add(out, "#", 1);
}

void ri_grubenv_empty(struct ri_buf *out)
{
	ri_buf_add_str(out, HEADER);
	pad(out, RI_GRUBENV_BYTES - strlen(HEADER));
}

/** The used part of the block: everything before the '#' that fill it up. */
static struct ri_span used(struct ri_span block)
{
	while (block.n > 0 && block.p[block.n - 1] == '#')
		block.n--;
	return block;
}

/** Whether the last line has a line end, which counts only if no backslash precedes it. */
static bool has_end(struct ri_span lines)
{
	bool end = false;

	for (size_t i = 0; i < lines.n; i += lines.p[i] == '\\' ? 2 : 1)
		end = lines.p[i] == '\n';
	return end;
}

int ri_grubenv_check(struct ri_span block, struct ri_err *e)
{
	if (block.n != RI_GRUBENV_BYTES)
		return ri_fail(e, RI_E_GUEST, 0, "GRUB's environment block has %zu bytes, not %d",
		    block.n, RI_GRUBENV_BYTES);
	if (!ri_span_starts(block, HEADER))
		return ri_fail(e, RI_E_GUEST, 0,
		    "GRUB's environment block does not begin with \"# GRUB Environment Block\"");
	if (!has_end(used(block)))
		return ri_fail(e, RI_E_GUEST, 0,
		    "GRUB's environment block ends in the middle of a line");
	return 0;
}

/** Cut the next line, its end included, off @rest; an escaped line end does not end the line. */
static bool next_line(struct ri_span *rest, struct ri_span *line)
{
	size_t n = 0;

	if (rest->n == 0)
		return false;
	while (n < rest->n && rest->p[n] != '\n')
		n += rest->p[n] == '\\' ? 2 : 1;
	n = n < rest->n ? n + 1 : rest->n;
	*line = ri_span(rest->p, n);
	*rest = ri_span_skip(*rest, n);
	return true;
}

static bool is_of(struct ri_span line, const char *name)
{
	size_t n = strlen(name);

	return line.n > n && memcmp(line.p, name, n) == 0 && line.p[n] == '=';
}

bool ri_grubenv_get(struct ri_span block, const char *name, struct ri_span *value)
{
	struct ri_span rest, line;
	struct ri_err ignored;

	if (ri_grubenv_check(block, &ignored) < 0)
		return false;
	rest = used(block);
	while (next_line(&rest, &line)) {
		if (!is_of(line, name))
			continue;
		*value = ri_span_skip(line, strlen(name) + 1);
		value->n--;
		return true;
	}
	return false;
}

bool ri_grubenv_has_any(struct ri_span block)
{
	struct ri_span rest = used(block), line;

	while (next_line(&rest, &line))
		if (line.p[0] != '#' && memchr(line.p, '=', line.n))
			return true;
	return false;
}

int ri_grubenv_set(struct ri_span block, const char *name, const char *value, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_span rest, line;
	RI_BUF text = { 0 };
	bool placed = false;

	if (ri_grubenv_check(block, e) < 0)
		return -1;
	rest = used(block);
	while (next_line(&rest, &line)) {
		if (!is_of(line, name)) {
			ri_buf_add_span(&text, line);
		} else if (value && !placed) {
			ri_buf_addf(&text, "%s=%s\n", name, value);
			placed = true;
		}
	}
	if (value && !placed)
		ri_buf_addf(&text, "%s=%s\n", name, value);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	if (text.n > RI_GRUBENV_BYTES)
		return ri_fail(e, RI_E_GUEST, 0, "GRUB's environment block has no room for %s",
		    name);
	ri_buf_add_span(out, ri_buf_span(&text));
	pad(out, RI_GRUBENV_BYTES - text.n);
	return ri_buf_check(out, e);
}

unsigned ri_grubenv_failed(struct ri_span block)
{
	struct ri_span value;

	if (!ri_grubenv_get(block, RI_GRUBENV_FAILED, &value) || value.n == 0)
		return 0;
	return ri_span_eq(value, ri_str("2")) ? 2 : 1;
}
