// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/textdiff.h"
#include "base/show.h"
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
	for (struct ri_span rest = ri_buf_span(&r.out), line; ri_span_line(&rest, &line);) {
		if (line.p[line.n - 1] == '\n')
			line.n--;
		ri_show_escape(out, line, false);
		ri_buf_add_str(out, "\n");
	}
	return ri_buf_check(out, e);
}

int ri_textdiff(const char *dir, struct ri_labelled a, struct ri_labelled b, struct ri_buf *out,
    struct ri_err *e)
{
	RI_BUF own = { 0 };
	RI_FREE char *first = NULL;
	RI_FREE char *second = NULL;
	struct ri_err ignored;
	int rc = -1;

	ri_buf_addf(&own, "%s/diff-%d", dir, (int)getpid());
	if (ri_buf_check(&own, e) < 0)
		return -1;
	first = ri_file_join(own.p, "a");
	second = ri_file_join(own.p, "b");
	if (!first || !second)
		return ri_nomem(e);
	if (ri_file_mkdirs(own.p, 0700, e) == 0 && ri_file_put(first, a.text, 0600, e) == 0 &&
	    ri_file_put(second, b.text, 0600, e) == 0)
		rc = run_diff(first, second, a.label, b.label, out, e);
	if (ri_file_rmdir_flat(own.p, &ignored) < 0 && rc == 0) {
		*e = ignored;
		rc = -1;
	}
	return rc;
}
