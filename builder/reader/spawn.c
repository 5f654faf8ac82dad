// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reader/spawn.h"
#include "reader/server.h"

#include <errno.h>
#include <sys/socket.h>

#define SOCKET_BYTES (1 << 18)

/*
 * Ctrl-C in the terminal is for the client, which then closes the socket. That ends the reader; it
 * ends the same way when the client dies.
 */
static int start(int socket, int image, int shared, struct ri_child *c, struct ri_err *e)
{
	const char *const argv[] = { "ramimg", "read-direct", NULL };
	const struct ri_child_opts o = { .argv = argv,
		.program = "/proc/self/exe",
		.fds = { { socket, RI_READER_SOCKET }, { image, RI_READER_IMAGE },
		    { shared, RI_READER_SHARED } },
		.n_fds = 3,
		.bare = true,
		.own_group = true };

	return ri_child_start(&o, c, e) < 0 ? ri_ctx(e, "starting the direct reader") : 0;
}

int ri_reader_spawn(int image, struct ri_reader_ends *out, struct ri_err *e)
{
	int pair[2], bytes = SOCKET_BYTES;
	RI_FD int shared = ri_shared_create(e);
	RI_FD int ours = -1, theirs = -1;

	if (shared < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return ri_fail(e, RI_E_IO, errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	/* As much as the kernel lets us; a small one is slower, no more. */
	if (setsockopt(theirs, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
		setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	if (start(theirs, image, shared, &out->child, e) < 0)
		return -1;
	out->socket = ri_steal_fd(&ours);
	out->shared = ri_steal_fd(&shared);
	return 0;
}
