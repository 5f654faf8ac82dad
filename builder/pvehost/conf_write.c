// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/conf_write.h"
#include "base/log.h"
#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Proxmox's own name for it, so that its tools pass over one that is left ("105.conf.tmp.4711"). */
static int temporary(const struct ri_pvevm *vm, struct ri_buf *out, struct ri_err *e)
{
	ri_buf_addf(out, "%s.tmp.%d", vm->path, (int)getpid());
	return ri_buf_check(out, e);
}

static int make(const char *path, struct ri_err *e)
{
	int fd;

	unlink(path); /* of a process of this number that is long gone */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	return fd >= 0
		   ? fd
		   : ri_fail(e, RI_E_IO, errno,
			 "the configuration cannot be written (no quorum? see pvecm status): %s",
			 path);
}

int ri_conf_write_check(const struct ri_pvevm *vm, struct ri_err *e)
{
	RI_BUF tmp = { 0 };
	RI_FD int fd = -1;

	if (temporary(vm, &tmp, e) < 0)
		return -1;
	fd = make(tmp.p, e);
	if (fd < 0)
		return -1;
	unlink(tmp.p);
	return 0;
}

int ri_conf_write_unchanged(const struct ri_pvevm *vm, struct ri_err *e)
{
	RI_BUF now = { 0 };

	if (access(vm->path, F_OK) < 0 && errno == ENOENT)
		return ri_fail(e, RI_E_BUSY, 0,
		    "%s is gone: somebody has removed the VM or moved it to another node",
		    vm->path);
	if (ri_pve_read(vm->path, &now, e) < 0)
		return -1;
	return ri_span_eq(ri_buf_span(&now), ri_buf_span(&vm->text))
		   ? 0
		   : ri_fail(e, RI_E_BUSY, 0, "%s has been changed in the meantime; run it again",
			 vm->path);
}

static int fill(int fd, const char *path, struct ri_span text, struct ri_err *e)
{
	if (ri_file_write(fd, text, path, e) < 0)
		return -1;
	return fsync(fd) < 0 ? ri_fail(e, RI_E_IO, errno, "%s", path) : 0;
}

/*
 * Whoever edits the file without Proxmox's lock on it is not overwritten either, as far as can be: pmxcfs
 * has no rename that looks at what it replaces, so the look comes right before it.
 */
static int take_its_place(const struct ri_pvevm *vm, const char *tmp, struct ri_err *e)
{
	if (ri_conf_write_unchanged(vm, e) < 0)
		return -1;
	ri_log(RI_LOG_DEBUG, "writing %s", vm->path);
	return rename(tmp, vm->path) < 0 ? ri_fail(e, RI_E_IO, errno, "%s", vm->path) : 0;
}

int ri_conf_write(const struct ri_pvevm *vm, struct ri_span text, struct ri_err *e)
{
	RI_BUF tmp = { 0 };
	RI_FD int fd = -1;
	struct stat st;

	if (temporary(vm, &tmp, e) < 0 || ri_conf_write_unchanged(vm, e) < 0)
		return -1;
	fd = make(tmp.p, e);
	if (fd < 0)
		return -1;
	/* pmxcfs gives every file the same owner and refuses others; elsewhere they are kept. */
	if (stat(vm->path, &st) == 0 &&
	    (fchmod(fd, st.st_mode & 0777) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0))
		errno = 0;
	if (fill(fd, tmp.p, text, e) == 0 && take_its_place(vm, tmp.p, e) == 0)
		return 0;
	unlink(tmp.p);
	return -1;
}
