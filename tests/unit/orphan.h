// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a program that is killed leaves behind.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/**
 * A process that has done @start, which gives 0, is killed before it can say a word to what it has
 * started: that ends too, by @signal.
 */
static inline void check_orphan(int (*start)(const void *arg), const void *arg, int signal)
{
	int ready[2], status;
	char c;
	pid_t pid;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* its parent's end makes it ours */
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* No assertion, which would go on as the parent. */
		if (start(arg) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signal);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}
