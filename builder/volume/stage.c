// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/stage.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "host/pending.h"
#include "host/process.h"
#include "host/sha256.h"
#include "volume/lack.h"
#include "volume/tool_files.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>

#define READER_MARK ".reader-"

/*
 * One volume, one directory, by the hash of what stays its name: a device's path is another one
 * after a reboot. A reader's has its process id too, by which a later run knows that it is left
 * over.
 */
static int name_dir(const char *id, const char *stage_dir, bool reader, struct ri_stage *s,
    struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1];
	RI_BUF b = { 0 };

	ri_sha256_span(ri_str(id), hex);
	ri_buf_addf(&b, "%s/%.32s", stage_dir, hex);
	if (reader)
		ri_buf_addf(&b, READER_MARK "%d", (int)getpid());
	s->dir = ri_buf_steal(&b);
	if (!s->dir)
		return ri_nomem(e);
	s->overlay = ri_file_join(s->dir, "overlay.qcow2");
	s->handover = ri_file_join(s->dir, RI_STAGE_HANDOVER);
	s->record = ri_file_join(s->dir, RI_STAGE_RECORD);
	return s->overlay && s->handover && s->record ? 0 : ri_nomem(e);
}

static void stage_free(struct ri_stage *s)
{
	ri_dir_close(&s->at);
	ri_dir_close(&s->below);
	free(s->dir);
	free(s->overlay);
	free(s->handover);
	free(s->record);
	*s = (struct ri_stage){ 0 };
}

/* Open what there is of the stage; without it there is no record either. */
static int look(struct ri_stage *s, const char *stage_dir, bool *recorded, struct ri_err *e)
{
	struct ri_err why;

	*recorded = false;
	if ((s->below.path || ri_dir_open(stage_dir, 0, &s->below, &why) == 0) &&
	    ri_dir_sub(&s->below, ri_file_base(s->dir), &s->at, &why) == 0)
		return ri_dir_has(&s->at, RI_STAGE_RECORD, recorded, e);
	if (why.code == RI_E_IO && why.sys == ENOENT)
		return 0;
	*e = why;
	return ri_ctx(e, "stage.dir");
}

int ri_stage_waiting(const char *id, const char *stage_dir, bool *waiting, struct ri_err *e)
{
	RI_ON_EXIT(stage_free) struct ri_stage s = { 0 };

	return name_dir(id, stage_dir, false, &s, e) < 0 ? -1 : look(&s, stage_dir, waiting, e);
}

int ri_stage_pending(const struct ri_volume *v, const char *stage_dir, bool *pending,
    struct ri_err *e)
{
	return ri_stage_waiting(v->id, stage_dir, pending, e);
}

int ri_stage_check_old(const struct ri_volume *v, const char *old_dir, const char *stage_dir,
    struct ri_err *e)
{
	RI_ON_EXIT(stage_free) struct ri_stage s = { 0 };
	const char *name;
	struct ri_err why = { 0 };
	bool recorded;

	if (!old_dir)
		return 0;
	if (name_dir(v->id, old_dir, false, &s, e) < 0)
		return -1;
	/* A directory of that name which somebody else could change holds nothing of ours. */
	if (look(&s, old_dir, &recorded, &why) < 0)
		return ri_absent_by(&why, e);
	if (!recorded)
		return 0;
	name = ri_file_base(s.dir);
	return ri_fail(e, RI_E_COMMIT, 0,
	    "a commit to %s was interrupted, and an earlier version of ramimg recorded it in %s. Do not "
	    "start the VM; move the record to where it is kept today, and complete it: mkdir -p -m 700 "
	    "%s && mv -T %s %s/%s && ramimg recover %s",
	    v->target, old_dir, stage_dir, s.dir, stage_dir, name, v->target);
}

