// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/files.h"
#include "commit/blocks.h"
#include "host/hostfile.h"
#include "host/sha256.h"

#include <errno.h>
#include <fcntl.h>

#define RECORD_MAX 65536

/* A file of the stage, or a new one in its place. */
static int open_in(const struct ri_commit_files *f, const char *name, bool create, struct ri_err *e)
{
	const struct ri_dir *d = &f->stage->at;

	if (!create)
		return ri_dir_file(d, name, O_RDONLY, e);
	return ri_dir_remove(d, name, e) < 0 ? -1 : ri_dir_create(d, name, 0600, e);
}

static int open_blocks(struct ri_commit_files *f, bool create, struct ri_err *e)
{
	int fd = open_in(f, "blocks", create, e);

	if (fd < 0)
		return -1;
	f->blocks = fdopen(fd, create ? "w+" : "r");
	if (f->blocks)
		return 0;
	close(fd);
	return ri_nomem(e);
}

int ri_commit_files_create(struct ri_commit_files *f, bool undo, struct ri_err *e)
{
	if (open_blocks(f, true, e) < 0)
		return -1;
	if (undo)
		f->undo = open_in(f, "undo", true, e);
	return undo && f->undo < 0 ? -1 : 0;
}

/* The digest of the list, which is left at its beginning. */
static int digest(const struct ri_commit_files *f, char out[RI_SHA256_HEX + 1], struct ri_err *e)
{
	if (lseek(fileno(f->blocks), 0, SEEK_SET) < 0)
		return ri_fail(e, RI_E_IO, errno, "the list of blocks");
	if (ri_sha256_fd(fileno(f->blocks), "the list of blocks", out, NULL, e) < 0)
		return -1;
	rewind(f->blocks);
	return 0;
}

int ri_commit_files_sync(struct ri_commit_files *f, struct ri_err *e)
{
	if (fflush(f->blocks) != 0 || fsync(fileno(f->blocks)) < 0 ||
	    (f->undo >= 0 && fsync(f->undo) < 0))
		return ri_fail(e, RI_E_IO, errno, "writing into %s", f->stage->dir);
	f->record.undo = f->undo >= 0;
	if (digest(f, f->record.blocks_sha256, e) < 0 || ri_dir_sync(&f->stage->at, e) < 0)
		return -1;
	/* And the way to them: this directory is as new as they are. */
	return ri_dir_sync(&f->stage->below, e);
}

int ri_commit_files_record(const struct ri_commit_files *f, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_commit_record_text(f->stage->volume, &f->record, &text, e) < 0)
		return -1;
	return ri_dir_put(&f->stage->at, RI_STAGE_RECORD, ri_buf_span(&text), 0600, e);
}

int ri_commit_files_open(struct ri_commit_files *f, struct ri_err *e)
{
	char have[RI_SHA256_HEX + 1];
	RI_BUF text = { 0 };

	if (ri_file_read(f->stage->record, RECORD_MAX, &text, e) < 0 ||
	    ri_commit_record_parse(ri_buf_span(&text), f->stage->volume, &f->record, e) < 0 ||
	    open_blocks(f, false, e) < 0 || digest(f, have, e) < 0)
		return -1;
	if (strcmp(have, f->record.blocks_sha256) != 0)
		return ri_fail(e, RI_E_COMMIT, 0, "the list of blocks beside it is damaged");
	if (f->record.undo)
		f->undo = open_in(f, "undo", false, e);
	return f->record.undo && f->undo < 0 ? -1 : 0;
}

int ri_commit_files_forget(const struct ri_stage *s, struct ri_err *e)
{
	/*
	 * Before the files that it names: without a record they are swept, but nothing could be done
	 * with a record alone.
	 */
	return ri_dir_remove(&s->at, RI_STAGE_RECORD, e) < 0 ? -1 : ri_dir_sync(&s->at, e);
}

void ri_commit_files_close(struct ri_commit_files *f)
{
	if (f->blocks)
		fclose(f->blocks);
	ri_cleanup_fd(&f->undo);
	ri_image_freep(&f->overlay);
	ri_target_freep(&f->target);
	f->blocks = NULL;
}
