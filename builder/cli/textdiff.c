// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/textdiff.h"
#include "base/show.h"
#include "host/dir.h"
#include "host/hostfile.h"
#include "host/process.h"

static int run_diff(const char *a, const char *b, const char *label_a, const char *label_b,
    struct ri_buf *out, struct ri_err *e)
{
	const char *argv[] = { "diff", "-u", "--text", "--label", label_a, "--label", label_b, a, b,
		NULL };
	struct ri_process_opts opts = { .timeout_s = 60, .max_output = 4u << 20 };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };

	if (ri_process_run(argv, &opts, &r, e) < 0)
		return -1;
	if (r.status > 1) /* 0: equal, 1: different (diff(1)) */
		return ri_fail(e, RI_E_IO, 0, "diff failed, with status %d: %.*s", r.status,
		    (int)(r.err.n < 500 ? r.err.n : 500), r.err.n > 0 ? r.err.p : "");
	for (struct ri_span rest = ri_buf_span(&r.out), line; ri_span_line(&rest, &line);) {
		if (line.p[line.n - 1] == '\n')
			line.n--;
		ri_show_escape(out, line, false);
		ri_buf_add_str(out, "\n");
	}
	return ri_buf_check(out, e);
}

int ri_textdiff(struct ri_labelled a, struct ri_labelled b, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_remove_temporary) struct ri_dir own = { 0 };
	RI_FREE char *first = NULL;
	RI_FREE char *second = NULL;

	if (ri_dir_make_temporary(&own, e) < 0)
		return -1;
	first = ri_file_join(own.path, "a");
	second = ri_file_join(own.path, "b");
	if (!first || !second)
		return ri_nomem(e);
	if (ri_dir_put(&own, "a", a.text, 0600, e) < 0 ||
	    ri_dir_put(&own, "b", b.text, 0600, e) < 0)
		return -1;
	return run_diff(first, second, a.label, b.label, out, e);
}
