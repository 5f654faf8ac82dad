// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Running other programs to their end: by argv, never through a shell, and with a deadline.
 */
#include "base/buf.h"
#include "host/child.h"

struct ri_process_opts {
	int timeout_s;              /* it is killed after so many seconds; 0: no limit */
	bool own_group;             /* a terminal's Ctrl-C does not reach it */
	bool uncancellable;         /* SIGINT and SIGTERM sent to us do not stop it either */
	size_t max_output;          /* the most bytes that its stdout may have; 0: 1 MiB */
	const struct ri_tool *tool; /* it is one of QEMU's, and keeps this; NULL: as we are */
	struct ri_child_fd fd;      /* it has this as well; ours 0: none */
};

struct ri_process_result {
	int status;        /* its exit status, or 128 + the signal that ended it */
	struct ri_buf out; /* its stdout */
	struct ri_buf err; /* the first 8 KiB of its stderr */
};

/**
 * Run argv[0], looked up in PATH, with stdin from /dev/null, and wait for it to end. *@out is for
 * ri_process_result_free.
 * @return 0 when it ran to its end, whatever its status; -1 RI_E_IO: it could not be started, took
 *         longer than @opts allow ("took longer than …") or printed more; RI_E_CANCELLED,
 *         RI_E_NOMEM.
 */
int ri_process_run(const char *const *argv, const struct ri_process_opts *opts,
    struct ri_process_result *out, struct ri_err *e) RI_MUST_CHECK;
void ri_process_result_free(struct ri_process_result *r);

/**
 * As ri_process_run, but a status other than 0 is an error, RI_E_IO, that quotes the program's
 * stderr. Its stdout is appended to @out, which may be NULL.
 */
int ri_process_check(const char *const *argv, const struct ri_process_opts *opts,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Send SIGKILL to the children of this process whose program name begins with @prefix.
 * @return how many there were.
 */
int ri_process_kill_children(const char *prefix);
/**
 * How many children of this process have a program name that begins with @prefix (proc(5), stat).
 */
int ri_process_count_children(const char *prefix);
