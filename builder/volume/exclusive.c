// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/exclusive.h"
#include "base/cancel.h"
#include "host/clock.h"
#include "host/hostfile.h"
#include "volume/in_use.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#define READERS_MS 1000
#define STEP_MS 50

static int lock_it(const struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	/*
	 * A QEMU says what it does with an image by shared locks on bytes from 100 on, one for each
	 * permission (101: it writes), and what it allows nobody else to do by locks on bytes from
	 * 200 on.
	 */
	struct flock lk = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = use == RI_VOLUME_WRITE ? 100 : 101,
		.l_len = use == RI_VOLUME_WRITE ? 201 : 1 };
	int how = use == RI_VOLUME_WRITE ? LOCK_EX : LOCK_SH;

	if (flock(v->fd, how | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			   ? ri_fail(e, RI_E_BUSY, 0,
				 "another ramimg is working on it; wait for it to end")
			   : ri_fail(e, RI_E_IO, errno, "locking it");
	if (fcntl(v->fd, F_OFD_GETLK, &lk) == 0 && lk.l_type != F_UNLCK)
		return ri_fail(e, RI_E_BUSY, 0, "a running QEMU has it open; stop the VM first");
	return 0;
}

static int check_kernel(const struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	RI_BUF who = { 0 };

	if (ri_in_use_by_kernel("", v->fd, use == RI_VOLUME_WRITE, &who, e) < 0)
		return -1;
	return who.n == 0 ? 0 : ri_fail(e, RI_E_BUSY, 0, "%s", who.p);
}

static int claim(struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	RI_FD int fd = -1;

	if (!v->block)
		return 0;
	fd = open(v->path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0 && errno == EBUSY)
		return ri_fail(e, RI_E_BUSY, 0,
		    "the host itself uses the device (mounted, swap, or part of an LVM group or RAID); "
		    "release it first");
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open it alone");
	if (use == RI_VOLUME_WRITE)
		v->claim = ri_steal_fd(&fd);
	return 0;
}

static int check_processes(const struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	int64_t until = ri_clock_ms() + READERS_MS;
	struct ri_in_use h;

	for (;;) {
		if (ri_cancel_check(e) < 0 ||
		    ri_in_use_by_process(v->fd, use == RI_VOLUME_WRITE, &h, e) < 0)
			return -1;
		if (h.pid == 0)
			return 0;
		if (h.writes || ri_clock_ms() >= until)
			break;
		poll(NULL, 0, STEP_MS); /* nothing reports that a file was closed */
	}
	return ri_fail(e, RI_E_BUSY, 0,
	    "process %d (%s) has it open%s; stop the VM or the program first", h.pid, h.name,
	    h.writes ? " for writing" : "");
}

int ri_volume_claim(struct ri_volume *v, enum ri_volume_use use, struct ri_err *e)
{
	if (use == RI_VOLUME_LOOK)
		return 0;
	if (lock_it(v, use, e) < 0 || check_kernel(v, use, e) < 0 || claim(v, use, e) < 0)
		return -1;
	return check_processes(v, use, e);
}

int ri_volume_claim_below(struct ri_volume *node, struct ri_err *e)
{
	if (ri_volume_claim(node, RI_VOLUME_READ, e) < 0)
		return -1;
	/* On NFS the lock is one of bytes, which would keep QEMUs from starting on other clones. */
	return flock(node->fd, LOCK_UN) == 0 ? 0 : ri_fail(e, RI_E_IO, errno, "unlocking it");
}

int ri_volume_check_path(const struct ri_volume *v, struct ri_err *e)
{
	struct stat there, ours;

	if (fstat(v->fd, &ours) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	if (stat(v->path, &there) < 0)
		return ri_fail(e, RI_E_BUSY, errno,
		    "%s was moved or removed while it was worked on; nothing was written", v->path);
	return ri_stat_same(&there, &ours)
		   ? 0
		   : ri_fail(e, RI_E_BUSY, 0,
			 "%s is another file now than the one that was opened; nothing was written",
			 v->path);
}

int ri_volume_reclaim(const struct ri_volume *v, struct ri_err *e)
{
	if (ri_volume_check_path(v, e) < 0 || lock_it(v, RI_VOLUME_WRITE, e) < 0 ||
	    check_kernel(v, RI_VOLUME_WRITE, e) < 0 || check_processes(v, RI_VOLUME_WRITE, e) < 0)
		return ri_ctx(e, "%s", v->target);
	for (size_t i = 0; i < v->below_n; i++)
		if (ri_volume_check_path(&v->below[i], e) < 0 ||
		    ri_volume_claim_below(&v->below[i], e) < 0)
			return ri_ctx(e, "%s: its backing file", v->target);
	return 0;
}
