// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/child.h"
#include "base/buf.h"
#include "host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define LISTEN_FD 3   /* sd_listen_fds(3): where the first socket is */
#define LAST_LINE 512 /* the end of its stderr in which the last line is looked for */

extern char **environ;

/*
 * fork(2) and not posix_spawn(3): the latter can neither set a death signal nor tell the program
 * its own number. What the child needs is made before the fork, for there may be other threads: it
 * makes nothing but system calls.
 */
struct start {
	const struct ri_child_opts *o;
	const struct ri_tool_ready *ready; /* if it has a tool */
	char **env;
	char pid[sizeof "LISTEN_PID=0000000000"]; /* strtoul(3) does not mind the zeros */
	pid_t parent;
	int err, report; /* to be its stderr; where it says why it could not start */
};

/* The child's environment, whose strings are ours and those of @s; only the list is to be freed. */
static char **make_environ(struct start *s)
{
	static char one[] = "LISTEN_FDS=1";
	size_t n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 3, sizeof *env);
	if (!env)
		return NULL;
	for (size_t i = 0; i < n && !s->o->bare; i++)
		if (!s->o->activated || strncmp(environ[i], "LISTEN_", 7) != 0)
			env[k++] = environ[i];
	if (s->o->activated) {
		env[k++] = one;
		env[k] = s->pid;
	}
	return env;
}

_Noreturn static void give_up(int report)
{
	int why = errno;

	(void)!write(report, &why, sizeof why);
	_exit(127);
}

