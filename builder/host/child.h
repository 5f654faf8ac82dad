// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A child process: how it starts, what it says at its end, and how that end came about.
 */
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** A child and our end of its stderr; both are the owner's until ri_child_close. */
struct ri_child {
	pid_t pid;  /* 0: none, or reaped */
	int err;    /* reads its stderr; -1: closed */
	int status; /* as waitpid(2) has it, once reaped */
};
#define RI_CHILD_INIT                                                                              \
	{                                                                                          \
		.err = -1                                                                          \
	}

/** A descriptor of ours, and the number that the child has it under. */
struct ri_child_fd {
	int ours, theirs;
};
#define RI_CHILD_FDS 4 /* at most so many are given */

struct ri_child_opts {
	const char *const *argv; /* argv[0] is looked up in PATH */
	const char *program;     /* this file is run in its stead; NULL: argv[0] */
	struct ri_child_fd fds[RI_CHILD_FDS];
	size_t n_fds;
	bool bare;        /* it has none of our environment */
	bool activated;   /* it is told that 3 is a listening socket (sd_listen_fds(3)) */
	bool own_group;   /* a terminal's Ctrl-C does not reach it */
	int death_signal; /* sent to it when the thread that started it ends (prctl(2)); 0: none */
};

/**
 * Start a program. Besides the given descriptors it has 0 and 1, which are /dev/null where they are
 * not given, and 2, which is our c->err; no others. No signal is blocked in it, and SIGPIPE, which
 * we ignore, has its default action.
 * @return 0 when it runs; -1 RI_E_IO "cannot run NAME: …", with the reason that execve(2) gave.
 */
int ri_child_start(const struct ri_child_opts *o, struct ri_child *c,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Read its stderr until the end of the stream or the time @until (ri_clock_ms), and keep the last
 * @size - 1 bytes in @last, with a NUL behind them.
 * @return how many bytes were kept.
 */
size_t ri_child_hear(struct ri_child *c, int64_t until, char *last, size_t size);

/**
 * Wait at most @ms milliseconds for its end, and reap it. A signal may cut the wait short.
 * @return 1: it has ended, c->status says how; 0: it still runs; -1: see errno.
 */
int ri_child_wait(struct ri_child *c, int ms) RI_MUST_CHECK;

/** Kill it where it still runs, and reap it; c->status says how it ended. */
void ri_child_end(struct ri_child *c);

/** ri_child_end, and our end of its stderr is closed. */
void ri_child_close(struct ri_child *c);

/**
 * It hung up: hear its last line and await its end for at most @ms milliseconds each, end it, and
 * say how it ended: "NAME ended by signal 9 (Killed): last words", "NAME ended with status 1: …",
 * or "NAME hung up: …" where it had to be killed.
 * @return always -1, RI_E_IO.
 */
int ri_child_died(struct ri_child *c, const char *name, int ms, struct ri_err *e);
