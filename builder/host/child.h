// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A child process: starting it, hearing what it says on stderr, and finding out how it ended.
 */
#include "host/tool.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A child and our end of its stderr, for ri_child_close. Initialise with RI_CHILD_INIT. */
struct ri_child {
	pid_t pid;  /* 0: none, or already reaped */
	int err;    /* reads its stderr; -1: closed */
	int status; /* once reaped: as waitpid(2) gives it */
};
#define RI_CHILD_INIT                                                                              \
	{                                                                                          \
		.err = -1                                                                          \
	}

/** A descriptor of ours, borrowed, and its number in the child. */
struct ri_child_fd {
	int ours, theirs;
};
#define RI_CHILD_FDS 4 /* the most that can be passed on */

struct ri_child_opts {
	const char *const *argv;    /* argv[0] is looked up in PATH */
	const char *program;        /* run this file instead; NULL: argv[0] */
	const struct ri_tool *tool; /* it is one of QEMU's, and keeps this; NULL: as we are */
	struct ri_child_fd fds[RI_CHILD_FDS];
	size_t n_fds;
	bool bare;        /* its environment is empty */
	bool activated;   /* its environment says that 3 is a listening socket (sd_listen_fds(3)) */
	bool own_group;   /* a process group of its own: a terminal's Ctrl-C does not reach it */
	int death_signal; /* sent to it when the thread that started it ends (prctl(2)); 0: none */
};

/**
 * Start a program. Besides the descriptors in @o it has 0 and 1, which are /dev/null unless given,
 * and 2, which we read at c->err; no others. No signal is blocked in it, and SIGPIPE, which we
 * ignore, has its default action.
 * @return 0 once it runs; -1 RI_E_IO "cannot run NAME: …" with the reason that execve(2) gave, or
 *         RI_E_NOMEM: then there is nothing to close.
 */
int ri_child_start(const struct ri_child_opts *o, struct ri_child *c,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Read its stderr until the end of the stream or the time @until (ri_clock_ms), and keep the last
 * @size - 1 bytes in @last, followed by a NUL.
 * @return how many bytes were kept.
 */
size_t ri_child_hear(struct ri_child *c, int64_t until, char *last, size_t size);

/**
 * Wait at most @ms milliseconds for it to end, and reap it. A signal may cut the wait short.
 * @return 1: it has ended, and c->status says how; 0: it is still running; -1: see errno.
 */
int ri_child_wait(struct ri_child *c, int ms) RI_MUST_CHECK;

/** Kill it (SIGKILL) if it is still running, and reap it; c->status says how it ended. */
void ri_child_end(struct ri_child *c);

/** ri_child_end, and close our end of its stderr. */
void ri_child_close(struct ri_child *c);

/**
 * To be called when the child has hung up: read its last line and wait for its end, for at most @ms
 * milliseconds each, end it, and say what happened: "NAME ended by signal 9 (Killed): last line",
 * "NAME ended with status 1: …", or "NAME hung up: …" if it had to be killed.
 * @return always -1, RI_E_IO.
 */
int ri_child_died(struct ri_child *c, const char *name, int ms, struct ri_err *e);
