// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/kvm.h"
#include "base/cancel.h"
#include "base/buf.h"
#include "host/child.h"
#include "host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#define DEVICE "/dev/kvm"
/* SeaBIOS's last words, on its debug port. */
#define LAST_WORDS "No bootable device"
enum { PATIENCE_MS = 5000, SAID_MAX = 64 << 10 };

static const char *const argv[] = { "qemu-system-x86_64", "-nodefaults", "-no-user-config",
	"-display", "none", "-vga", "std", "-accel", "kvm", "-m", "32", "-chardev",
	"stdio,id=debug", "-device", "isa-debugcon,iobase=0x402,chardev=debug", NULL };

/* @return 1: those words came; 0: they did not until @until, or it ended; -1. */
static int hear(int fd, int64_t until, struct ri_err *e)
{
	RI_BUF said = { 0 };

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = until - ri_clock_ms();
		char piece[4096];
		ssize_t n;

		if (ri_cancel_check(e) < 0)
			return -1;
		if (left <= 0 || said.n > SAID_MAX)
			return 0;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		ri_buf_add(&said, piece, (size_t)n);
		if (ri_buf_check(&said, e) < 0)
			return -1;
		if (memmem(said.p, said.n, LAST_WORDS, strlen(LAST_WORDS)))
			return 1;
	}
}

int ri_trial_kvm_works(bool *works, struct ri_err *e)
{
	static const struct ri_tool_file file = { DEVICE, RI_LANDLOCK_WRITE };
	const struct ri_tool tool = { .files = &file, .n = 1, .machine = true };
	RI_ON_EXIT(ri_child_close) struct ri_child child = RI_CHILD_INIT;
	struct ri_child_opts o = { .argv = argv,
		.tool = &tool,
		.n_fds = 1,
		.own_group = true,
		.death_signal = SIGKILL };
	RI_FD int read_end = -1;
	RI_FD int write_end = -1;
	int two[2], rc;

	*works = false;
	if (access(DEVICE, R_OK | W_OK) < 0)
		return 0;
	if (pipe2(two, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "a pipe");
	read_end = two[0];
	write_end = two[1];
	o.fds[0] = (struct ri_child_fd){ write_end, 1 };
	if (ri_child_start(&o, &child, e) < 0)
		return -1;
	ri_cleanup_fd(&write_end);
	rc = hear(read_end, ri_clock_ms() + PATIENCE_MS, e);
	*works = rc > 0;
	return rc < 0 ? -1 : 0;
}
