// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/await.h"
#include "loader/cons.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/** What all threads of @pid have used, the dead ones too; -1 where that cannot be told. */
static int64_t cpu_ns(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		return -1;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int ri_await(pid_t pid, int64_t idle_ms, int *status, bool *stuck, struct ri_err *e)
{
	const struct timespec second = { 1, 0 };
	int64_t used = -1, since = ri_now_ms();
	sigset_t child, before;
	pid_t got;

	*stuck = false;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	/* Blocked, so that one between the two calls below is not lost. */
	sigprocmask(SIG_BLOCK, &child, &before);
	while ((got = waitpid(pid, status, WNOHANG)) == 0) {
		int64_t now;

		sigtimedwait(&child, NULL, &second);
		now = cpu_ns(pid);
		if (now < 0 || now != used) {
			used = now;
			since = ri_now_ms();
		} else if (!*stuck && ri_now_ms() - since >= idle_ms) {
			*stuck = true;
			kill(pid, SIGKILL);
		}
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return got == pid ? 0 : ri_fail(e, RI_E_IO, errno, "waiting for the unpacking process");
}
