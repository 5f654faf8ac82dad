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

/* What the record says, so that a commit is never completed onto another volume of that name. */
static int record_text(const struct ri_volume *v, struct ri_buf *out, struct ri_err *e)
{
	struct stat st;

	if (fstat(v->fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", v->path);
	ri_buf_addf(out, "ramimg commit 1\nvolume=%s\nformat=%s\nsize=%llu\n", v->id, v->format,
	    (unsigned long long)v->size);
	if (!v->block)
		ri_buf_addf(out, "inode=%llu:%llu\n", (unsigned long long)st.st_dev,
		    (unsigned long long)st.st_ino);
	return ri_buf_check(out, e);
}

static int has_record(const struct ri_stage *s, bool *yes, struct ri_err *e)
{
	struct stat st;

	*yes = lstat(s->record, &st) == 0;
	if (!*yes && errno != ENOENT && errno != ENOTDIR)
		return ri_fail(e, RI_E_IO, errno, "%s", s->record);
	return 0;
}

static int check_record(const struct ri_stage *s, struct ri_err *e)
{
	RI_BUF want = { 0 };
	RI_BUF have = { 0 };

	if (record_text(s->volume, &want, e) < 0 || ri_file_read(s->record, 65536, &have, e) < 0)
		return -1;
	if (!ri_span_eq(ri_buf_span(&want), ri_buf_span(&have)))
		return ri_fail(e, RI_E_COMMIT, 0,
		    "%s records an interrupted commit to a volume other than the %s that is there now; "
		    "compare them, and remove %s when that commit is no longer wanted",
		    s->record, s->volume->target, s->dir);
	return 0;
}

/* From here on the volume changes; a failure keeps overlay and record for the next try. */
static int copy_down(struct ri_stage *s, struct ri_err *e)
{
	/* -d: the overlay is not emptied afterwards, so that the commit can be repeated. */
	const char *argv[] = { "qemu-img", "commit", "-q", "-d", "-f", "qcow2", s->overlay, NULL };
	struct ri_process_opts opts = { .own_group = true, .uncancellable = true };

	s->keep = true;
	ri_progress("committing", 0, 0);
	if (ri_process_check(argv, &opts, NULL, e) < 0) {
		e->code = RI_E_COMMIT;
		ri_progress_end("committing", 0, 0);
		ri_ctx(e,
		    "the commit to %s began and is not complete; do not start the VM. Remove the "
		    "cause, then run: ramimg recover %s",
		    s->volume->target, s->volume->target);
		return -1;
	}
	ri_progress_end("committing", 0, 0);
	/*
	 * The record is removed first: an overlay alone is cleaned up, but nothing could be done
	 * with a record alone.
	 */
	if (unlink(s->record) < 0 || ri_file_sync(s->dir, e) < 0)
		return ri_fail(e, RI_E_COMMIT, errno,
		    "the commit is done, but %s cannot be removed", s->record);
	s->keep = false;
	return 0;
}

int ri_stage_commit(struct ri_stage *s, struct ri_err *e)
{
	const char *check[] = { "qemu-img", "check", "-q", "-f", "qcow2", s->overlay, NULL };
	struct ri_process_opts opts = { .timeout_s = 600 };
	RI_BUF text = { 0 };

	if (ri_process_check(check, &opts, NULL, e) < 0)
		return ri_ctx(e, "checking the overlay");
	/* The overlay must be on disk before the record says that it can be relied on. */
	if (ri_file_sync(s->overlay, e) < 0 || ri_file_sync(s->dir, e) < 0 ||
	    record_text(s->volume, &text, e) < 0)
		return -1;
	if (ri_file_put(s->record, ri_buf_span(&text), 0600, e) < 0)
		return ri_ctx(e, "recording the commit");
	return copy_down(s, e);
}

/* The overlay names its volume by the path it had then, which may be another device's by now. */
static int point_to_volume(const struct ri_stage *s, struct ri_err *e)
{
	const char *argv[] = { "qemu-img", "rebase", "-q", "-u", "-f", "qcow2", "-b",
		s->volume->path, "-F", s->volume->format, s->overlay, NULL };
	struct ri_process_opts opts = { .timeout_s = 120 };

	return ri_process_check(argv, &opts, NULL, e);
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

int ri_stage_recover(const struct ri_volume *v, const char *stage_dir, bool *done, struct ri_err *e)
{
	RI_ON_EXIT(stage_free) struct ri_stage s = { .volume = v };

	if (name_dir(v->id, stage_dir, false, &s, e) < 0 || has_record(&s, done, e) < 0)
		return -1;
	if (!*done)
		return 0;
	ri_log(RI_LOG_INFO, "completing the commit to %s that an earlier run began", v->target);
	if (check_record(&s, e) < 0)
		return -1;
	if (point_to_volume(&s, e) < 0)
		return ri_ctx(e, "%s", s.overlay);
	if (copy_down(&s, e) < 0)
		return -1;
	return ri_file_rmdir_flat(s.dir, e);
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
	bool recovered;

	if (!reader && ri_stage_recover(v, stage_dir, &recovered, e) < 0)
		return -1;
	if (name_dir(v->id, stage_dir, reader, &s, e) < 0)
		return -1;
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

int ri_stage_export(const struct ri_stage *s, const char *path, const char *format,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;
	const char *argv[] = { "qemu-img", "convert", "-f", "qcow2", "-O", format, s->overlay, NULL,
		NULL };

	if (ri_pending_open(path, 0600, &p, e) < 0)
		return -1;
	argv[7] = p.tmp;
	ri_progress("writing the image", 0, 0);
	if (ri_process_check(argv, NULL, NULL, e) < 0) {
		ri_progress_end("writing the image", 0, 0);
		return ri_ctx(e, "writing %s", path);
	}
	ri_progress_end("writing the image", 0, 0);
	return ri_pending_keep(&p, e);
}

void ri_stage_discard(struct ri_stage *s)
{
	struct ri_err ignored;

	if (s->dir && !s->keep && ri_file_rmdir_flat(s->dir, &ignored) < 0)
		ri_log(RI_LOG_WARN, "%s", ignored.msg);
	stage_free(s);
}
