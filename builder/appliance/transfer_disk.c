// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/transfer_disk.h"
#include "base/cancel.h"
#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MIB 1048576ULL
/* More than a volume holds: two files on a full one, each rounded up. */
#define SLACK (64 * MIB)

int ri_transfer_make(const char *path, uint64_t volume_bytes, struct ri_transfer *out,
    struct ri_err *e)
{
	uint64_t bytes;
	RI_FD int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot create %s", path);
	if (__builtin_add_overflow(volume_bytes, SLACK, &bytes) || bytes > INT64_MAX)
		return ri_fail(e, RI_E_IO, EFBIG, "%s", path);
	bytes -= bytes % RI_TRANSFER_UNIT;
	if (ftruncate(fd, (off_t)bytes) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	*out = (struct ri_transfer){ .fd = fd, .bytes = bytes, .next = RI_TRANSFER_UNIT };
	fd = -1;
	return 0;
}

/* Some kernels and file systems cannot copy by themselves. */
static int read_write(int in, int fd, uint64_t at, struct ri_err *e)
{
	RI_FREE char *chunk = malloc(MIB);
	ssize_t n;

	if (!chunk)
		return ri_nomem(e);
	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return ri_fail(e, RI_E_IO, errno, "copying");
	while ((n = read(in, chunk, MIB)) > 0)
		if (ri_cancel_check(e) < 0 ||
		    ri_file_write(fd, ri_span(chunk, (size_t)n), "copying", e) < 0)
			return -1;
	return n < 0 ? ri_fail(e, RI_E_IO, errno, "copying") : 0;
}

static int copy(int in, int fd, uint64_t at, uint64_t bytes, struct ri_err *e)
{
	off_t to = (off_t)at;
	uint64_t done = 0;

	while (done < bytes) {
		/* In pieces, so that a signal need not wait for the whole. */
		uint64_t want = bytes - done < 64 * MIB ? bytes - done : 64 * MIB;
		ssize_t n = copy_file_range(in, NULL, fd, &to, (size_t)want, 0);

		if (ri_cancel_check(e) < 0)
			return -1;
		if (n < 0 && errno == ENOSPC)
			return ri_fail(e, RI_E_IO, errno, "copying");
		if (n <= 0)
			return done == 0 ? read_write(in, fd, at, e)
					 : ri_fail(e, RI_E_IO, n < 0 ? errno : 0, "copying");
		done += (uint64_t)n;
	}
	return 0;
}

int ri_transfer_put(struct ri_transfer *h, const char *path, struct ri_transfer_file *out,
    struct ri_err *e)
{
	RI_FD int in = open(path, O_RDONLY | O_CLOEXEC);
	struct ri_transfer_file f = { .at = h->next };
	struct stat st;
	uint64_t units;

	if (in < 0 || fstat(in, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	f.bytes = (uint64_t)st.st_size;
	/* The last unit stays empty: some look for a backup of a partition table at the end. */
	units = f.bytes / RI_TRANSFER_UNIT + 1;
	if (units + 1 > (h->bytes - h->next) / RI_TRANSFER_UNIT)
		return ri_fail(e, RI_E_IO, EFBIG, "%s", path);
	h->next += units * RI_TRANSFER_UNIT;
	if (copy(in, h->fd, f.at, f.bytes, e) < 0) {
		ri_transfer_drop(h, &f);
		return -1;
	}
	*out = f;
	return 0;
}

void ri_transfer_drop(const struct ri_transfer *h, const struct ri_transfer_file *f)
{
	/* Where holes cannot be made, the bytes stay until the file is closed. */
	if (f->bytes > 0)
		(void)fallocate(h->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)f->at,
		    (off_t)f->bytes);
}

void ri_transfer_close(struct ri_transfer *h)
{
	ri_cleanup_fd(&h->fd);
	*h = (struct ri_transfer)RI_TRANSFER_INIT;
}