int ri_stage_find(const struct ri_volume *v, const char *stage_dir, struct ri_stage *out,
    bool *found, struct ri_err *e)
{
	RI_ON_EXIT(stage_free) struct ri_stage s = { .volume = v };

	if (name_dir(v->id, stage_dir, false, &s, e) < 0 || look(&s, stage_dir, found, e) < 0)
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
	struct ri_tool_files files = { 0 };
	struct ri_tool tool;
	struct ri_process_opts opts = { .timeout_s = 120, .tool = &tool };
	RI_FD int fd = -1;

	/* The program can write to it, and make no other. */
	fd = ri_dir_create(&s->at, ri_file_base(s->overlay), 0600, e);
	if (fd < 0)
		return -1;
	ri_tool_files_add(&files, s->overlay, RI_LANDLOCK_WRITE);
	ri_tool_files_add_volume(&files, s->volume, RI_LANDLOCK_READ);
	tool = ri_tool_files_keep(&files);
	return ri_process_check(argv, &opts, NULL, e);
}

/* Readers that died left their overlays, whose names no later run will use. */
static int sweep_readers(const struct ri_dir *below, struct ri_err *e)
{
	RI_STRV names = { 0 };
	struct ri_err ignored;

	if (ri_dir_list(below, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *mark = strstr(names.v[i], READER_MARK);
		long pid = mark ? strtol(mark + strlen(READER_MARK), NULL, 10) : 0;

		if (pid > 0 && pid <= INT_MAX && kill((pid_t)pid, 0) < 0 && errno == ESRCH &&
		    ri_dir_remove(below, names.v[i], &ignored) < 0)
			ri_log(RI_LOG_DEBUG, "%s", ignored.msg);
	}
	return 0;
}

int ri_stage_new(const struct ri_volume *v, const char *stage_dir, bool reader,
    struct ri_stage *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { .volume = v };
	const char *name;
	bool recorded;

	if (name_dir(v->id, stage_dir, reader, &s, e) < 0)
		return -1;
	/* 0700: the overlay holds pieces of the guest, its password hashes among them. */
	if (ri_dir_open(stage_dir, 0700, &s.below, e) < 0)
		return ri_ctx(e, "stage.dir");
	s.keep = true; /* a record that may be there is not removed unseen */
	if (look(&s, stage_dir, &recorded, e) < 0)
		return -1;
	if (recorded)
		return ri_fail(e, RI_E_COMMIT, 0, "%s records an interrupted commit", s.record);
	s.keep = false;
	if (sweep_readers(&s.below, e) < 0)
		return ri_ctx(e, "stage.dir");
	name = ri_file_base(s.dir);
	ri_dir_close(&s.at);
	if (ri_dir_remove(&s.below, name, e) < 0 || ri_dir_make(&s.below, name, &s.at, e) < 0)
		return ri_ctx(e, "the stage");
	if (make_overlay(&s, e) < 0)
		return ri_ctx(e, "making the overlay");
	*out = s;
	s = (struct ri_stage){ 0 };
	return 0;
}

int ri_stage_renew(const struct ri_stage *s, struct ri_err *e)
{
	if (ri_dir_remove(&s->at, ri_file_base(s->overlay), e) < 0)
		return -1;
	return make_overlay(s, e) < 0 ? ri_ctx(e, "making the overlay") : 0;
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
	/* By the descriptor: its name may be somebody else's by now. */
	const char *argv[12] = { "qemu-img", "convert", "-f", "qcow2", "-O", to->format };
	char type[32];
	size_t n = 6;
	struct ri_tool_files files = { 0 };
	struct ri_tool tool;
	const struct ri_process_opts opts = { .tool = &tool, .fd = { p->fd, 3 } };
	int rc;

	ri_tool_files_add(&files, p->self, RI_LANDLOCK_WRITE);
	ri_tool_files_add_stage(&files, s);
	tool = ri_tool_files_keep(&files);
	if (to->compress && strcmp(to->format, "qcow2") == 0) {
		snprintf(type, sizeof type, "compression_type=%s", to->compress);
		argv[n++] = "-c";
		argv[n++] = "-o";
		argv[n++] = type;
	}
	argv[n++] = s->overlay;
	argv[n] = "/proc/self/fd/3";

	if (give_away(p->fd, to, e) < 0)
		return -1;
	ri_progress("writing the image", 0, 0);
	rc = ri_process_check(argv, &opts, NULL, e);
	ri_progress_over("writing the image", 0, 0, rc);
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

	if (s->below.path && !s->keep &&
	    ri_dir_remove(&s->below, ri_file_base(s->dir), &ignored) < 0)
		ri_log(RI_LOG_WARN, "%s", ignored.msg);
	stage_free(s);
}
