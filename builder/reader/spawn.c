#include "reader/spawn.h"
#include "reader/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>

#define SOCKET_BYTES (1 << 18)

/*
 * Ctrl-C in the terminal is for the client, which then closes the socket. That ends the reader; it
 * ends the same way when the client dies.
 */
static void set_up(posix_spawn_file_actions_t *fa, posix_spawnattr_t *at,
    const struct ri_reader_ends *its, int image)
{
	sigset_t none;

	posix_spawn_file_actions_addopen(fa, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(fa, 0, 1);
	posix_spawn_file_actions_adddup2(fa, its->said, 2);
	posix_spawn_file_actions_adddup2(fa, its->socket, RI_READER_SOCKET);
	posix_spawn_file_actions_adddup2(fa, image, RI_READER_IMAGE);
	posix_spawn_file_actions_adddup2(fa, its->shared, RI_READER_SHARED);
	posix_spawn_file_actions_addclosefrom_np(fa, RI_READER_SHARED + 1);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(at, &none);
	posix_spawnattr_setpgroup(at, 0);
	posix_spawnattr_setflags(at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

/* Out of the way of the numbers that the reader has them under. */
static int aside(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, RI_READER_SHARED + 1);
}

static int start(const struct ri_reader_ends *its, int image, pid_t *pid, struct ri_err *e)
{
	char name[] = "ramimg", command[] = "read-direct";
	char *const argv[] = { name, command, NULL }, *const env[] = { NULL };
	RI_FD int a = aside(its->said);
	RI_FD int b = aside(its->socket);
	RI_FD int c = aside(its->shared);
	RI_FD int d = aside(image);
	const struct ri_reader_ends moved = { .said = a, .socket = b, .shared = c };
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int rc;

	if (a < 0 || b < 0 || c < 0 || d < 0)
		return ri_fail(e, RI_E_IO, errno, "starting the direct reader");
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	set_up(&fa, &at, &moved, d);
	rc = posix_spawn(pid, "/proc/self/exe", &fa, &at, argv, env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	return rc != 0 ? ri_fail(e, RI_E_IO, rc, "starting the direct reader") : 0;
}

int ri_reader_spawn(int image, struct ri_reader_ends *out, struct ri_err *e)
{
	int pair[2], err[2], bytes = SOCKET_BYTES;
	RI_FD int shared = ri_shared_create(e);
	RI_FD int ours = -1, theirs = -1, said = -1, to_say = -1;
	struct ri_reader_ends its;

	if (shared < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return ri_fail(e, RI_E_IO, errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	if (pipe2(err, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "pipe");
	said = err[0];
	to_say = err[1];
	/* As much as the kernel lets us; a small one is slower, no more. */
	if (setsockopt(theirs, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
		setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	its = (struct ri_reader_ends){ .said = to_say, .socket = theirs, .shared = shared };
	if (start(&its, image, &out->pid, e) < 0)
		return -1;
	out->socket = ours;
	out->said = said;
	out->shared = shared;
	ours = said = shared = -1;
	return 0;
}
