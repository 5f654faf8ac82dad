// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Other programs: run by argv, never through a shell, with a deadline.
 */
#include "base/buf.h"

struct ri_process_opts {
	int timeout_s;      /* killed after so many seconds; 0: no limit */
	bool own_group;     /* a terminal's Ctrl-C does not reach it */
	bool uncancellable; /* SIGINT and SIGTERM of ours do not stop it either */
	size_t max_output;  /* bytes kept of its stdout; 0: 1 MiB. More is an error */
};

struct ri_process_result {
	int status;        /* exit status, or 128 + signal */
	struct ri_buf out; /* its stdout */
	struct ri_buf err; /* the first 8 KiB of its stderr */
};

/**
 * Run argv[0] (looked up in PATH) with stdin from /dev/null and wait for it.
 * @return 0 when it ran to its end, whatever its status; -1 RI_E_IO where it could not be started,
 *         RI_E_IO "took longer than", RI_E_CANCELLED.
 */
int ri_process_run(const char *const *argv, const struct ri_process_opts *opts,
    struct ri_process_result *out, struct ri_err *e) RI_MUST_CHECK;
void ri_process_result_free(struct ri_process_result *r);

/** As ri_process_run, and a status other than 0 is an error that quotes the program's stderr. */
int ri_process_check(const char *const *argv, const struct ri_process_opts *opts,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Send SIGKILL to the child processes of this process whose program name begins with @prefix.
 * @return how many there were.
 */
int ri_process_kill_children(const char *prefix);
/** How many child processes have a program name that begins with @prefix (proc(5), stat). */
int ri_process_count_children(const char *prefix);
