// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * commit_tool VOLUME STAGE_DIR: commits a few changes to a volume, as a build does with those of an appliance,
 * and ends with ramimg's exit status. Without an appliance it is quick enough to be tried at each system call.
 */
#include "commit/commit.h"
#include "host/process.h"

#include <stdio.h>

/* Over data, into holes, zeros over data, and less than a block. */
static int change(const struct ri_stage *s, struct ri_err *e)
{
	const char *argv[] = { "qemu-io", "-f", "qcow2", "-c", "write -q -P 0x5a 64k 64k", "-c",
		"write -q -P 0x5b 1M 200k", "-c", "write -q -z 3M 64k", "-c",
		"write -q -P 0x5c 3210k 512", s->overlay, NULL };

	return ri_process_check(argv, NULL, NULL, e);
}

static int run(const char *volume, const char *stage_dir, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };

	if (ri_volume_open(volume, NULL, RI_VOLUME_WRITE, &v, e) < 0 ||
	    ri_stage_new(&v, stage_dir, false, &s, e) < 0 || change(&s, e) < 0)
		return -1;
	const struct ri_commit_opts o = { .undo = true, .io = &ri_commit_io };

	return ri_commit(&s, &o, e);
}

int main(int argc, char **argv)
{
	struct ri_err e = { 0 };

	if (argc != 3) {
		fputs("usage: commit_tool VOLUME STAGE_DIR\n", stderr);
		return 2;
	}
	if (run(argv[1], argv[2], &e) == 0)
		return 0;
	fprintf(stderr, "commit_tool: %s\n", e.msg);
	return ri_err_exit_status(e.code);
}
