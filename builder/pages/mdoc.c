// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pages/mdoc.h"

static void add_char(struct ri_buf *out, char c, bool dash)
{
	switch (c) {
	case '\\':
		ri_buf_add_str(out, "\\e");
		break;
	case '`':
		ri_buf_add_str(out, "\\(ga");
		break;
	case '\'':
		ri_buf_add_str(out, "\\(aq");
		break;
	case '~':
		ri_buf_add_str(out, "\\(ti");
		break;
	case '^':
		ri_buf_add_str(out, "\\(ha");
		break;
	case '-':
		ri_buf_add_str(out, dash ? "\\-" : "-");
		break;
	default:
		ri_buf_add(out, &c, 1);
	}
}

void ri_mdoc_words(struct ri_buf *out, struct ri_span text)
{
	/* The dashes of an option are no hyphens: one can be copied into a shell, the other not. */
	bool dash = false;

	if (text.n > 0 && (text.p[0] == '.' || text.p[0] == '\''))
		ri_buf_add_str(out, "\\&");
	for (size_t i = 0; i < text.n; i++) {
		bool begins = i == 0 || strchr(" `\"(", text.p[i - 1]);

		dash = text.p[i] == '-' && (begins || dash);
		add_char(out, text.p[i], dash);
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

/** Whether a sentence ends with the word before @next. */
static bool ends(struct ri_span word, const char *next, const char *end)
{
	return word.n > 1 && word.p[word.n - 1] == '.' && next < end && *next >= 'A' &&
	       *next <= 'Z';
}

void ri_mdoc_prose(struct ri_buf *out, struct ri_span text)
{
	const char *p = text.n > 0 ? text.p : "", *end = p + text.n;
	struct ri_span last = { 0 };
	bool begins = true;

	for (;;) {
		const char *from;

		while (p < end && is_blank(*p))
			p++;
		if (p == end)
			break;
		if (!begins)
			ri_buf_add_str(out, ends(last, p, end) ? "\n" : " ");
		for (from = p; p < end && !is_blank(*p); p++)
			;
		last = ri_span(from, (size_t)(p - from));
		ri_mdoc_words(out, last);
		begins = false;
	}
	ri_buf_add_str(out, "\n");
}
