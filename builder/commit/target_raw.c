// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/target_raw.h"
#include "base/show.h"
#include "host/hostfile.h"
#include "volume/pool_room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

struct raw_target {
	struct ri_target base;
	int fd; /* the volume's */
	bool block;
	uint64_t bytes;           /* a file's length */
	struct ri_pool_room room; /* of a block device's pool */
};

static int raw_read(struct ri_target *t, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	const struct raw_target *r = (const struct raw_target *)t;
	ssize_t got = ri_file_read_at(r->fd, buf, n, at);

	if (got < 0 || ((size_t)got < n && r->block))
		return ri_fail(e, RI_E_IO, got < 0 ? errno : 0, "reading at byte %llu",
		    (unsigned long long)at);
	/* A file that ends within a sector, which QEMU fills up. */
	memset((char *)buf + got, 0, n - (size_t)got);
	return 0;
}

static int raw_write(struct ri_target *t, uint64_t at, const void *buf, size_t n, struct ri_err *e)
{
	const struct raw_target *r = (const struct raw_target *)t;

	/* Zeros behind a file's end are there already. */
	while (!r->block && n > 0 && at + n > r->bytes && ((const char *)buf)[n - 1] == '\0')
		n--;
	if (ri_file_write_at(r->fd, buf, n, at) < 0)
		return ri_fail(e, RI_E_IO, errno, "writing at byte %llu", (unsigned long long)at);
	return 0;
}

/* The holes of a sparse file are filled, with zeros. */
static int reserve_file(const struct raw_target *r, uint64_t at, uint64_t n, struct ri_err *e)
{
	char want[RI_SHOW_FIGURE], have[RI_SHOW_FIGURE];
	struct statvfs st;
	int why;

	if (fallocate(r->fd, FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)n) == 0)
		return 0;
	why = errno;
	if (why == EOPNOTSUPP || why == ENOSYS)
		return 0; /* nor has such a file system holes that would have to be filled */
	if (why != ENOSPC && why != EDQUOT)
		return ri_fail(e, RI_E_IO, why, "reserving room at byte %llu",
		    (unsigned long long)at);
	return ri_fail(e, RI_E_BUDGET, why,
	    "there is no room for %s more of it (%s are free); make room where it is stored",
	    ri_show_bytes(n, want),
	    fstatvfs(r->fd, &st) == 0 ? ri_show_bytes((uint64_t)st.f_bavail * st.f_frsize, have)
				      : "an unknown number of bytes");
}

static int raw_reserve(struct ri_target *t, uint64_t at, uint64_t n, bool fresh, struct ri_err *e)
{
	struct raw_target *r = (struct raw_target *)t;

	if (r->block)
		return ri_pool_room_take(&r->room, at, n, e);
	return fresh ? reserve_file(r, at, n, e) : 0;
}

static int raw_flush(struct ri_target *t, struct ri_err *e)
{
	const struct raw_target *r = (const struct raw_target *)t;

	return fsync(r->fd) < 0 ? ri_fail(e, RI_E_IO, errno, "flushing it to the disk") : 0;
}

/*
 * The locks by which a QEMU says that it allows nobody else anything with an image (block/file-posix.c,
 * RAW_LOCK_SHARED_BASE and the bits of BLK_PERM_ALL): none can open it meanwhile.
 */
static int lock_out_qemu(int fd, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = 200, .l_len = 5 };

	return fcntl(fd, F_OFD_SETLK, &l);
}

static void raw_free(struct ri_target *t)
{
	struct raw_target *r = (struct raw_target *)t;

	if (!r->block)
		lock_out_qemu(r->fd, F_UNLCK);
	free(r);
}

static int start(struct raw_target *r, const char *id, struct ri_err *e)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	r->bytes = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode))
		return ri_pool_room_of(id, st.st_rdev, &r->room, e);
	/* Some network file systems have no locks: then QEMU has none there either. */
	if (!r->block && lock_out_qemu(r->fd, F_RDLCK) < 0 && (errno == EAGAIN || errno == EACCES))
		return ri_fail(e, RI_E_BUSY, 0, "another program locks it; stop the VM first");
	return 0;
}

int ri_target_raw(const struct ri_volume *v, struct ri_target **out, struct ri_err *e)
{
	struct raw_target *r = calloc(1, sizeof *r);

	if (!r)
		return ri_nomem(e);
	*r = (struct raw_target){ .base = { raw_read, raw_write, raw_reserve, raw_flush, raw_free },
		.fd = v->fd,
		.block = v->block };
	if (start(r, v->id ? v->id : "", e) < 0) {
		free(r);
		return -1;
	}
	*out = &r->base;
	return 0;
}
