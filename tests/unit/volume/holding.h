// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Others who have an image open.
 */
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct holder {
	pid_t pid;
	int out;
};

/* A program that says something once it has the image open, and then stays. */
static inline struct holder hold(const char *const *argv)
{
	posix_spawn_file_actions_t fa;
	struct holder q;
	int in[2], out[2];
	char *const *args;
	char prompt[16];
	extern char **environ;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in[0], 0);
	posix_spawn_file_actions_adddup2(&fa, out[1], 1);
	posix_spawn_file_actions_addclose(&fa, in[1]);
	memcpy(&args, &argv, sizeof args);
	assert_int_equal(posix_spawnp(&q.pid, argv[0], &fa, NULL, args, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	close(in[0]);
	close(out[1]);
	q.out = out[0];
	assert_true(read(q.out, prompt, sizeof prompt) > 0);
	return q;
}

static inline void let_go(struct holder q)
{
	kill(q.pid, SIGKILL);
	waitpid(q.pid, NULL, 0);
	close(q.out);
}
