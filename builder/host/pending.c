// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pending.h"
#include "host/hostfile.h"

#include <errno.h>

static int open_dir_of(const char *path, struct ri_dir *out, struct ri_err *e)
{
	size_t n = (size_t)(ri_file_base(path) - path);
	RI_FREE char *dir = n > 0 ? strndup(path, n) : strdup(".");

	return dir ? ri_dir_open_any(dir, out, e) : ri_nomem(e);
}

int ri_pending_open(const char *path, unsigned mode, struct ri_pending *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;
	RI_BUF prefix = { 0 };

	ri_buf_addf(&prefix, "%s.ramimg-", ri_file_base(path));
	p.final = strdup(path);
	if (!p.final || ri_buf_check(&prefix, e) < 0)
		return ri_nomem(e);
	if (open_dir_of(path, &p.dir, e) < 0)
		return ri_ctx(e, "cannot create a file beside %s", path);
	p.fd = ri_dir_create_new(&p.dir, prefix.p, mode, &p.tmp, e);
	if (p.fd < 0)
		return ri_ctx(e, "cannot create a file beside %s", path);
	snprintf(p.self, sizeof p.self, "/proc/self/fd/%d", p.fd);
	*out = p;
	p = (struct ri_pending)RI_PENDING_INIT;
	return 0;
}

int ri_pending_keep(struct ri_pending *p, struct ri_err *e)
{
	if (fsync(p->fd) < 0)
		return ri_fail(e, RI_E_IO, errno, "fsync %s", p->final);
	if (close(ri_steal_fd(&p->fd)) < 0)
		return ri_fail(e, RI_E_IO, errno, "close %s", p->final);
	if (ri_dir_rename(&p->dir, p->tmp, &p->dir, ri_file_base(p->final), e) < 0)
		return -1;
	free(ri_steal(p->tmp));
	return ri_dir_sync(&p->dir, e);
}

void ri_pending_drop(struct ri_pending *p)
{
	struct ri_err ignored;

	ri_cleanup_fd(&p->fd);
	if (p->tmp && ri_dir_remove(&p->dir, p->tmp, &ignored) < 0)
		errno = 0;
	free(p->tmp);
	free(p->final);
	ri_dir_close(&p->dir);
	*p = (struct ri_pending)RI_PENDING_INIT;
}
