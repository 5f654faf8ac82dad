// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/vm.h"
#include "base/cancel.h"
#include "host/clock.h"
#include "host/hostfile.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { GREETING_MS = 60000 };
/* Of what a port says, as much as anybody looks at. */
enum { SHOWN_MAX = 64 << 10, SAID_MAX = 1 << 20, ERRORS_MAX = 2048 };

/* Their numbers in the child are those of machine.h, in this order. */
enum { CONSOLE, STATUS, MONITOR, AGENT, PORTS };

/* Our end and QEMU's of each port. */
struct pairs {
	int ours[PORTS], theirs[PORTS];
};

static void close_pairs(struct pairs *p)
{
	for (size_t i = 0; i < PORTS; i++) {
		ri_cleanup_fd(&p->ours[i]);
		ri_cleanup_fd(&p->theirs[i]);
	}
}

static int make_pairs(struct pairs *p, struct ri_err *e)
{
	for (size_t i = 0; i < PORTS; i++) {
		int two[2];

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, two) < 0)
			return ri_fail(e, RI_E_IO, errno, "making the machine's ports");
		p->ours[i] = two[0];
		p->theirs[i] = two[1];
	}
	return 0;
}

static int start(const struct ri_trial_machine *m, const struct ri_tool *tool,
    const struct pairs *p, struct ri_child *child, struct ri_err *e)
{
	RI_STRV argv = { 0 };
	struct ri_child_opts o = { .tool = tool,
		.n_fds = PORTS,
		.own_group = true,
		.death_signal = SIGKILL };

	for (size_t i = 0; i < PORTS; i++)
		o.fds[i] = (struct ri_child_fd){ p->theirs[i], RI_TRIAL_CONSOLE_FD + (int)i };
	if (ri_trial_argv(m, &argv, e) < 0)
		return -1;
	o.argv = (const char *const *)argv.v;
	return ri_child_start(&o, child, e);
}

/* QEMU says why on its stderr, and ends. */
static int blame(struct ri_trial_vm *vm, struct ri_err *e)
{
	RI_BUF why = { 0 };
	struct ri_err ignored = { 0 };
	int64_t until = ri_clock_ms() + 2000;

	if (e->code == RI_E_CANCELLED || e->code == RI_E_NOMEM)
		return -1;
	while (ri_trial_vm_pump(vm, 100, &ignored) > 0 && ri_clock_ms() < until)
		;
	if (vm->child.pid != 0 && ri_child_wait(&vm->child, 0) == 0)
		return ri_ctx(e, "QEMU");
	ri_trial_vm_say_end(vm, &why);
	return ri_buf_check(&why, e) < 0 ? -1 : ri_fail(e, RI_E_IO, 0, "%s", why.p);
}

int ri_trial_vm_start(const struct ri_trial_machine *m, const struct ri_tool *tool, int log,
    struct ri_trial_vm *vm, struct ri_err *e)
{
	RI_ON_EXIT(close_pairs) struct pairs p = { { -1, -1, -1, -1 }, { -1, -1, -1, -1 } };

	vm->log = log;
	if (make_pairs(&p, e) < 0 || start(m, tool, &p, &vm->child, e) < 0)
		return -1;
	vm->console = p.ours[CONSOLE];
	vm->status = p.ours[STATUS];
	p.ours[CONSOLE] = p.ours[STATUS] = -1;
	/* So that its end is the end of what comes. */
	for (size_t i = 0; i < PORTS; i++)
		ri_cleanup_fd(&p.theirs[i]);
	if (ri_qga_adopt(&p.ours[AGENT], &vm->agent, e) < 0)
		return -1;
	return ri_qmp_adopt(&p.ours[MONITOR], GREETING_MS, &vm->monitor, e) < 0 ? blame(vm, e) : 0;
}

/* Append, and forget what is too old. */
static void keep(struct ri_buf *b, const char *p, size_t n, size_t max)
{
	if (b->n + n > 2 * max) {
		size_t drop = b->n < max ? 0 : b->n - max;

		memmove(b->p, b->p + drop, b->n - drop);
		b->n -= drop;
	}
	ri_buf_add(b, p, n);
}

static int show(struct ri_trial_vm *vm, const char *p, size_t n, struct ri_err *e)
{
	uint64_t room = vm->logged < RI_TRIAL_CONSOLE_MAX ? RI_TRIAL_CONSOLE_MAX - vm->logged : 0;

	keep(&vm->shown, p, n, SHOWN_MAX);
	vm->logged += n;
	return ri_file_write(vm->log, ri_span(p, n < room ? n : (size_t)room), "the console's file",
	    e);
}

/* What is there of one port. An end of it is closed. */
static int take(struct ri_trial_vm *vm, int *fd, struct ri_err *e)
{
	char piece[16384];
	ssize_t n = *fd == vm->child.err ? read(*fd, piece, sizeof piece)
					 : recv(*fd, piece, sizeof piece, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		ri_cleanup_fd(fd);
		return 0;
	}
	if (fd == &vm->console)
		return show(vm, piece, (size_t)n, e);
	if (fd == &vm->status)
		keep(&vm->said, piece, (size_t)n, SAID_MAX);
	else
		keep(&vm->errors, piece, (size_t)n, ERRORS_MAX);
	return 0;
}

int ri_trial_vm_pump(struct ri_trial_vm *vm, int ms, struct ri_err *e)
{
	int *const fds[] = { &vm->console, &vm->status, &vm->child.err };
	struct pollfd p[3];
	int n;

	if (ri_cancel_check(e) < 0)
		return -1;
	for (size_t i = 0; i < 3; i++)
		p[i] = (struct pollfd){ .fd = *fds[i], .events = POLLIN };
	n = poll(p, 3, ms);
	for (size_t i = 0; n > 0 && i < 3; i++)
		if (p[i].revents && take(vm, fds[i], e) < 0)
			return -1;
	if (ri_buf_check(&vm->shown, e) < 0 || ri_buf_check(&vm->said, e) < 0 ||
	    ri_buf_check(&vm->errors, e) < 0 || ri_cancel_check(e) < 0)
		return -1;
	/* Whatever it has said is taken in first. */
	return n > 0 || ri_child_wait(&vm->child, 0) == 0;
}

void ri_trial_vm_say_end(struct ri_trial_vm *vm, struct ri_buf *out)
{
	struct ri_span rest = ri_buf_span(&vm->errors), line, last = { "", 0 };
	int status = vm->child.status;

	while (ri_span_line(&rest, &line))
		if (ri_span_trim(line).n > 0)
			last = ri_span_trim(line);
	if (WIFSIGNALED(status))
		ri_buf_addf(out, "QEMU was ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == 0)
		ri_buf_add_str(out, "the guest has switched itself off, or restarted");
	else
		ri_buf_addf(out, "QEMU ended with status %d", WEXITSTATUS(status));
	if (last.n > 0 && status != 0)
		ri_buf_addf(out, ": %.*s", (int)last.n, last.p);
}

void ri_trial_vm_close(struct ri_trial_vm *vm)
{
	ri_child_close(&vm->child);
	ri_qmp_close(&vm->monitor);
	ri_qmp_close(&vm->agent);
	ri_cleanup_fd(&vm->console);
	ri_cleanup_fd(&vm->status);
	ri_buf_free(&vm->shown);
	ri_buf_free(&vm->said);
	ri_buf_free(&vm->errors);
	*vm = (struct ri_trial_vm)RI_TRIAL_VM_INIT;
}
