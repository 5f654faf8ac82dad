// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/artifacts_dir.h"
#include "base/log.h"
#include "host/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

int ri_artifacts_open(const char *dir, struct ri_artifacts *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = RI_ARTIFACTS_INIT;

	if (ri_file_mkdirs(dir, 0755, e) < 0)
		return -1;
	o.dir = strdup(dir);
	if (!o.dir)
		return ri_nomem(e);
	o.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o.fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", dir);
	if (flock(o.fd, LOCK_EX | LOCK_NB) < 0)
		return ri_fail(e, RI_E_BUSY, errno, "another build writes to %s", dir);
	o.making = ri_file_join(dir, ".new");
	if (!o.making)
		return ri_nomem(e);
	/* 0700: the archive holds the guest's password hashes until its own mode protects it. */
	if (ri_file_rmdir_flat(o.making, e) < 0 || ri_file_mkdirs(o.making, 0700, e) < 0)
		return -1;
	*out = o;
	o = (struct ri_artifacts)RI_ARTIFACTS_INIT;
	return 0;
}

int ri_artifacts_keep(struct ri_artifacts *o, struct ri_err *e)
{
	DIR *d = opendir(o->making);
	int bad = 0;

	if (!d)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", o->making);
	for (struct dirent *en = readdir(d); en && !bad; en = readdir(d))
		if (strcmp(en->d_name, ".") != 0 && strcmp(en->d_name, "..") != 0 &&
		    renameat(dirfd(d), en->d_name, o->fd, en->d_name) < 0)
			bad = ri_fail(e, RI_E_IO, errno, "moving %s to %s", en->d_name, o->dir);
	closedir(d);
	return bad;
}

void ri_artifacts_close(struct ri_artifacts *o)
{
	struct ri_err ignored;

	if (o->making && ri_file_rmdir_flat(o->making, &ignored) < 0)
		ri_log(RI_LOG_WARN, "%s", ignored.msg);
	ri_cleanup_fd(&o->fd);
	free(o->dir);
	free(o->making);
	*o = (struct ri_artifacts)RI_ARTIFACTS_INIT;
}
