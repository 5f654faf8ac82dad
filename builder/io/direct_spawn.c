#include "io/direct_client.h"
#include "io/direct_server.h"

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
static void set_up(posix_spawn_file_actions_t *fa, posix_spawnattr_t *at, int said, int socket,
    int image)
{
	sigset_t none;

	posix_spawn_file_actions_addopen(fa, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(fa, 0, 1);
	posix_spawn_file_actions_adddup2(fa, said, 2);
	posix_spawn_file_actions_adddup2(fa, socket, RI_DIRECT_SOCKET);
	posix_spawn_file_actions_adddup2(fa, image, RI_DIRECT_IMAGE);
	posix_spawn_file_actions_addclosefrom_np(fa, RI_DIRECT_IMAGE + 1);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(at, &none);
	posix_spawnattr_setpgroup(at, 0);
	posix_spawnattr_setflags(at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

/* Out of the way of the numbers that the reader has them under. */
static int aside(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, RI_DIRECT_IMAGE + 1);
}

static int start(int said, int socket, int image, pid_t *pid, struct ri_err *e)
{
	char name[] = "ramimg", command[] = "read-direct";
	char *const argv[] = { name, command, NULL }, *const env[] = { NULL };
	RI_FD int a = aside(said);
	RI_FD int b = aside(socket);
	RI_FD int c = aside(image);
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	int rc;

	if (a < 0 || b < 0 || c < 0)
		return ri_fail(e, RI_E_IO, errno, "starting the direct reader");
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	set_up(&fa, &at, a, b, c);
	rc = posix_spawn(pid, "/proc/self/exe", &fa, &at, argv, env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	return rc != 0 ? ri_fail(e, RI_E_IO, rc, "starting the direct reader") : 0;
}

int ri_direct_spawn(int image, int *socket, int *said, pid_t *pid, struct ri_err *e)
{
	int pair[2], out[2], bytes = SOCKET_BYTES, rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return ri_fail(e, RI_E_IO, errno, "socketpair");
	if (pipe2(out, O_CLOEXEC) < 0) {
		rc = errno;
		close(pair[0]);
		close(pair[1]);
		return ri_fail(e, RI_E_IO, rc, "pipe");
	}
	/* As much as the kernel lets us; a small one is slower, no more. */
	if (setsockopt(pair[1], SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) < 0)
		setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	rc = start(out[1], pair[1], image, pid, e);
	close(pair[1]);
	close(out[1]);
	if (rc < 0) {
		close(pair[0]);
		close(out[0]);
		return -1;
	}
	*socket = pair[0];
	*said = out[0];
	return 0;
}
