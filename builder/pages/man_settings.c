// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pages/man_settings.h"
#include "pages/mdoc.h"
#include "plan/origin.h"

/** A comment's text being turned into mdoc: prose, and between it lines that are indented, which stay as they are. */
struct comment {
	struct ri_buf prose;
	bool literal;
};

static void end_prose(struct comment *c, struct ri_buf *out)
{
	if (c->prose.n > 0)
		ri_mdoc_prose(out, ri_buf_span(&c->prose));
	out->oom = out->oom || c->prose.oom;
	ri_buf_free(&c->prose);
}

static void end_literal(struct comment *c, struct ri_buf *out)
{
	if (c->literal)
		ri_buf_add_str(out, ".Ed\n.Pp\n");
	c->literal = false;
}

/** One line of a comment, without its "#". */
static void add_line(struct comment *c, struct ri_span line, struct ri_buf *out)
{
	if (!ri_span_starts(line, "   ")) {
		end_literal(c, out);
		ri_buf_add_span(&c->prose, line);
		return;
	}
	end_prose(c, out);
	if (!c->literal)
		ri_buf_add_str(out, ".Bd -literal -offset indent\n");
	c->literal = true;
	ri_mdoc_words(out, ri_span_chomp(ri_span_skip(line, 3)));
	ri_buf_add_str(out, "\n");
}

/** The comment whose lines are @text, as they are in the example. */
static void add_comment(struct ri_span text, struct ri_buf *out)
{
	struct comment c = { 0 };
	struct ri_span line;

	while (ri_span_line(&text, &line)) {
		struct ri_span words = ri_span_trim(line);

		if (words.n > 0) /* with its line end, at which words part */
			add_line(&c, ri_span_skip(line, (size_t)(words.p - line.p) + 1), out);
	}
	end_prose(&c, out);
	if (c.literal)
		ri_buf_add_str(out, ".Ed\n");
}

/** The name that @line gives a value to, or NULL bytes. @sign: what stands behind it, "=" or ":". */
static struct ri_span name_in(struct ri_span line, char sign)
{
	struct ri_span words = ri_span_trim(line);
	size_t n = 0;

	while (n < words.n && (words.p[n] == '_' || (words.p[n] >= 'a' && words.p[n] <= 'z') ||
				  (words.p[n] >= '0' && words.p[n] <= '9')))
		n++;
	if (n > 0 && ri_span_starts(ri_span_trim(ri_span_skip(words, n)), (char[]){ sign, '\0' }))
		return ri_span(words.p, n);
	return ri_span(NULL, 0);
}

/** The comment above the setting @path in the example; nothing where it has none. */
static struct ri_span comment_of(struct ri_span example, const char *path)
{
	const char *dot = strchr(path, '.');
	struct ri_span group = ri_span(path, (size_t)(dot - path)), name = ri_str(dot + 1);
	struct ri_span line, found = { 0 };
	bool inside = false;

	while (ri_span_line(&example, &line)) {
		struct ri_span g = name_in(line, ':'), s = name_in(line, '=');

		if (ri_span_starts(ri_span_trim(line), "#")) {
			found = found.n > 0 ? ri_span(found.p, found.n + line.n) : line;
			continue;
		}
		if (g.n > 0)
			inside = ri_span_eq(g, group);
		else if (inside && s.n > 0 && ri_span_eq(s, name))
			return found;
		found.n = 0;
	}
	return ri_span(NULL, 0);
}

/** What a value may be. */
static void add_kind(const struct ri_setting *s, struct ri_buf *out)
{
	size_t n = 0;

	switch (s->kind) {
	case RI_SET_ENUM:
		for (; s->words[n]; n++)
			ri_buf_addf(out, "%s\\(dq%s\\(dq",
			    n == 0            ? ""
			    : s->words[n + 1] ? ", "
					      : " or ",
			    s->words[n]);
		ri_buf_add_str(out, ".\n");
		break;
	case RI_SET_INT:
		ri_buf_addf(out, "A whole number, %lld to %lld.\n", s->min, s->max);
		break;
	case RI_SET_SIZE:
		ri_buf_add_str(out, "A size.\n");
		break;
	case RI_SET_BOOL:
		ri_buf_add_str(out, "true or false.\n");
		break;
	case RI_SET_STRING:
		ri_buf_add_str(out, "A text.\n");
		break;
	case RI_SET_LIST:
		ri_buf_add_str(out, "A list of texts.\n");
		break;
	}
}

static int add_setting(const struct ri_setting *s, const struct ri_job *defaults,
    struct ri_span example, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span comment = comment_of(example, s->path);
	RI_BUF value = { 0 };

	if (comment.n == 0)
		return ri_fail(e, RI_E_CONFIG, 0, "%s has no comment in the example", s->path);
	ri_setting_show(s, defaults, &value);
	if (ri_buf_check(&value, e) < 0)
		return -1;
	ri_buf_addf(out, ".It Cm %s No = ", s->path);
	/* Quotes would be mdoc's own here, and brackets lose their blanks. */
	for (size_t i = 0; i < value.n; i++) {
		bool bracket = value.p[i] == '[' || value.p[i] == ']';

		if (value.p[i] == '"')
			ri_buf_add_str(out, "\\(dq");
		else
			ri_buf_addf(out, "%s%c", bracket ? "\\&" : "", value.p[i]);
	}
	ri_buf_add_str(out, "\n");
	add_kind(s, out);
	add_comment(comment, out);
	return 0;
}

int ri_man_settings(const struct ri_man_pieces *p, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job defaults = { 0 };
	struct ri_span rest = p->settings, line;
	bool listed = false;

	if (ri_job_defaults(&defaults, e) < 0)
		return -1;
	while (ri_span_line(&rest, &line)) {
		if (!ri_span_eq(ri_span_trim(line), ri_str("@SETTINGS@"))) {
			ri_buf_add_span(out, line);
			continue;
		}
		listed = true;
		for (size_t i = 0; i < ri_settings_n; i++)
			if (add_setting(&ri_settings[i], &defaults, p->example, out, e) < 0)
				return -1;
	}
	if (!listed)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "the page of the settings has no line @SETTINGS@");
	return ri_buf_check(out, e);
}
