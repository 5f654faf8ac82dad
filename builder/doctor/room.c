// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Directories that a build writes to: whether it may, and what is free there.
 */
#include "doctor/internal.h"
#include "base/show.h"
#include "host/dir.h"

#include <errno.h>
#include <sys/stat.h>

/* Less than this and even the smallest guest's loader and initrd have no room: build/room.c. */
#define STAGE_LEAST ((uint64_t)64 << 20)
#define FILES_LEAST ((uint64_t)16 << 20)

/* The directory of @path that exists: itself, or the nearest above it. @return false: it is too long. */
static bool nearest(const char *path, char at[static PATH_MAX])
{
	struct stat st;

	if (snprintf(at, PATH_MAX, "%s", path) >= PATH_MAX)
		return false;
	while (stat(at, &st) < 0 && errno == ENOENT) {
		char *slash = strrchr(at, '/');

		if (!slash)
			strcpy(at, ".");
		else if (slash == at)
			slash[1] = '\0';
		else
			*slash = '\0';
	}
	return true;
}

/* Bytes that @target has on its storage, which archive and overlay do not exceed; 0: not known. */
static uint64_t data_of(const char *target)
{
	struct stat st;

	return target && stat(target, &st) == 0 && S_ISREG(st.st_mode)
		   ? (uint64_t)st.st_blocks * 512
		   : 0;
}

/** What a directory is for. */
struct use {
	const char *what;  /* the option or setting that names another */
	uint64_t least;    /* bytes; with less a build fails */
	uint64_t may_take; /* bytes that a build may come to; 0: not known */
};

static void look_room(const struct ri_doctor_host *h, const char *at, const struct use *u,
    struct ri_checked *r)
{
	char is[RI_SHOW_FIGURE], takes[RI_SHOW_FIGURE];
	uint64_t avail;

	if (!h->space(at, &avail))
		return;
	RI_FOUND(r, RI_HEALTH_OK, ", %s free", ri_show_bytes(avail, is));
	if (avail < u->least)
		RI_FOUND(r, RI_HEALTH_MISSING, ", and a build takes %s at least",
		    ri_show_bytes(u->least, takes));
	else if (avail < u->may_take)
		RI_FOUND(r, RI_HEALTH_WARNING, ", and this build may take up to %s",
		    ri_show_bytes(u->may_take, takes));
	r->room = r->health == RI_HEALTH_MISSING;
	if (r->health != RI_HEALTH_OK)
		RI_REMEDY(r, "make room there, or name another place (%s)", u->what);
}

static void look(const struct ri_doctor_host *h, const char *path, const struct use *u,
    struct ri_checked *r)
{
	char at[PATH_MAX];

	if (!nearest(path, at))
		return;
	if (!ri_may(at, W_OK | X_OK)) {
		RI_FOUND(r, RI_HEALTH_MISSING, "%s cannot be written to: %s", at, strerror(errno));
		RI_REMEDY(r, "name another place (%s), or run ramimg as the user whose it is",
		    u->what);
		return;
	}
	RI_FOUND(r, RI_HEALTH_OK, "%s", path);
	look_room(h, at, u, r);
}

int ri_look_stage(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	const struct use u = { "stage.dir", STAGE_LEAST, data_of(h->target) };
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err why = { 0 };

	(void)versions;
	/* Others could change what is staged: build refuses it with these words, too. */
	if (ri_dir_open(h->stage_dir, 0, &d, &why) < 0 && why.sys != ENOENT) {
		if (why.code != RI_E_IO) {
			*e = why;
			return -1;
		}
		RI_FOUND(r, RI_HEALTH_MISSING, "%s", why.msg);
		RI_REMEDY(r, "set stage.dir to a directory of your own");
		return 0;
	}
	look(h, h->stage_dir, &u, r);
	return 0;
}

int ri_look_out(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	const struct use u = { "--out", FILES_LEAST, data_of(h->target) };

	(void)versions, (void)e;
	if (*h->out)
		look(h, h->out, &u, r);
	return 0;
}

int ri_look_output(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	/* All that TARGET has, and the archive of it. */
	const struct use u = { "--output", FILES_LEAST, 2 * data_of(h->target) };
	const char *slash = h->output ? strrchr(h->output, '/') : NULL;
	char dir[PATH_MAX] = ".";

	(void)versions, (void)e;
	if (!h->output)
		return 0;
	if (slash)
		snprintf(dir, sizeof dir, "%.*s", slash > h->output ? (int)(slash - h->output) : 1,
		    h->output);
	look(h, dir, &u, r);
	return 0;
}

/* A sparse file takes room where it is written to. */
static void look_growth(const struct ri_doctor_host *h, const struct stat *st, struct ri_checked *r)
{
	uint64_t data = (uint64_t)st->st_blocks * 512;
	char is[RI_SHOW_FIGURE], takes[RI_SHOW_FIGURE];
	uint64_t avail;

	RI_FOUND(r, RI_HEALTH_OK, "%s", h->target);
	if (!h->space(h->target, &avail))
		return;
	ri_buf_addf(&r->found, ", %s free beside it", ri_show_bytes(avail, is));
	if (avail >= data)
		return;
	RI_FOUND(r, RI_HEALTH_WARNING, ", and the archive in it may take up to %s",
	    ri_show_bytes(data, takes));
	RI_REMEDY(r, "make room there, or write a new image elsewhere (--output)");
}

int ri_look_target(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	int how = h->output ? R_OK : R_OK | W_OK;
	struct stat st;

	(void)versions, (void)e;
	if (!h->target)
		return 0;
	if (stat(h->target, &st) < 0) {
		if (h->proxmox && !strchr(h->target, '/')) {
			RI_FOUND(r, RI_HEALTH_OK, "%s: Proxmox VE is asked for it by build",
			    h->target);
			return 0;
		}
		RI_FOUND(r, RI_HEALTH_MISSING, "%s: %s", h->target, strerror(errno));
		RI_REMEDY(r, "name an image file or a block device that exists");
	} else if (!ri_may(h->target, how)) {
		RI_FOUND(r, RI_HEALTH_MISSING, "%s cannot be %s: %s", h->target,
		    h->output ? "read" : "written to", strerror(errno));
		RI_REMEDY(r, "run ramimg as the user whose it is%s",
		    h->output ? "" : ", or write a new image (--output)");
	} else if (S_ISREG(st.st_mode) && !h->output) {
		look_growth(h, &st, r);
	} else {
		RI_FOUND(r, RI_HEALTH_OK, "%s", h->target);
	}
	return 0;
}
