// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * commit_tool [-k KEEP] [-o OVERLAY] VOLUME STAGE_DIR: commits a few changes to a volume, as a build does with
 * those of an appliance, and ends with ramimg's exit status. Without an appliance it is quick enough to be tried
 * at each system call. KEEP becomes a copy of STAGE_DIR as it is once the commit is recorded; OVERLAY, a qcow2 on
 * VOLUME, has the changes in place of the usual ones.
 *
 * commit_tool -r complete|undo VOLUME STAGE_DIR: ends the commit that is recorded, as `ramimg recover` does.
 *
 * commit_tool_bare is the same program, whose programs of QEMU's are not confined: one that stands for
 * qemu-nbd in PATH can write a log.
 */
#include "commit/commit.h"
#include "host/process.h"

#include <stdio.h>
#include <unistd.h>

/* Over data, into holes, zeros over data, and less than a block. */
static int change(const struct ri_stage *s, struct ri_err *e)
{
	const char *argv[] = { "qemu-io", "-f", "qcow2", "-c", "write -q -P 0x5a 64k 64k", "-c",
		"write -q -P 0x5b 1M 200k", "-c", "write -q -z 3M 64k", "-c",
		"write -q -P 0x5c 3210k 512", s->overlay, NULL };

	return ri_process_check(argv, NULL, NULL, e);
}

static int copy(const char *from, const char *to, struct ri_err *e)
{
	const char *argv[] = { "cp", "-a", "--sparse=always", from, to, NULL };

	return ri_process_check(argv, NULL, NULL, e);
}

static struct {
	const char *volume, *stage_dir, *keep, *overlay, *recover;
} words;

static int keep(void *arg, struct ri_err *e)
{
	(void)arg;
	return copy(words.stage_dir, words.keep, e);
}

static int recover(struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	bool undo = strcmp(words.recover, "undo") == 0;
	struct ri_recovered r;

	return ri_volume_open(words.volume, NULL, RI_VOLUME_WRITE, &v, e) < 0
		   ? -1
		   : ri_recover(&v, words.stage_dir, undo ? RI_RECOVER_UNDO : RI_RECOVER_COMPLETE,
			 &ri_commit_io, &r, e);
}

static int run(struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };

	if (ri_volume_open(words.volume, NULL, RI_VOLUME_WRITE, &v, e) < 0 ||
	    ri_stage_new(&v, words.stage_dir, false, &s, e) < 0 ||
	    (words.overlay ? copy(words.overlay, s.overlay, e) : change(&s, e)) < 0)
		return -1;
	const struct ri_commit_opts o = { .undo = true,
		.io = &ri_commit_io,
		.begin = words.keep ? keep : NULL };

	return ri_commit(&s, &o, e);
}

static bool read_words(int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "k:o:r:")) >= 0;)
		if (c == 'k')
			words.keep = optarg;
		else if (c == 'o')
			words.overlay = optarg;
		else if (c == 'r')
			words.recover = optarg;
		else
			return false;
	if (argc - optind != 2)
		return false;
	words.volume = argv[optind];
	words.stage_dir = argv[optind + 1];
	return true;
}

int main(int argc, char **argv)
{
	struct ri_err e = { 0 };

	if (!read_words(argc, argv)) {
		fputs(
		    "usage: commit_tool [-k KEEP] [-o OVERLAY] [-r complete|undo] VOLUME STAGE_DIR\n",
		    stderr);
		return 2;
	}
	if ((words.recover ? recover(&e) : run(&e)) == 0)
		return 0;
	fprintf(stderr, "commit_tool: %s\n", e.msg);
	return ri_err_exit_status(e.code);
}
