// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qemu/qmp_stream.h"

void ri_qmpread_free(struct ri_qmpread *r)
{
	ri_buf_free(&r->text);
	r->seen = 0;
}

int ri_qmpread_feed(struct ri_qmpread *r, const char *p, size_t n, struct ri_err *e)
{
	ri_buf_add(&r->text, p, n);
	if (ri_buf_check(&r->text, e) < 0)
		return -1;
	if (r->text.n > RI_QMP_LINE_MAX && !memchr(r->text.p + r->seen, '\n', r->text.n - r->seen))
		return ri_fail(e, RI_E_IO, 0, "it sent a line of more than %zu MiB",
		    RI_QMP_LINE_MAX >> 20);
	return 0;
}

/* Forget the first @n bytes. */
static void consume(struct ri_qmpread *r, size_t n)
{
	memmove(r->text.p, r->text.p + n, r->text.n - n);
	r->text.n -= n;
	r->text.p[r->text.n] = '\0';
	r->seen = 0;
}

static int parse(struct ri_span line, json_t **out, struct ri_err *e)
{
	json_error_t why;

	if (line.n > RI_QMP_LINE_MAX)
		return ri_fail(e, RI_E_IO, 0, "it sent a line of more than %zu MiB",
		    RI_QMP_LINE_MAX >> 20);
	*out = json_loadb(line.p, line.n, 0, &why);
	if (!*out)
		return ri_fail(e, RI_E_IO, 0, "it sent something that is not JSON (%s)", why.text);
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return ri_fail(e, RI_E_IO, 0, "it sent JSON that is not a message");
}

int ri_qmpread_next(struct ri_qmpread *r, json_t **out, struct ri_err *e)
{
	*out = NULL;
	while (r->text.n > 0) {
		char *end = memchr(r->text.p + r->seen, '\n', r->text.n - r->seen);
		struct ri_span line;
		int rc = 0;

		if (!end) {
			r->seen = r->text.n;
			return 0;
		}
		line = ri_span(r->text.p, (size_t)(end - r->text.p));
		while (line.n > 0 && (*line.p == '\xff' || *line.p == ' ' || *line.p == '\r'))
			line = ri_span_skip(line, 1);
		if (ri_span_trim(line).n > 0)
			rc = parse(line, out, e);
		consume(r, (size_t)(end - r->text.p) + 1);
		if (rc < 0 || *out)
			return rc;
	}
	return 0;
}
