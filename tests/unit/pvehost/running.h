// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A VM of fake_host.h that runs, as far as its command line and Proxmox's pid file tell.
 */
#include "unit/fake_host.h"

#include <signal.h>

struct running {
	pid_t pid;
	int alive; /* it ends when this does */
};

/** Start @vmid's process: called @argv0, with @option before the path @pidfile below the host's root. */
static inline struct running run_vm(unsigned vmid, const char *argv0, const char *option,
    const char *pidfile)
{
	RI_BUF path = { 0 };
	posix_spawn_file_actions_t fa;
	struct running r;
	int in[2], up[2];
	char name[60], number[16], c;

	ri_buf_addf(&path, "%s/%s", tmpdir, pidfile);
	const char *argv[] = { argv0, "-c", "echo; read x", "-id", "web", option, path.p, NULL };

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(up, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, in[0], 0);
	posix_spawn_file_actions_adddup2(&fa, up[1], 1);
	assert_int_equal(
	    posix_spawn(&r.pid, "/bin/sh", &fa, NULL, (char *const *)(uintptr_t)argv, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	close(in[0]);
	close(up[1]);
	assert_int_equal(read(up[0], &c, 1), 1); /* from here on /proc has its command line */
	close(up[0]);
	r.alive = in[1];
	snprintf(name, sizeof name, "var/run/qemu-server/%u.pid", vmid);
	snprintf(number, sizeof number, "%d\n", (int)r.pid);
	host_put(name, number);
	return r;
}

static inline void end_vm(const struct running *r)
{
	close(r->alive);
	assert_int_equal(waitpid(r->pid, NULL, 0), r->pid);
}
