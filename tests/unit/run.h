// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Running the real programs that must read what is made, and make what must be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

extern char **environ;

/** Append all of the file to @b. */
static inline void slurp(const char *path, struct ri_buf *b)
{
	char chunk[65536];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("opening %s: %s", path, strerror(errno));
	while ((n = read(fd, chunk, sizeof chunk)) > 0)
		ri_buf_add(b, chunk, (size_t)n);
	assert_int_equal(n, 0);
	assert_false(b->oom);
	close(fd);
}

/** Make the file hold @s and nothing else. */
static inline void spit(const char *path, struct ri_span s)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		fail_msg("creating %s: %s", path, strerror(errno));
	for (size_t at = 0; at < s.n;) {
		ssize_t n = write(fd, s.p + at, s.n - at);

		assert_true(n > 0);
		at += (size_t)n;
	}
	assert_int_equal(close(fd), 0);
}

/**
 * Run argv[0] in the directory @cwd (NULL: here) with stdin from @in and stdout to @out (NULL:
 * /dev/null), stderr to @err (NULL: ours). @return its exit status.
 */
static inline int run_to(const char *cwd, const char *in, const char *out, const char *err,
    const char *const *argv)
{
	posix_spawn_file_actions_t fa;
	int status, rc;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, in ? in : "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, out ? out : "/dev/null",
	    O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (err)
		posix_spawn_file_actions_addopen(&fa, 2, err, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (cwd)
		posix_spawn_file_actions_addchdir_np(&fa, cwd);
	rc = posix_spawnp(&pid, argv[0], &fa, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (rc != 0)
		fail_msg("running %s: %s", argv[0], strerror(rc));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/** The same, which must end with status 0. */
static inline void run_ok(const char *cwd, const char *in, const char *out, const char *const *argv)
{
	int status = run_to(cwd, in, out, NULL, argv);

	if (status != 0)
		fail_msg("%s ended with status %d", argv[0], status);
}

#define RUN(cwd, in, out, ...) run_ok(cwd, in, out, (const char *const[]){ __VA_ARGS__, NULL })
