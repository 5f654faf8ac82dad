#include "disk/qemu_nbd.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define PROGRAM "qemu-nbd"
#define READY_MS 60000
#define LISTEN_FD 3 /* sd_listen_fds(3): where a program that is handed its socket finds it */

extern char **environ;

struct ri_qemu_nbd {
	int fd, err; /* our end of the connection; the program's stderr */
	pid_t pid;   /* 0: not running */
};

/*
 * Both ends exist before the program does, so that it finds its client waiting. The directory's
 * descriptor is used because a path may not fit into an address.
 */
static int make_ends(const char *dir, int *server, int *client, struct ri_err *e)
{
	RI_FD int d = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	bool ok;

	if (d < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", dir);
	*server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*server < 0 || *client < 0)
		return ri_fail(e, RI_E_IO, errno, "making a socket");
	snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/nbd-%d", d, (int)getpid());
	unlink(a.sun_path); /* left by a process that was killed and had our number */
	ok = bind(*server, (const struct sockaddr *)&a, sizeof a) == 0 && listen(*server, 1) == 0 &&
	     connect(*client, (const struct sockaddr *)&a, sizeof a) == 0;
	if (!ok)
		ri_fail(e, RI_E_IO, errno, "making a socket in %s", dir);
	unlink(a.sun_path);
	return ok ? 0 : -1;
}

/* "driver=qcow2,…"; QEMU reads a comma inside of a value where there are two. */
static int image_options(const struct ri_qemu_nbd_opts *o, struct ri_buf *b, struct ri_err *e)
{
	struct stat st;

	if (stat(o->path, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", o->path);
	ri_buf_addf(b, "driver=%s,force-share=%s,file.driver=%s,file.filename=", o->format,
	    o->share ? "on" : "off", S_ISBLK(st.st_mode) ? "host_device" : "file");
	for (const char *p = o->path; *p; p++)
		ri_buf_add(b, *p == ',' ? ",," : p, *p == ',' ? 2 : 1);
	return ri_buf_check(b, e);
}

/* Our environment for the program: @pid has room for its number, which only it will know. */
static char **make_environ(char *pid)
{
	static char one[] = "LISTEN_FDS=1";
	size_t n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 3, sizeof *env);
	if (!env)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "LISTEN_", 7) != 0)
			env[k++] = environ[i];
	env[k++] = one;
	env[k] = pid;
	return env;
}

/* In the child, where there may have been threads: nothing but system calls. */
_Noreturn static void become(const char *const *argv, char **env, char *pid, pid_t parent,
    int server, int err)
{
	static const char sorry[] = "cannot be run";
	char *const *args;
	sigset_t none;
	int null = open("/dev/null", O_RDWR);
	char *digit = pid + strlen(pid) - 1;

	for (pid_t n = getpid(); n > 0; n /= 10)
		*digit-- = (char)('0' + n % 10);
	/* It ends with its client, but not with one that was killed before it sent anything. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	setpgid(0, 0); /* a terminal's Ctrl-C is for us: we end it */
	dup2(err, 2);
	dup2(null, 0);
	dup2(null, 1);
	if (server != LISTEN_FD)
		dup2(server, LISTEN_FD);
	else
		fcntl(server, F_SETFD, 0);
	close_range(LISTEN_FD + 1, ~0u, 0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	memcpy(&args, &argv, sizeof args); /* execvpe(3) takes no const, and changes nothing */
	execvpe(argv[0], args, env);
	(void)!write(2, sorry, sizeof sorry - 1);
	_exit(127);
}

static int launch(struct ri_qemu_nbd *x, const char *options, int server, struct ri_err *e)
{
	const char *argv[] = { PROGRAM, "--read-only", "--image-opts", options, NULL };
	char pid[] = "LISTEN_PID=0000000000"; /* strtoul(3) does not mind the zeros */
	RI_FREE char **env = make_environ(pid);
	pid_t parent = getpid();
	int err[2];

	if (!env)
		return ri_nomem(e);
	if (pipe2(err, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "pipe");
	x->err = err[0];
	x->pid = fork();
	if (x->pid == 0)
		become(argv, env, pid, parent, server, err[1]);
	close(err[1]);
	if (x->pid < 0) {
		x->pid = 0;
		return ri_fail(e, RI_E_IO, errno, "cannot run %s", PROGRAM);
	}
	return 0;
}

/* It ended, or closed the connection: the reason is what it said until its end. */
static int gone(struct ri_qemu_nbd *x, int64_t until, struct ri_err *e)
{
	RI_BUF said = { 0 };
	struct ri_span text;

	for (;;) {
		struct pollfd p = { .fd = x->err, .events = POLLIN };
		int64_t left = until - ri_clock_ms();
		char chunk[1024];
		ssize_t n;

		if (left <= 0 || (poll(&p, 1, (int)left) < 0 && errno != EINTR))
			break;
		if (!p.revents)
			continue;
		n = read(x->err, chunk, sizeof chunk);
		if (n <= 0 || said.n > 8192)
			break;
		ri_buf_add(&said, chunk, (size_t)n);
	}
	text = ri_span_trim(ri_buf_span(&said));
	return ri_fail(e, RI_E_IO, 0, "%s failed: %.*s", PROGRAM,
	    (int)(text.n > 600 ? 600 : text.n), text.n > 0 ? text.p : "");
}

/* Ready is who greets. */
static int await(struct ri_qemu_nbd *x, struct ri_err *e)
{
	int64_t until = ri_clock_ms() + READY_MS;

	for (;;) {
		struct pollfd p = { .fd = x->fd, .events = POLLIN };
		int64_t left = until - ri_clock_ms();
		char first;

		if (ri_cancel_check(e) < 0)
			return -1;
		if (left <= 0)
			return ri_fail(e, RI_E_IO, 0, "%s was not ready within %d s", PROGRAM,
			    READY_MS / 1000);
		/* A signal interrupts the wait; the limit is for one that came just before it. */
		if (poll(&p, 1, left > 1000 ? 1000 : (int)left) < 0 && errno != EINTR)
			return ri_fail(e, RI_E_IO, errno, "poll");
		if (p.revents)
			return recv(x->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1
				   ? 0
				   : gone(x, until, e);
	}
}

static int start(struct ri_qemu_nbd *x, const struct ri_qemu_nbd_opts *o, struct ri_err *e)
{
	RI_FD int server = -1;
	RI_BUF options = { 0 };

	if (image_options(o, &options, e) < 0 || make_ends(o->dir, &server, &x->fd, e) < 0 ||
	    launch(x, options.p, server, e) < 0)
		return -1;
	/* The program alone has it now: its end is the connection's. */
	close(ri_steal_fd(&server));
	return await(x, e);
}

int ri_qemu_nbd_start(const struct ri_qemu_nbd_opts *o, struct ri_qemu_nbd **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = calloc(1, sizeof *x);

	if (!x)
		return ri_nomem(e);
	x->fd = x->err = -1;
	if (start(x, o, e) < 0)
		return -1;
	*out = ri_steal(x);
	return 0;
}

int ri_qemu_nbd_steal_fd(struct ri_qemu_nbd *x)
{
	return ri_steal_fd(&x->fd);
}

void ri_qemu_nbd_closep(struct ri_qemu_nbd **x)
{
	if (!*x)
		return;
	ri_cleanup_fd(&(*x)->fd);
	if ((*x)->pid > 0) {
		kill((*x)->pid, SIGKILL);
		while (waitpid((*x)->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	ri_cleanup_fd(&(*x)->err);
	free(*x);
	*x = NULL;
}
