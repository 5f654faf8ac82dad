// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/kvm.h"
#include "base/buf.h"
#include "base/cancel.h"
#include "host/child.h"
#include "host/clock.h"
#include "host/dir.h"
#include "host/hostfile.h"
#include "host/kvm_hangs.h"
#include "host/kvm_words.h"
#include "trial/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/utsname.h>

#define KERNELS "vmlinuz-"
enum { SAID_MAX = 1 << 20 };
/* After QEMU has said that KVM is at a loss, this long for it to end. */
enum { AT_A_LOSS_MS = 1000 };

/* What is awaited, on the port that stands in the command line. */
struct test {
	const char *argv[32];
	const char *last_words;
};

/* SeaBIOS's, on its debug port. */
static const struct test firmware = {
	.argv = { "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
	    "-vga", "std", "-accel", "kvm", "-cpu", RI_TRIAL_CPU_KVM, "-m", "32", "-chardev",
	    "stdio,id=said", "-device", "isa-debugcon,iobase=0x402,chardev=said" },
	.last_words = "No bootable device",
};

/* The path of the kernel comes behind. */
static const struct test linux_ = {
	.argv = { "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display",
	    "none", "-accel", "kvm", "-cpu", RI_TRIAL_CPU_KVM, "-m", "512", "-chardev",
	    "stdio,id=said", "-serial", "chardev:said", "-append", "console=ttyS0 panic=-1",
	    "-kernel" },
	.last_words = "Kernel panic",
};

/* The one that runs, or the newest. @return 0, *@out NULL where there is none; -1 RI_E_NOMEM. */
static int find_kernel(const char *boot, char **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_STRV names = { 0 };
	const char *best = NULL;
	struct utsname running;
	struct ri_err why;

	*out = NULL;
	if (ri_dir_open_any(boot, &d, &why) < 0 || ri_dir_list(&d, &names, &why) < 0)
		return why.code == RI_E_NOMEM ? ri_nomem(e) : 0;
	uname(&running);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];

		if (strncmp(name, KERNELS, strlen(KERNELS)) != 0)
			continue;
		if (!best || strcmp(name + strlen(KERNELS), running.release) == 0 ||
		    (strcmp(best + strlen(KERNELS), running.release) != 0 &&
			strverscmp(name, best) > 0))
			best = name;
	}
	if (!best)
		return 0;
	*out = ri_file_join(boot, best);
	if (!*out)
		return ri_nomem(e);
	if (access(*out, R_OK) < 0) {
		free(*out);
		*out = NULL;
	}
	return 0;
}

/* What has come of a machine. */
enum end { SAID, ENDED, HANGS };

/* Takes in what there is at @fd. @return whether it is still open. */
static bool take(int fd, struct ri_buf *said)
{
	char piece[4096];
	ssize_t n = read(fd, piece, sizeof piece);

	if (n < 0 && errno == EINTR)
		return true;
	if (n > 0)
		ri_buf_add(said, piece, (size_t)n);
	return n > 0;
}

static bool has(const struct ri_buf *said, const char *words)
{
	return said->n > 0 && memmem(said->p, said->n, words, strlen(words));
}

/*
 * Until the words come on @fd, or QEMU says on @err that KVM is at a loss: then it ends, or the machine stands still and
 * QEMU does not end (accel/kvm/kvm-all.c, kvm_handle_internal_error).
 */
static int hear(int fd, int err, const char *words, int64_t until, enum end *end, struct ri_err *e)
{
	RI_BUF said = { 0 };
	RI_BUF errors = { 0 };
	struct ri_kvm_words blame = { 0 };

	for (;;) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
			{ .fd = err, .events = POLLIN } };
		int64_t left = until - ri_clock_ms();

		if (ri_cancel_check(e) < 0)
			return -1;
		*end = HANGS;
		if (left <= 0 || said.n > SAID_MAX || errors.n > SAID_MAX)
			return 0;
		if (poll(p, 2, (int)left) <= 0)
			continue;
		if (p[1].revents && !take(err, &errors))
			err = -1;
		if (!blame.line[0] && ri_kvm_words_hear(&blame, ri_buf_span(&errors)) &&
		    until - ri_clock_ms() > AT_A_LOSS_MS)
			until = ri_clock_ms() + AT_A_LOSS_MS;
		*end = ENDED;
		if (p[0].revents && !take(fd, &said))
			return 0;
		if (ri_buf_check(&said, e) < 0 || ri_buf_check(&errors, e) < 0)
			return -1;
		*end = SAID;
		if (has(&said, words))
			return 0;
	}
}

static int run(const struct ri_trial_kvm *k, const char *kernel, enum end *end, struct ri_err *e)
{
	const struct ri_tool_file files[] = { { k->device, RI_LANDLOCK_WRITE },
		{ kernel, RI_LANDLOCK_READ } };
	const struct ri_tool tool = { .files = files, .n = kernel ? 2 : 1, .machine = true };
	struct test test = kernel ? linux_ : firmware;
	RI_ON_EXIT(ri_child_close) struct ri_child child = RI_CHILD_INIT;
	struct ri_child_opts o = { .argv = test.argv,
		.tool = &tool,
		.n_fds = 1,
		.own_group = true,
		.death_signal = SIGKILL };
	RI_FD int read_end = -1;
	RI_FD int write_end = -1;
	size_t n = 0;
	int two[2];

	while (test.argv[n])
		n++;
	test.argv[n] = kernel;
	if (pipe2(two, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "a pipe");
	read_end = two[0];
	write_end = two[1];
	o.fds[0] = (struct ri_child_fd){ write_end, 1 };
	if (ri_child_start(&o, &child, e) < 0)
		return -1;
	ri_cleanup_fd(&write_end);
	return hear(read_end, child.err, test.last_words, ri_clock_ms() + k->patience_ms, end, e);
}

int ri_trial_kvm_works(const struct ri_trial_kvm *k, bool *works, struct ri_err *e)
{
	RI_FREE char *kernel = NULL;
	enum end end;

	*works = false;
	if (access(k->device, R_OK | W_OK) < 0)
		return 0;
	if (ri_kvm_hangs_is_known(k->mark))
		return 0;
	if (find_kernel(k->boot, &kernel, e) < 0 || run(k, kernel, &end, e) < 0)
		return -1;
	*works = end == SAID;
	if (end == HANGS)
		ri_kvm_hangs_set(k->mark);
	return 0;
}
