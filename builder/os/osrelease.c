// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/osrelease.h"

enum { BARE = 0 };

/**
 * A value as os-release(5) has it: quoted like in a shell, but nothing in it is expanded. A quote
 * that is not closed ends with the line; a bare blank ends the value.
 */
static void unquote(struct ri_span s, struct ri_buf *out)
{
	char quote = BARE;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == quote) {
			quote = BARE;
		} else if (quote == BARE && (c == '"' || c == '\'')) {
			quote = c;
		} else if (quote == BARE && (c == ' ' || c == '\t')) {
			break;
		} else if (c == '\\' && i + 1 < s.n && quote != '\'' &&
			   (quote == BARE || memchr("\"\\$`", s.p[i + 1], 4))) {
			ri_buf_add(out, &s.p[++i], 1);
		} else {
			ri_buf_add(out, &c, 1);
		}
	}
}

/** Set *@field from @value; the last line of a name counts, as for a shell. */
static int set(char **field, struct ri_span value, struct ri_err *e)
{
	RI_BUF text = { 0 };
	char *got;

	unquote(value, &text);
	got = ri_buf_steal(&text);
	if (!got)
		return ri_nomem(e);
	free(*field);
	*field = got;
	return 0;
}

static int take_line(struct ri_span line, struct ri_osrelease *o, struct ri_err *e)
{
	const struct {
		const char *name;
		char **field;
	} names[] = {
		{ "ID=", &o->id },
		{ "NAME=", &o->name },
		{ "PRETTY_NAME=", &o->pretty_name },
		{ "VERSION_ID=", &o->version_id },
	};

	line = ri_span_trim(line);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i].name);

		if (ri_span_starts(line, names[i].name))
			return set(names[i].field, ri_span_skip(line, n), e);
	}
	return 0;
}

/** Give *@field its default if the file does not set it. */
static int fill(char **field, const char *fallback, struct ri_err *e)
{
	return *field && **field ? 0 : set(field, ri_str(fallback), e);
}

int ri_osrelease_parse(struct ri_span in, struct ri_osrelease *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_osrelease_free) struct ri_osrelease o = { 0 };
	struct ri_span line;

	if (in.n > 0 && memchr(in.p, '\0', in.n))
		return ri_fail(e, RI_E_GUEST, 0, "a NUL byte in os-release");
	while (ri_span_line(&in, &line))
		if (take_line(line, &o, e) < 0)
			return -1;
	if (fill(&o.id, "linux", e) < 0 || fill(&o.name, "Linux", e) < 0 ||
	    fill(&o.pretty_name, "", e) < 0 || fill(&o.version_id, "", e) < 0)
		return -1;
	*out = o;
	o = (struct ri_osrelease){ 0 };
	return 0;
}

void ri_osrelease_free(struct ri_osrelease *o)
{
	free(o->id);
	free(o->name);
	free(o->pretty_name);
	free(o->version_id);
	*o = (struct ri_osrelease){ 0 };
}
