// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/artifacts_dir.h"
#include "base/log.h"
#include "build/signature.h"

#include <errno.h>
#include <sys/file.h>

#define MAKING ".new"
#define IN_STAGE "artifacts"

int ri_artifacts_open(const char *dir, struct ri_artifacts *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = { 0 };

	/* Nobody else may look in: the artifacts hold the guest's password hashes. */
	if (ri_dir_open(dir, 0700, &o.dir, e) < 0)
		return -1;
	if (flock(o.dir.fd, LOCK_EX | LOCK_NB) < 0)
		return ri_fail(e, RI_E_BUSY, errno, "another build writes to %s", dir);
	if (ri_dir_remove(&o.dir, MAKING, e) < 0 || ri_dir_make(&o.dir, MAKING, &o.making, e) < 0)
		return -1;
	*out = o;
	o = (struct ri_artifacts){ 0 };
	return 0;
}

int ri_artifacts_open_stage(const struct ri_dir *stage, struct ri_artifacts *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = { .stage = stage };

	if (ri_dir_make(stage, IN_STAGE, &o.making, e) < 0)
		return -1;
	*out = o;
	o = (struct ri_artifacts){ 0 };
	return 0;
}

int ri_artifacts_keep(struct ri_artifacts *o, struct ri_err *e)
{
	RI_STRV names = { 0 };

	if (o->stage)
		return 0;
	/* What was signed before is replaced. */
	if (ri_dir_list(&o->making, &names, e) < 0 ||
	    ri_dir_remove(&o->dir, RI_SIGNATURE_NAME, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		/* Whoever wrote it: libguestfs gives what it downloads the umask's mode. */
		if (ri_dir_chmod(&o->making, names.v[i], 0600, e) < 0)
			return -1;
		if (ri_dir_rename(&o->making, names.v[i], &o->dir, names.v[i], e) < 0)
			return -1;
	}
	return 0;
}

void ri_artifacts_close(struct ri_artifacts *o)
{
	struct ri_err ignored;

	/* Without it, another build has the directory: what is being made there is its own. */
	if (o->making.path && ri_dir_remove(o->stage ? o->stage : &o->dir,
				  o->stage ? IN_STAGE : MAKING, &ignored) < 0)
		ri_log(RI_LOG_WARN, "%s", ignored.msg);
	ri_dir_close(&o->making);
	ri_dir_close(&o->dir);
}
