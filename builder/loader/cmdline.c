// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/cmdline.h"
#include "format/size.h"

static bool take_word(struct ri_span *rest, struct ri_span *word)
{
	*rest = ri_span_trim(*rest);
	*word = ri_span(rest->p, 0);
	while (word->n < rest->n && !strchr(" \t\r\n", rest->p[word->n]))
		word->n++;
	rest->p += word->n;
	rest->n -= word->n;
	return word->n > 0;
}

bool ri_cmdline_has(struct ri_span cmdline, const char *word)
{
	struct ri_span w;

	while (take_word(&cmdline, &w))
		if (ri_span_eq(w, ri_str(word)))
			return true;
	return false;
}

static int set_size(struct ri_manifest *m, struct ri_span value, struct ri_err *e)
{
	RI_FREE char *size = ri_span_dup(value);

	if (!size)
		return ri_nomem(e);
	if (ri_tmpfs_size_check(size, e) < 0)
		return ri_ctx(e, "ramimg.size=%.80s on the kernel line", size);
	free(m->tmpfs_size);
	m->tmpfs_size = ri_steal(size);
	return 0;
}

int ri_cmdline_apply(struct ri_span cmdline, struct ri_manifest *m, struct ri_err *e)
{
	static const char size[] = "ramimg.size=";
	struct ri_span rest = cmdline, w;

	if (ri_cmdline_has(cmdline, "ramimg.disk"))
		return ri_fail(e, RI_E_CONFIG, 0, "ramimg.disk is on the kernel line");
	m->foreign = ri_cmdline_has(cmdline, "ramimg.foreign");
	while (take_word(&rest, &w))
		if (ri_span_starts(w, size) && set_size(m, ri_span_skip(w, strlen(size)), e) < 0)
			return -1;
	return 0;
}
