// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/bootcount.h"
#include "loader/archive.h"
#include "loader/load.h"
#include "loader/mounts.h"

#include "format/grubenv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/** What the RAM entry has set is unset: the count, and Ubuntu's mark where the entry has inherited that. */
static int unset(struct ri_span block, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF counted = { 0 };
	struct ri_span value;

	if (!ri_grubenv_get(block, RI_GRUBENV_FAILED, &value) &&
	    !ri_grubenv_get(block, RI_GRUBENV_RECORDFAIL, &value))
		return 0;
	if (ri_grubenv_set(block, RI_GRUBENV_FAILED, NULL, &counted, e) < 0)
		return -1;
	return ri_grubenv_set(ri_buf_span(&counted), RI_GRUBENV_RECORDFAIL, NULL, out, e);
}

/** What the block has to become, appended to @out; nothing where it is not there or counts nothing. */
static int read_block(const char *base, const char *path, struct ri_buf *out, struct ri_err *e)
{
	char bytes[RI_GRUBENV_BYTES + 1];
	RI_FD int fd = ri_open_below(base, path, O_RDONLY, e);
	struct ri_span block;
	ssize_t n;

	if (fd < 0 && e->sys == ENOENT) {
		*e = (struct ri_err){ 0 };
		return 0;
	}
	if (fd < 0)
		return -1;
	n = pread(fd, bytes, sizeof bytes, 0);
	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading %s", path);
	block = ri_span(bytes, (size_t)n);
	if (ri_grubenv_check(block, e) < 0)
		return -1;
	return unset(block, out, e);
}

static int write_block(const char *base, const char *path, struct ri_span block, struct ri_err *e)
{
	RI_FD int fd = ri_open_below(base, path, O_WRONLY, e);

	if (fd < 0)
		return -1;
	if (pwrite(fd, block.p, block.n, 0) != (ssize_t)block.n || fsync(fd) < 0)
		return ri_fail(e, RI_E_IO, errno, "writing %s", path);
	return 0;
}

static int reset(const char *base, const char *path, struct ri_err *e)
{
	RI_BUF block = { 0 };
	bool readonly;
	int rc;

	if (read_block(base, path, &block, e) < 0)
		return -1;
	if (block.n == 0)
		return 0;
	if (ri_mount_writable(base, &readonly, e) < 0)
		return -1;
	rc = write_block(base, path, ri_buf_span(&block), e);
	if (readonly && ri_mount_readonly(base, rc < 0 ? &(struct ri_err){ 0 } : e) < 0)
		rc = -1;
	return rc;
}

void ri_bootcount_reset(const char *base, const struct ri_manifest *m, struct ri_cons *cons)
{
	struct ri_err e = { 0 };

	if (m->grubenv && reset(base, m->grubenv, &e) < 0)
		ri_cons_say(cons, "GRUB goes on counting this boot as failed: %s", e.msg);
}
