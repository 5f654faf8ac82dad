// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/process.h"
#include "base/cancel.h"
#include "host/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

struct child {
	struct ri_child c;
	int out; /* reads its stdout; -1: closed */
};

static void child_end(struct child *c)
{
	ri_child_close(&c->c);
	ri_cleanup_fd(&c->out);
}

static int spawn(const char *const *argv, const struct ri_process_opts *opts, struct child *c,
    struct ri_err *e)
{
	struct ri_child_opts o = { .argv = argv,
		.tool = opts->tool,
		.fds = { { .theirs = 1 }, opts->fd },
		.n_fds = opts->fd.ours > 0 ? 2 : 1,
		.own_group = opts->own_group };
	RI_FD int theirs = -1;
	int out[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "pipe");
	c->out = out[0];
	theirs = out[1];
	o.fds[0].ours = theirs;
	return ri_child_start(&o, &c->c, e);
}

/* Read what there is, or close it at its end. What exceeds @keep is read and dropped. @return 0; -1, errno. */
static int drain(int *fd, struct ri_buf *b, size_t keep, bool *over)
{
	char chunk[8192];
	ssize_t n = read(*fd, chunk, sizeof chunk);

	if (n < 0)
		return errno == EINTR ? 0 : -1;
	if (n == 0) {
		close(ri_steal_fd(fd));
		return 0;
	}
	if ((size_t)n > keep - b->n) {
		*over = true;
		n = (ssize_t)(keep - b->n);
	}
	ri_buf_add(b, chunk, (size_t)n);
	return 0;
}

/* What it prints, until it has closed both streams and ended. */
static int collect(const char *name, const struct ri_process_opts *o, struct child *c,
    struct ri_process_result *r, bool *over, struct ri_err *e)
{
	int64_t deadline =
	    o->timeout_s > 0 ? ri_clock_ms() + (int64_t)o->timeout_s * 1000 : INT64_MAX;
	size_t max = o->max_output ? o->max_output : 1u << 20;
	bool err_over = false;

	for (;;) {
		struct pollfd p[2] = { { c->out, POLLIN, 0 }, { c->c.err, POLLIN, 0 } };
		int64_t left = deadline - ri_clock_ms();
		/* A signal interrupts the wait; the limit is for one that came just before it. */
		int ms = left > 1000 ? 1000 : (int)left;
		bool closed = c->out < 0 && c->c.err < 0;
		int rc;

		if (!o->uncancellable && ri_cancel_check(e) < 0)
			return -1;
		if (left <= 0)
			return ri_fail(e, RI_E_IO, 0, "%s took longer than %d s and was stopped",
			    name, o->timeout_s);
		rc = closed ? ri_child_wait(&c->c, ms) : poll(p, 2, ms);
		if (rc < 0 && errno != EINTR)
			return ri_fail(e, RI_E_IO, errno, "waiting for %s", name);
		if (closed && rc > 0)
			return 0;
		if (closed || rc <= 0)
			continue;
		if ((p[0].revents && drain(&c->out, &r->out, max, over) < 0) ||
		    (p[1].revents && drain(&c->c.err, &r->err, 8192, &err_over) < 0))
			return ri_fail(e, RI_E_IO, errno, "reading what %s prints", name);
	}
}

int ri_process_run(const char *const *argv, const struct ri_process_opts *opts,
    struct ri_process_result *out, struct ri_err *e)
{
	static const struct ri_process_opts none;
	RI_ON_EXIT(child_end) struct child c = { RI_CHILD_INIT, -1 };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	const struct ri_process_opts *o = opts ? opts : &none;
	bool over = false;
	int st;

	if (spawn(argv, o, &c, e) < 0 || collect(argv[0], o, &c, &r, &over, e) < 0)
		return -1;
	st = c.c.status;
	r.status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	if (over)
		return ri_fail(e, RI_E_IO, 0, "%s printed more than expected", argv[0]);
	if (ri_buf_check(&r.out, e) < 0 || ri_buf_check(&r.err, e) < 0)
		return -1;
	*out = r;
	r = (struct ri_process_result){ 0 };
	return 0;
}

void ri_process_result_free(struct ri_process_result *r)
{
	ri_buf_free(&r->out);
	ri_buf_free(&r->err);
	*r = (struct ri_process_result){ 0 };
}

int ri_process_check(const char *const *argv, const struct ri_process_opts *opts,
    struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };

	if (ri_process_run(argv, opts, &r, e) < 0)
		return -1;
	if (r.status != 0) {
		struct ri_span said = ri_span_trim(ri_buf_span(&r.err));

		return ri_fail(e, RI_E_IO, 0, "%s failed with status %d: %.*s", argv[0], r.status,
		    (int)(said.n > 600 ? 600 : said.n), said.p);
	}
	if (out) {
		ri_buf_add_span(out, ri_buf_span(&r.out));
		return ri_buf_check(out, e);
	}
	return 0;
}

/*
 * Our own child processes as proc(5) shows them: libguestfs starts QEMU for us and hands its pid
 * out only once the launch is over, but a launch that hangs must be ended from outside.
 */

/* The pid when /proc/NAME is a child of ours whose program name begins with @prefix, else 0. */
static pid_t match(const char *name, const char *prefix)
{
	char path[64], text[512], *comm, *end;
	RI_FILE FILE *f = NULL;
	int pid, ppid;
	char state;

	if (name[0] < '1' || name[0] > '9' || strlen(name) > 10)
		return 0;
	snprintf(path, sizeof path, "/proc/%s/stat", name);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof text, f))
		return 0;
	/* "pid (comm) state ppid …"; comm may hold anything, so look for the last parenthesis. */
	comm = strchr(text, '(');
	end = strrchr(text, ')');
	if (!comm || !end || sscanf(text, "%d", &pid) != 1 ||
	    sscanf(end + 1, " %c %d", &state, &ppid) != 2)
		return 0;
	if (ppid != getpid() || state == 'Z' || strncmp(comm + 1, prefix, strlen(prefix)) != 0)
		return 0;
	return pid;
}

static int each_child(const char *prefix, int sig)
{
	DIR *d = opendir("/proc");
	int n = 0;

	if (!d)
		return 0;
	for (struct dirent *en = readdir(d); en; en = readdir(d)) {
		pid_t pid = match(en->d_name, prefix);

		if (pid > 0) {
			n++;
			if (sig)
				kill(pid, sig);
		}
	}
	closedir(d);
	return n;
}

int ri_process_kill_children(const char *prefix)
{
	return each_child(prefix, SIGKILL);
}

int ri_process_count_children(const char *prefix)
{
	return each_child(prefix, 0);
}
