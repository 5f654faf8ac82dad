// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/stage.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "host/process.h"
#include "host/sha256.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>

#define READER_MARK ".reader-"

/*
 * /var/tmp is everybody's: a directory that somebody else made there could hold a record that names
 * an overlay of theirs.
 */
static int check_private(const char *dir, struct ri_err *e)
{
	struct stat st;

	if (lstat(dir, &st) < 0)
		return errno == ENOENT ? 0 : ri_fail(e, RI_E_IO, errno, "%s", dir);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 0022) != 0)
		return ri_fail(e, RI_E_IO, 0,
		    "%s must be a directory of this user that nobody else can write to; remove it, or "
		    "set stage.dir to another one",
		    dir);
	return 0;
}

/*
 * One volume, one directory, by the hash of what stays its name: a device's path is another one
 * after a reboot. A reader's has its process id too, by which a later run knows that it is left
 * over.
 */
static int name_dir(const char *id, const char *stage_dir, bool reader, struct ri_stage *s,
    struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1];
	struct ri_buf b = { 0 };

	if (check_private(stage_dir, e) < 0)
		return -1;
	ri_sha256_span(ri_str(id), hex);
	ri_buf_addf(&b, "%s/%.32s", stage_dir, hex);
	if (reader)
		ri_buf_addf(&b, READER_MARK "%d", (int)getpid());
	s->dir = ri_buf_steal(&b);
	if (!s->dir)
		return ri_nomem(e);
	s->overlay = ri_file_join(s->dir, "overlay.qcow2");
	s->handover = ri_file_join(s->dir, "handover.raw");
	s->record = ri_file_join(s->dir, "commit");
	return s->overlay && s->handover && s->record ? 0 : ri_nomem(e);
}

static void stage_free(struct ri_stage *s)
{
	free(s->dir);
	free(s->overlay);
	free(s->handover);
	free(s->record);
	*s = (struct ri_stage){ 0 };
}

static int has_record(const struct ri_stage *s, bool *yes, struct ri_err *e)
{
	struct stat st;

	*yes = lstat(s->record, &st) == 0;
	if (!*yes && errno != ENOENT && errno != ENOTDIR)
		return ri_fail(e, RI_E_IO, errno, "%s", s->record);
	return 0;
}

int ri_stage_waiting(const char *id, const char *stage_dir, bool *waiting, struct ri_err *e)
{
	RI_ON_EXIT(stage_free) struct ri_stage s = { 0 };

	return name_dir(id, stage_dir, false, &s, e) < 0 ? -1 : has_record(&s, waiting, e);
}

int ri_stage_pending(const struct ri_volume *v, const char *stage_dir, bool *pending,
    struct ri_err *e)
{
	return ri_stage_waiting(v->id, stage_dir, pending, e);
}

int ri_stage_find(const struct ri_volume *v, const char *stage_dir, struct ri_stage *out,
    bool *found, struct ri_err *e)
{
	RI_ON_EXIT(stage_free) struct ri_stage s = { .volume = v };

	if (name_dir(v->id, stage_dir, false, &s, e) < 0 || has_record(&s, found, e) < 0)
		return -1;
	if (!*found)
		return 0;
	s.keep = true;
	*out = s;
	s = (struct ri_stage){ 0 };
	return 0;
}

static int make_overlay(const struct ri_stage *s, struct ri_err *e)
{
	const char *argv[] = { "qemu-img", "create", "-q", "-f", "qcow2", "-b", s->volume->path,
		"-F", s->volume->format, s->overlay, NULL };
	struct ri_process_opts opts = { .timeout_s = 120 };

	return ri_process_check(argv, &opts, NULL, e);
}

/* Readers that died left their overlays, whose names no later run will use. */
static void sweep_readers(const char *stage_dir)
{
	DIR *d = opendir(stage_dir);

	if (!d)
		return;
	for (struct dirent *en = readdir(d); en; en = readdir(d)) {
		const char *mark = strstr(en->d_name, READER_MARK);
		long pid = mark ? strtol(mark + strlen(READER_MARK), NULL, 10) : 0;
		struct ri_err ignored;
		RI_FREE char *path = ri_file_join(stage_dir, en->d_name);

		if (pid > 0 && pid <= INT_MAX && path && kill((pid_t)pid, 0) < 0 &&
		    errno == ESRCH && ri_file_rmdir_flat(path, &ignored) < 0)
			ri_log(RI_LOG_DEBUG, "%s", ignored.msg);
	}
	closedir(d);
}

int ri_stage_new(const struct ri_volume *v, const char *stage_dir, bool reader,
    struct ri_stage *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { .volume = v };
	bool recorded;

	if (name_dir(v->id, stage_dir, reader, &s, e) < 0 || has_record(&s, &recorded, e) < 0)
		return -1;
	if (recorded) {
		s.keep = true;
		return ri_fail(e, RI_E_COMMIT, 0, "%s records an interrupted commit", s.record);
	}
	sweep_readers(stage_dir);
	/* 0700: the overlay holds pieces of the guest, its password hashes among them. */
	if (ri_file_mkdirs(stage_dir, 0700, e) < 0 || ri_file_rmdir_flat(s.dir, e) < 0 ||
	    ri_file_mkdirs(s.dir, 0700, e) < 0)
		return ri_ctx(e, "the stage");
	if (make_overlay(&s, e) < 0)
		return ri_ctx(e, "making the overlay");
	*out = s;
	s = (struct ri_stage){ 0 };
	return 0;
}

/* Before there is anything in it. */
static int give_away(int fd, const struct ri_output *to, struct ri_err *e)
{
	if (to->old.fd >= 0 && fchown(fd, to->uid, to->gid) < 0)
		return ri_fail(e, RI_E_IO, errno, "giving it to the owner of what it replaces");
	return fchmod(fd, to->mode) == 0 ? 0 : ri_fail(e, RI_E_IO, errno, "setting its mode");
}

static int convert(const struct ri_stage *s, const struct ri_output *to, const struct ri_pending *p,
    struct ri_err *e)
{
	const char *argv[] = { "qemu-img", "convert", "-f", "qcow2", "-O", to->format, s->overlay,
		p->tmp, NULL };
	int rc;

	if (give_away(p->fd, to, e) < 0)
		return -1;
	ri_progress("writing the image", 0, 0);
	rc = ri_process_check(argv, NULL, NULL, e);
	ri_progress_end("writing the image", 0, 0);
	return rc;
}

int ri_stage_export(const struct ri_stage *s, const struct ri_output *to, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;

	if (ri_pending_open(to->path, 0600, &p, e) < 0)
		return -1;
	if (convert(s, to, &p, e) < 0)
		return ri_ctx(e, "writing %s", to->path);
	if (ri_output_again(to, e) < 0)
		return ri_ctx(e, "--output");
	return ri_pending_keep(&p, e);
}

void ri_stage_discard(struct ri_stage *s)
{
	struct ri_err ignored;

	if (s->dir && !s->keep && ri_file_rmdir_flat(s->dir, &ignored) < 0)
		ri_log(RI_LOG_WARN, "%s", ignored.msg);
	stage_free(s);
}
