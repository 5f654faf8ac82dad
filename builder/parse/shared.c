// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int ri_shared_create(struct ri_err *e)
{
	int fd = memfd_create("ramimg-read", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "memory to share with another process");
	if (ftruncate(fd, (off_t)RI_SHARED_BYTES) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;
	ri_fail(e, RI_E_IO, errno, "memory to share with another process");
	close(fd);
	return -1;
}

char *ri_shared_map(int fd, bool writable, struct ri_err *e)
{
	void *p = mmap(NULL, RI_SHARED_BYTES, PROT_READ | (writable ? PROT_WRITE : 0),
	    MAP_SHARED | MAP_POPULATE, fd, 0);

	if (p != MAP_FAILED)
		return p;
	ri_fail(e, RI_E_IO, errno, "memory shared with another process");
	return NULL;
}
