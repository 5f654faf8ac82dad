// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/output.h"
#include "host/hostfile.h"
#include "volume/backing.h"
#include "volume/exclusive.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

static int check_apart(const struct stat *st, const struct ri_volume *v, struct ri_err *e)
{
	struct stat other;

	if (fstat(v->fd, &other) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at %s", v->target);
	if (ri_stat_same(st, &other))
		return ri_fail(e, RI_E_USAGE, 0,
		    "is the volume that is read; name another file, or leave --output out to build it in "
		    "place");
	for (size_t i = 0; i < v->below_n; i++) {
		if (fstat(v->below[i].fd, &other) < 0)
			return ri_fail(e, RI_E_IO, errno, "looking at %s", v->below[i].path);
		if (ri_stat_same(st, &other))
			return ri_fail(e, RI_E_USAGE, 0,
			    "is a file that %s builds on; name another one", v->target);
	}
	return 0;
}

/* Only root may give a file away. */
static int check_owner(const struct stat *st, struct ri_err *e)
{
	/* A user's own group is not always one of the list that group_member(3) goes through. */
	bool member = st->st_gid == getegid() || group_member(st->st_gid);

	if (geteuid() == 0 || (st->st_uid == geteuid() && member))
		return 0;
	return ri_fail(e, RI_E_USAGE, 0,
	    "is owned by another user or group, and only root could replace it with a file that is, too; "
	    "remove it first");
}

static int check_backing(const struct ri_volume *old, struct ri_err *e)
{
	RI_BUF who = { 0 };

	if (ri_backing_find(old, &who, e) < 0)
		return -1;
	return who.n == 0
		   ? 0
		   : ri_fail(e, RI_E_UNSUPPORTED, 0,
			 "is the backing file of %s, which would be destroyed by replacing it; name "
			 "another file",
			 who.p);
}

static int check_old(struct ri_output *o, const struct stat *st, const struct ri_volume *v,
    struct ri_err *e)
{
	if ((v && check_apart(st, v, e) < 0) || check_owner(st, e) < 0)
		return -1;
	if ((st->st_mode & 0222) == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is read-only (mode %04o), as Proxmox keeps base images; name another file",
		    st->st_mode & 07777u);
	return ri_volume_claim(&o->old, RI_VOLUME_WRITE, e) < 0 ? -1 : check_backing(&o->old, e);
}

static int open_old(struct ri_output *o, const struct ri_volume *v, struct ri_err *e)
{
	struct stat st;

	o->old.target = strdup(o->path);
	o->old.path = realpath(o->path, NULL);
	if (!o->old.target)
		return ri_nomem(e);
	o->old.fd =
	    o->old.path ? open(o->old.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (o->old.fd < 0 || fstat(o->old.fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open what is there");
	if (!S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_USAGE, 0, "exists and is not a file");
	o->mode = st.st_mode & 07777;
	o->uid = st.st_uid;
	o->gid = st.st_gid;
	return check_old(o, &st, v, e);
}

static int look(struct ri_output *o, bool replace, const struct ri_volume *v, struct ri_err *e)
{
	struct stat st;

	if (!o->format)
		return ri_fail(e, RI_E_USAGE, 0,
		    "its name must end in .raw, .img, .qcow2 or .vmdk, which says the format");
	if (lstat(o->path, &st) < 0)
		return errno == ENOENT ? 0 : ri_fail(e, RI_E_IO, errno, "looking at it");
	if (!S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_USAGE, 0, "exists and is not a file");
	if (!replace)
		return ri_fail(e, RI_E_USAGE, 0,
		    "is already there; remove it, or replace it with --force");
	return open_old(o, v, e);
}

int ri_output_open(const char *path, bool replace, const struct ri_volume *volume,
    struct ri_output *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;

	o.path = path;
	o.format = ri_volume_format_of(path);
	o.mode = 0600;
	o.uid = geteuid();
	o.gid = getegid();
	if (look(&o, replace, volume, e) < 0)
		return ri_ctx(e, "--output %s", path);
	*out = o;
	o = (struct ri_output)RI_OUTPUT_INIT;
	return 0;
}

int ri_output_again(const struct ri_output *o, struct ri_err *e)
{
	struct stat st;

	if (o->old.fd >= 0)
		return ri_volume_reclaim(&o->old, e);
	if (lstat(o->path, &st) == 0)
		return ri_fail(e, RI_E_BUSY, 0,
		    "%s appeared while the image was made; it was left alone: name another file",
		    o->path);
	return errno == ENOENT ? 0 : ri_fail(e, RI_E_IO, errno, "%s", o->path);
}

void ri_output_close(struct ri_output *o)
{
	ri_volume_close(&o->old);
	*o = (struct ri_output)RI_OUTPUT_INIT;
}
