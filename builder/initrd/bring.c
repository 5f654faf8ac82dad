// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/bring.h"
#include "base/cancel.h"
#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { PIECE = 1 << 20, BLOCK = 512 };

/* As append.c has it: at least four zeros, and the archive at a multiple of four bytes. */
static uint64_t begin(uint64_t end)
{
	return end + 4 + (4 - end % 4) % 4;
}

/* A header with its name, and zeros up to a multiple of four; the archive begins at one. */
static void add_entry(struct ri_buf *out, const char *name, unsigned mode, uint64_t size)
{
	const unsigned ino = mode ? 1 : 0; /* that of the trailer is 0 */
	static const char zeros[4];

	/* magic, inode, mode, owner, group, links, time, length, device twice, length of the name, no sum */
	ri_buf_addf(out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ino, mode,
	    0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1, 0u);
	ri_buf_add(out, name, strlen(name) + 1);
	ri_buf_add(out, zeros, (4 - out->n % 4) % 4);
}

static int copy(int from, const char *name, uint64_t size, int to, uint64_t at, struct ri_err *e)
{
	RI_FREE char *buf = malloc(PIECE);
	uint64_t done = 0;

	if (!buf)
		return ri_nomem(e);
	while (done < size) {
		size_t want = size - done < PIECE ? (size_t)(size - done) : PIECE;
		ssize_t n = ri_file_read_at(from, buf, want, done);

		if (ri_cancel_check(e) < 0)
			return -1;
		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "reading %s", name);
		if ((size_t)n < want)
			return ri_fail(e, RI_E_IO, 0, "%s got shorter while it was read", name);
		if (ri_file_write_at(to, buf, want, at + done) < 0)
			return ri_fail(e, RI_E_IO, errno, "writing %s into the initrd", name);
		done += want;
	}
	return 0;
}

static int put(int to, const char *path, int from, const char *name, uint64_t size, uint64_t end,
    struct ri_err *e)
{
	RI_BUF head = { 0 }, tail = { 0 };
	uint64_t at = begin(end), behind;

	add_entry(&head, path, S_IFREG | 0600, size);
	add_entry(&tail, "TRAILER!!!", 0, 0);
	if (ri_buf_check(&head, e) < 0 || ri_buf_check(&tail, e) < 0)
		return -1;
	behind = at + head.n + size + (4 - size % 4) % 4;
	if (ri_file_write_at(to, head.p, head.n, at) < 0 ||
	    ri_file_write_at(to, tail.p, tail.n, behind) < 0)
		return ri_fail(e, RI_E_IO, errno, "writing the initrd");
	/* What has not been written is zeros: before the archive, in it, and up to its last block's end. */
	behind += tail.n;
	if (ftruncate(to, (off_t)(behind + (BLOCK - (behind - at) % BLOCK) % BLOCK)) < 0)
		return ri_fail(e, RI_E_IO, errno, "writing the initrd");
	return copy(from, name, size, to, at + head.n, e);
}

int ri_initrd_bring(const char *out, const char *path, const char *from, struct ri_err *e)
{
	RI_FD int in = open(from, O_RDONLY | O_CLOEXEC), to = open(out, O_WRONLY | O_CLOEXEC);
	struct stat file, end;

	if (in < 0 || fstat(in, &file) < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", from);
	if (to < 0 || fstat(to, &end) < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", out);
	if ((uint64_t)file.st_size >= RI_INITRD_BROUGHT_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "the archive has %llu bytes, and an initrd cannot bring a file of 4 GiB or more",
		    (unsigned long long)file.st_size);
	return put(to, path, in, ri_file_base(from), (uint64_t)file.st_size, (uint64_t)end.st_size,
	    e);
}
