// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/spawn.h"

#include <errno.h>
#include <sys/socket.h>

#define SOCKET_BYTES (1 << 18)

/*
 * Ctrl-C in the terminal is for the client, which then closes the socket. That ends the process; it
 * ends the same way when the client dies.
 */
static int start(const struct ri_spawn_opts *o, int socket, int shared, struct ri_child *c,
    struct ri_err *e)
{
	const char *const argv[] = { "ramimg", o->command, NULL };
	const struct ri_child_opts child = { .argv = argv,
		.program = "/proc/self/exe",
		.fds = { { socket, RI_WIRE_SOCKET }, { o->input, RI_WIRE_INPUT },
		    { shared, RI_WIRE_SHARED } },
		.n_fds = o->shares ? 3 : 2,
		.bare = true,
		.own_group = true };

	return ri_child_start(&child, c, e) < 0 ? ri_ctx(e, "starting %s", o->name) : 0;
}

int ri_spawn(const struct ri_spawn_opts *o, struct ri_peer *out, struct ri_err *e)
{
	struct ri_peer_ends ends = { .shared = -1 };
	int pair[2], bytes = SOCKET_BYTES;
	RI_FD int shared = o->shares ? ri_shared_create(e) : -1;
	RI_FD int ours = -1, theirs = -1;

	if (o->shares && shared < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return ri_fail(e, RI_E_IO, errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	/* As much as the kernel lets us; a small one is slower, no more. */
	if (setsockopt(theirs, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
		setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	if (start(o, theirs, shared, &ends.child, e) < 0)
		return -1;
	ends.socket = ri_steal_fd(&ours);
	ends.shared = ri_steal_fd(&shared);
	return ri_peer_connect(out, &ends, o->name, o->wait_ms, e);
}
