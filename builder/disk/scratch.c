// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "disk/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES ((off_t)1 << 62) /* what comes after it could overflow in the kernel */
#define CHUNK (1u << 20)

int ri_scratch_create(struct ri_err *e)
{
	RI_FD int fd = memfd_create("ramimg-scratch", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, BYTES) < 0)
		return ri_fail(e, RI_E_IO, errno, "making a file in memory");
	return ri_steal_fd(&fd);
}

int ri_scratch_clear(int fd, struct ri_err *e)
{
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, BYTES) == 0)
		return 0;
	return ri_fail(e, RI_E_IO, errno, "clearing a file in memory");
}

/* By a mapping, not by pwrite(2): a confined process may write to no file at all. */
static int put_piece(int fd, struct ri_image *i, uint64_t at, size_t n, struct ri_err *e)
{
	size_t before = (size_t)(at % (uint64_t)sysconf(_SC_PAGESIZE));
	char *p =
	    mmap(NULL, before + n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)(at - before));
	int rc;

	if (p == MAP_FAILED)
		return ri_fail(e, RI_E_IO, errno, "mapping a file in memory");
	rc = i->read(i, at, p + before, n, e);
	munmap(p, before + n);
	return rc;
}

int ri_scratch_put(int fd, struct ri_image *i, uint64_t at, uint64_t n, struct ri_err *e)
{
	if (i->size > (uint64_t)BYTES)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "the disk is too large");
	if (at >= i->size)
		return 0;
	if (n > i->size - at)
		n = i->size - at;
	while (n > 0) {
		size_t now = n < CHUNK ? (size_t)n : CHUNK;

		if (put_piece(fd, i, at, now, e) < 0)
			return -1;
		at += now;
		n -= now;
	}
	return 0;
}
