// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/loopdev.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* Somebody else may take the one that was free: udev looks at them, and so may a hook. */
enum { TRIES = 16 };

static int configure(const char *path, const struct loop_config *config, int *out, struct ri_err *e)
{
	RI_FD int loop = open(path, O_RDONLY | O_CLOEXEC);

	if (loop < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", path);
	if (ioctl(loop, LOOP_CONFIGURE, config) < 0)
		return ri_fail(e, RI_E_IO, errno, "attaching the image to %s", path);
	*out = ri_steal_fd(&loop);
	return 0;
}

int ri_loop_attach(const char *dev, int fd, uint64_t bytes, char *path, size_t size, int *out,
    struct ri_err *e)
{
	const struct loop_config config = { .fd = (unsigned)fd,
		.info = { .lo_sizelimit = bytes,
		    .lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR } };
	RI_FD int control = -1;

	snprintf(path, size, "%s/loop-control", dev);
	control = open(path, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", path);
	for (int i = 0; i < TRIES; i++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE);

		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "no loop device is free");
		snprintf(path, size, "%s/loop%d", dev, n);
		if (configure(path, &config, out, e) == 0)
			return 0;
		if (e->sys != EBUSY || i == TRIES - 1)
			return -1;
		*e = (struct ri_err){ 0 };
	}
	return -1;
}
