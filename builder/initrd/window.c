// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/window.h"
#include "base/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int ri_initrd_open(const char *path, const char *name, int *fd, uint64_t *size, struct ri_err *e)
{
	/* O_NONBLOCK: a fifo of that name must not stop us. */
	RI_FD int f = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (f < 0)
		return ri_fail(e, errno == ENOENT ? RI_E_GUEST : RI_E_IO, errno,
		    "opening the initrd %s", name);
	if (fstat(f, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "the initrd %s", name);
	if (!S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_GUEST, 0, "the initrd %s is not a regular file", name);
	if (st.st_size == 0)
		return ri_fail(e, RI_E_GUEST, 0, "the initrd %s is empty", name);
	if ((uint64_t)st.st_size > RI_INITRD_BYTES_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "the initrd %s has %llu bytes: too large for one",
		    name, (unsigned long long)st.st_size);
	*size = (uint64_t)st.st_size;
	*fd = ri_steal_fd(&f);
	return 0;
}

int ri_initrd_more(void *arg, struct ri_span *out, struct ri_err *e)
{
	struct ri_initrd_in *in = arg;
	uint64_t left = in->end - in->at;
	size_t want = left < RI_INITRD_WINDOW ? (size_t)left : RI_INITRD_WINDOW;
	ssize_t n;

	if (ri_cancel_check(e) < 0)
		return -1;
	do
		n = pread(in->fd, in->buf, want, (off_t)in->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading the initrd");
	in->at += (uint64_t)n;
	*out = ri_span(in->buf, (size_t)n);
	return 0;
}
