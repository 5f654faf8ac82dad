// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/kmods.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

int ri_kmods_load(const char *dir, const struct ri_strv *names, struct ri_err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		char path[512];
		RI_FD int fd = -1;

		snprintf(path, sizeof path, "%s/%s", dir, names->v[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return ri_fail(e, RI_E_IO, errno, "opening the kernel module %s", path);
		if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
			return ri_fail(e, RI_E_IO, errno, "loading the kernel module %s", path);
	}
	return 0;
}
