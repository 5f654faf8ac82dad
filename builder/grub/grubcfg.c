// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections and the default entry of /boot/grub/grub.cfg.
 */
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grublex.h"

#define BEGIN_MARK "### BEGIN "
#define END_MARK "### END "
#define CUSTOM "/etc/grub.d/40_custom"
#define HEADER "/etc/grub.d/00_header"

static struct ri_span without_lf(struct ri_span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	return line;
}

static bool is_begin(struct ri_span line, const char *script)
{
	size_t head = strlen(BEGIN_MARK), name = strlen(script);

	line = without_lf(line);
	return line.n == head + name + 4 && ri_span_starts(line, BEGIN_MARK) &&
	       memcmp(line.p + head, script, name) == 0 &&
	       memcmp(line.p + head + name, " ###", 4) == 0;
}

/**
 * Where the end mark stands in @line, or -1. It ends the line but need not begin it: it follows
 * right behind the output of a script whose last line has no LF.
 */
static ptrdiff_t find_end(struct ri_span line, const char *script)
{
	size_t head = strlen(END_MARK), name = strlen(script), n = head + name + 4;
	const char *p;

	line = without_lf(line);
	if (line.n < n)
		return -1;
	p = line.p + line.n - n;
	if (memcmp(p, END_MARK, head) != 0 || memcmp(p + head, script, name) != 0 ||
	    memcmp(p + head + name, " ###", 4) != 0)
		return -1;
	return p - line.p;
}

/** What one script printed into grub.cfg: the bytes from @from up to @to. */
struct section {
	size_t from, to;
};

static int find_section(struct ri_span cfg, const char *script, struct section *out,
    struct ri_err *e)
{
	struct section s = { 0 };
	struct ri_span rest = cfg, line;
	size_t at = 0, begins = 0, ends = 0;

	while (ri_span_line(&rest, &line)) {
		ptrdiff_t end = find_end(line, script);

		if (is_begin(line, script)) {
			begins++;
			s.from = at + line.n;
		}
		if (end >= 0) {
			ends++;
			s.to = at + (size_t)end;
		}
		at += line.n;
	}
	if (begins == 0)
		return ri_fail(e, RI_E_GUEST, 0,
		    "no section of %s; see that this script is executable and run update-grub in "
		    "the guest",
		    script);
	if (begins > 1 || ends > 1)
		return ri_fail(e, RI_E_GUEST, 0, "two sections of %s; run update-grub in the guest",
		    script);
	if (ends == 0 || s.to < s.from)
		return ri_fail(e, RI_E_GUEST, 0,
		    "the section of %s has no end; run update-grub in the guest", script);
	*out = s;
	return 0;
}

/**
 * Text that looks like the section's own marks would look like a second section to the next reader.
 */
static int check_printed(struct ri_span printed, struct ri_err *e)
{
	struct ri_span line;

	while (ri_span_line(&printed, &line))
		if (is_begin(line, CUSTOM) || find_end(line, CUSTOM) >= 0)
			return ri_fail(e, RI_E_GUEST, 0,
			    CUSTOM
			    " itself contains a line with grub.cfg's section mark; remove that "
			    "line: %.*s",
			    (int)(line.n > 120 ? 120 : without_lf(line).n), line.p);
	return 0;
}

int ri_grub_cfg_put(struct ri_span cfg, struct ri_span custom, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span printed;
	struct section s;

	if (ri_grub_custom_printed(custom, &printed, e) < 0)
		return ri_ctx(e, CUSTOM);
	if (check_printed(printed, e) < 0 || find_section(cfg, CUSTOM, &s, e) < 0)
		return -1;
	ri_buf_add(out, cfg.p, s.from);
	ri_buf_add_span(out, printed);
	ri_buf_add_span(out, ri_span_skip(cfg, s.to));
	return ri_buf_check(out, e);
}

/**
 * The value of `set default="VALUE"`, where @line is such a command and no more: one GRUB word in
 * double quotes.
 */
static bool default_of(struct ri_span line, struct ri_span *value)
{
	static const char head[] = "set default=";
	struct ri_err ignored;
	struct ri_span rest, word;

	line = ri_span_trim(line);
	if (!ri_span_starts(line, head))
		return false;
	rest = ri_span_skip(line, sizeof head - 1);
	if (ri_grub_word(&rest, &word, &ignored) != 1 || rest.n > 0 || word.n < 2 ||
	    word.p[0] != '"' || word.p[word.n - 1] != '"')
		return false;
	*value = ri_span(word.p + 1, word.n - 2);
	return true;
}

static bool is_next_entry_test(struct ri_span line)
{
	line = ri_span_trim(line);
	return ri_span_starts(line, "if [ \"${next_entry}\" ]") ||
	       ri_span_starts(line, "elif [ \"${next_entry}\" ]");
}

int ri_grub_cfg_get_default(struct ri_span cfg, struct ri_span *value, struct ri_err *e)
{
	enum { LOOKING, IN_TEST, IN_ELSE } where = LOOKING;
	struct ri_span rest, line;
	struct section s;

	if (find_section(cfg, HEADER, &s, e) < 0)
		return -1;
	rest = ri_span(cfg.p + s.from, s.to - s.from);
	while (ri_span_line(&rest, &line)) {
		if (where == LOOKING && is_next_entry_test(line))
			where = IN_TEST;
		else if (where == IN_TEST && ri_span_eq(ri_span_trim(line), ri_str("else")))
			where = IN_ELSE;
		else if (where == IN_ELSE && default_of(line, value))
			return 0;
		else if (where != LOOKING && ri_span_eq(ri_span_trim(line), ri_str("fi")))
			where = LOOKING;
	}
	return ri_fail(e, RI_E_GUEST, 0,
	    "the section of " HEADER " sets no default entry where ${next_entry} is empty; run "
	    "update-grub in the guest");
}

int ri_grub_default_check(struct ri_span value, struct ri_err *e)
{
	RI_BUF quoted = { 0 };
	struct ri_span rest, word;

	ri_buf_add(&quoted, "\"", 1);
	ri_buf_add_span(&quoted, value);
	ri_buf_add(&quoted, "\"", 1);
	if (ri_buf_check(&quoted, e) < 0)
		return -1;
	rest = ri_buf_span(&quoted);
	if (ri_grub_word(&rest, &word, e) < 0)
		return ri_ctx(e, "the default entry");
	if (rest.n > 0)
		return ri_fail(e, RI_E_GUEST, 0,
		    "the default entry: %.*s is not one word in double quotes",
		    (int)(value.n > 120 ? 120 : value.n), value.p);
	return 0;
}

int ri_grub_cfg_set_default(struct ri_span cfg, struct ri_span value, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_span old;
	size_t before;

	if (ri_grub_default_check(value, e) < 0 || ri_grub_cfg_get_default(cfg, &old, e) < 0)
		return -1;
	before = (size_t)(old.p - cfg.p);
	ri_buf_add(out, cfg.p, before);
	ri_buf_add_span(out, value);
	ri_buf_add(out, old.p + old.n, cfg.n - before - old.n);
	return ri_buf_check(out, e);
}