/* The descriptors that it is to have, first out of the way of each other's numbers. */
static int take_descriptors(const struct start *s)
{
	const struct ri_child_opts *o = s->o;
	int first = 3, null, err, report, from[RI_CHILD_FDS];
	bool ok;

	for (size_t i = 0; i < o->n_fds; i++)
		if (o->fds[i].theirs >= first)
			first = o->fds[i].theirs + 1;
	report = fcntl(s->report, F_DUPFD_CLOEXEC, first);
	if (report < 0)
		give_up(s->report);
	err = fcntl(s->err, F_DUPFD_CLOEXEC, first);
	ok = err >= 0;
	for (size_t i = 0; i < o->n_fds; i++) {
		from[i] = fcntl(o->fds[i].ours, F_DUPFD_CLOEXEC, first);
		ok = ok && from[i] >= 0;
	}
	if (!ok || close_range(0, (unsigned)first - 1, 0) < 0)
		give_up(report);
	null = open("/dev/null", O_RDWR); /* it is 0: all below @first are free */
	ok = null == 0 && dup2(null, 1) == 1 && dup2(err, 2) == 2;
	for (size_t i = 0; i < o->n_fds; i++)
		ok = ok && dup2(from[i], o->fds[i].theirs) == o->fds[i].theirs;
	if (!ok || close_range((unsigned)first, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		give_up(report);
	return report;
}

_Noreturn static void become(struct start *s)
{
	char *digit = s->pid + sizeof s->pid - 2;
	const char *program = s->o->program ? s->o->program : s->o->argv[0];
	char *const *args;
	sigset_t none;
	int report;

	for (pid_t n = getpid(); n > 0; n /= 10)
		*digit-- = (char)('0' + n % 10);
	/* Before the death signal, which goes with the user. */
	if (s->o->tool) {
		if (ri_tool_enter(s->ready) < 0)
			give_up(s->report);
		program = s->ready->program;
	}
	if (s->o->death_signal) {
		if (prctl(PR_SET_PDEATHSIG, s->o->death_signal) < 0)
			give_up(s->report);
		if (getppid() != s->parent)
			_exit(127);
	}
	if (s->o->own_group)
		setpgid(0, 0);
	report = take_descriptors(s);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	memcpy(&args, &s->o->argv,
	    sizeof args); /* execvpe(3) takes no const, and changes nothing */
	execvpe(program, args, s->env);
	give_up(report);
}

/* Until the program runs, which closes @report, or says why it does not. */
static int await_start(int report, struct ri_child *c, const char *name, struct ri_err *e)
{
	ssize_t n;
	int why;

	do
		n = read(report, &why, sizeof why);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n < 0)
		why = errno;
	ri_child_close(c);
	return ri_fail(e, RI_E_IO, why, "cannot run %s", name);
}

int ri_child_start(const struct ri_child_opts *o, struct ri_child *c, struct ri_err *e)
{
	struct start s = { .o = o, .pid = "LISTEN_PID=0000000000", .parent = getpid() };
	RI_ON_EXIT(ri_tool_free) struct ri_tool_ready ready = RI_TOOL_READY_INIT;
	RI_FREE char **env = make_environ(&s);
	RI_FD int err = -1, said = -1, report = -1, reported = -1;
	int p[2];

	*c = (struct ri_child)RI_CHILD_INIT;
	if (!env)
		return ri_nomem(e);
	s.env = env;
	s.ready = &ready;
	if (o->tool && ri_tool_prepare(o->tool, o->argv[0], &ready, e) < 0)
		return -1;
	if (pipe2(p, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "pipe");
	said = p[0];
	s.err = err = p[1];
	if (pipe2(p, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "pipe");
	reported = p[0];
	s.report = report = p[1];
	c->pid = fork();
	if (c->pid == 0)
		become(&s);
	if (c->pid < 0) {
		c->pid = 0;
		return ri_fail(e, RI_E_IO, errno, "cannot run %s", o->argv[0]);
	}
	c->err = ri_steal_fd(&said);
	close(ri_steal_fd(&err));
	close(ri_steal_fd(&report));
	return await_start(reported, c, o->argv[0], e);
}

size_t ri_child_hear(struct ri_child *c, int64_t until, char *last, size_t size)
{
	size_t n = 0, max = size - 1;

	while (c->err >= 0) {
		struct pollfd p = { c->err, POLLIN, 0 };
		int64_t left = until - ri_clock_ms();
		char chunk[1024];
		size_t add, drop;
		ssize_t got;

		if (left <= 0)
			break;
		if (poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left) <= 0) {
			if (errno == EINTR)
				continue;
			break;
		}
		got = read(c->err, chunk, sizeof chunk);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		add = (size_t)got < max ? (size_t)got : max;
		drop = n + add > max ? n + add - max : 0;
		memmove(last, last + drop, n - drop);
		memcpy(last + n - drop, chunk + got - add, add);
		n = n - drop + add;
	}
	last[n] = '\0';
	return n;
}

static int reap(struct ri_child *c, int flags)
{
	pid_t pid;

	do
		pid = waitpid(c->pid, &c->status, flags);
	while (pid < 0 && errno == EINTR);
	if (pid > 0)
		c->pid = 0;
	return pid > 0 ? 1 : (int)pid;
}

int ri_child_wait(struct ri_child *c, int ms)
{
	RI_FD int fd = -1;
	struct pollfd p = { .events = POLLIN };

	if (c->pid <= 0)
		return 1;
	p.fd = fd = pidfd_open(c->pid, 0);
	if (fd < 0 || (poll(&p, 1, ms) < 0 && errno != EINTR))
		return -1;
	return reap(c, WNOHANG);
}

void ri_child_end(struct ri_child *c)
{
	if (c->pid <= 0)
		return;
	kill(c->pid, SIGKILL); /* of no effect where it has ended by itself */
	(void)reap(c, 0);
	c->pid = 0;
}

void ri_child_close(struct ri_child *c)
{
	ri_child_end(c);
	if (c->err >= 0)
		close(ri_steal_fd(&c->err));
}

int ri_child_died(struct ri_child *c, const char *name, int ms, struct ri_err *e)
{
	char said[LAST_LINE + 1], *line;
	size_t n = ri_child_hear(c, ri_clock_ms() + ms, said, sizeof said);
	const char *colon;
	bool ended;

	while (n > 0 && said[n - 1] == '\n')
		said[--n] = '\0';
	line = strrchr(said, '\n');
	line = line ? line + 1 : said;
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	colon = *line ? ": " : "";
	ended = ri_child_wait(c, ms) > 0;
	ri_child_end(c);
	if (!ended)
		return ri_fail(e, RI_E_IO, 0, "%s hung up%s%s", name, colon, line);
	if (WIFSIGNALED(c->status))
		return ri_fail(e, RI_E_IO, 0, "%s ended by signal %d (%s)%s%s", name,
		    WTERMSIG(c->status), strsignal(WTERMSIG(c->status)), colon, line);
	return ri_fail(e, RI_E_IO, 0, "%s ended with status %d%s%s", name, WEXITSTATUS(c->status),
	    colon, line);
}
