// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/lvm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 30000 };

static int spawn_quiet(pid_t *pid, char *const argv[])
{
	static char *const environment[] = { "PATH=/sbin:/usr/sbin:/bin:/usr/bin",
		"LVM_SUPPRESS_FD_WARNINGS=1", NULL };
	posix_spawn_file_actions_t quiet;
	int rc;

	posix_spawn_file_actions_init(&quiet);
	for (int fd = 0; fd <= 2; fd++)
		posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_RDWR, 0);
	rc = posix_spawn(pid, argv[0], &quiet, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&quiet);
	return rc;
}

/** Wait for the child, kill it when it takes too long. @return its status, -1 when killed. */
static int await(pid_t pid)
{
	RI_FD int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };
	int status = -1;

	if (fd >= 0 && poll(&ended, 1, PATIENCE_MS) == 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int ri_lvm_deactivate(const char *lvm, const char *group, struct ri_err *e)
{
	char program[256], name[256];
	char *argv[] = { program, "vgchange", "-an", "--ignorelockingfailure", "--", name, NULL };
	pid_t pid;
	int rc;

	snprintf(program, sizeof program, "%s", lvm);
	snprintf(name, sizeof name, "%s", group);
	rc = spawn_quiet(&pid, argv);
	if (rc != 0)
		return ri_fail(e, RI_E_IO, rc, "volume group stays active, %s", lvm);
	rc = await(pid);
	if (rc != 0)
		return ri_fail(e, RI_E_IO, 0, "volume group stays active, vgchange gave status %d",
		    rc);
	return 0;
}
