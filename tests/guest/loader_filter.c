// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * loader_filter mount|kill|thread PROGRAM ARGUMENT...: a program under a kernel that refuses. "mount": no
 * file system is mounted any more, though mounts may be moved. "kill": who makes a symbolic link dies.
 * "thread": only the thread does, as where the kernel has a bug.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIELD(name) (unsigned)offsetof(struct seccomp_data, name)

static int refuse_mounts(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(args[3])), /* flags, the lower half */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int kill_at_symlinks(unsigned whom)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIELD(nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_symlinkat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, whom),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	int rc;

	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "mount") == 0)
		rc = refuse_mounts();
	else
		rc = kill_at_symlinks(strcmp(argv[1], "thread") == 0 ? SECCOMP_RET_KILL_THREAD
								     : SECCOMP_RET_KILL_PROCESS);
	if (rc < 0 || execv(argv[2], argv + 2) < 0)
		perror("loader_filter");
	return 126;
}
