// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Who uses a file or device, as far as locks do not show it. QEMU locks image files but not block
 * devices, and other programs lock nothing.
 */
#include "base/buf.h"

struct ri_in_use {
	int pid; /* 0: nobody */
	char name[32];
	bool writes;
};

/**
 * Find a process other than this one that has the file or block device behind @fd open (proc(5):
 * /proc/PID/fd, and the access mode in fdinfo): one that writes if there is any, else, with
 * @readers, one that reads. Processes that this user may not inspect are skipped.
 * @return 0 with *@out; -1 RI_E_IO: also for want of memory or descriptors (volume/lack.h).
 */
int ri_in_use_by_process(int fd, bool readers, struct ri_in_use *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Find what the kernel has set up on it: a loop device (not one that only reads, unless @readers),
 * a mapping or array (sysfs "holders", of its partitions too), a mounted file system.
 * @root is prefixed to /sys; "" for the host's.
 * @return 0 with a sentence appended to @who that says what it is and how to remove it, nothing if
 *         there is none; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_in_use_by_kernel(const char *root, int fd, bool readers, struct ri_buf *who,
    struct ri_err *e) RI_MUST_CHECK;
