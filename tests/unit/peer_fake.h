// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Processes at the other end of a connection: each gets one request and then does what its function
 * does.
 */
#include "unit/check.h"
#include "parse/peer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#define WAIT_MS 1000 /* how long one may say nothing */

static char *fake_shared; /* such a process's own view of the memory */

static inline void send_frame(int fd, uint32_t kind, struct ri_span payload)
{
	RI_BUF b = { 0 };

	ri_wire_put_head(&b, kind, payload.n);
	ri_buf_add_span(&b, payload);
	if (write(fd, b.p, b.n) != (ssize_t)b.n)
		_exit(99);
}

static inline void new_peer(void (*fn)(int fd), const char *name, struct ri_peer *p)
{
	int pair[2], out[2], shared;
	struct ri_err e;
	pid_t pid;

	shared = ri_shared_create(&e);
	assert_true(shared >= 0);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char request[256];

		dup2(out[1], 2);
		close(out[0]);
		close(out[1]);
		close(pair[0]);
		fake_shared = ri_shared_map(shared, true, &e);
		if (fake_shared && read(pair[1], request, sizeof request) > 0)
			fn(pair[1]);
		_exit(0);
	}
	assert_true(pid > 0);
	close(pair[1]);
	close(out[1]);
	assert_int_equal(
	    ri_peer_connect(p,
		&(struct ri_peer_ends){ pair[0], shared, { .pid = pid, .err = out[0] } }, name,
		WAIT_MS, &e),
	    0);
}
