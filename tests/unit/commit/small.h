// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A commit of a few blocks that costs no program's time, to be tried many times over: the overlay is in memory, and
 * qemu-img is a script that has its map.
 */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "commit/commit.h"
#include "commit/copy.h"
#include "commit/files.h"
#include "commit/scan.h"
#include "commit/target_raw.h"
#include "host/sha256.h"

#define SMALL_BLOCKS 6
#define SMALL_BYTES ((size_t)SMALL_BLOCKS * RI_BLOCK)

static struct {
	struct ri_volume volume;
	struct ri_stage stage;
	char dir[96], path[96];
	char *programs; /* PATH before */
	char before[SMALL_BYTES], after[SMALL_BYTES];
} small;

/* Data over data, into a hole, a hole for data, less than a block; and two that stay. */
static inline void small_bytes(void)
{
	static const char was[SMALL_BLOCKS] = { 1, 2, 0, 4, 0, 6 };
	static const char will[SMALL_BLOCKS] = { 1, 12, 13, 0, 0, 6 };

	for (size_t i = 0; i < SMALL_BLOCKS; i++) {
		memset(small.before + i * RI_BLOCK, was[i], RI_BLOCK);
		memset(small.after + i * RI_BLOCK, will[i], RI_BLOCK);
	}
	memset(small.after + 5 * RI_BLOCK, 16, 512);
}

/* The first @n bytes as @bytes has them. */
static inline void small_write(const char *bytes, size_t n)
{
	assert_int_equal(ri_file_write_at(small.volume.fd, bytes, n, 0), 0);
}

/* The volume as it was, with a stage. */
static inline void small_again(void)
{
	struct ri_stage *s = &small.stage;
	char hex[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };

	s->keep = false;
	ri_stage_discard(s);
	small_write(small.before, SMALL_BYTES);
	ri_sha256_span(ri_str(small.volume.id), hex);
	s->volume = &small.volume;
	assert_true(asprintf(&s->dir, "%s/%.32s", small.dir, hex) > 0);
	s->overlay = ri_file_join(s->dir, "overlay.qcow2");
	s->record = ri_file_join(s->dir, RI_STAGE_RECORD);
	s->handover = ri_file_join(s->dir, RI_STAGE_HANDOVER);
	assert_true(s->overlay && s->record && s->handover);
	check_ok("stage.dir", ri_dir_open(small.dir, 0700, &s->below, &e), &e);
	check_ok("stage", ri_dir_open(s->dir, 0700, &s->at, &e), &e);
	check_ok("overlay", put_file(s->overlay, ri_str("an overlay"), 0600, &e), &e);
}

static inline int small_set_up(void **state)
{
	static char format[] = "raw";
	RI_BUF script = { 0 };
	RI_BUF path = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	/* In memory: it is brought to the disk many thousand times. */
	snprintf(tmpdir, sizeof tmpdir, "/dev/shm/ramimg-test-XXXXXX");
	if (!mkdtemp(tmpdir))
		return -1;
	snprintf(small.dir, sizeof small.dir, "%s/stage", tmpdir);
	snprintf(small.path, sizeof small.path, "%s/d.raw", tmpdir);
	small_bytes();
	small.volume = (struct ri_volume){ .path = small.path,
		.target = small.path,
		.id = small.path,
		.format = format,
		.size = SMALL_BYTES,
		.fd = open(small.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600),
		.claim = -1 };
	small.programs = strdup(getenv("PATH"));
	assert_true(small.volume.fd >= 0 && small.programs);
	ri_buf_addf(&script, "#!/bin/sh\necho '[{\"start\":0,\"length\":%zu,\"depth\":0}]'\n",
	    SMALL_BYTES);
	ri_buf_addf(&path, "%s:%s", tmpdir, small.programs);
	assert_false(script.oom || path.oom);
	check_ok("qemu-img", put_file(tmp_path("qemu-img"), ri_buf_span(&script), 0700, &e), &e);
	small_again();
	return setenv("PATH", path.p, 1);
}

static inline int small_tear_down(void **state)
{
	int rc = setenv("PATH", small.programs, 1);

	ri_stage_discard(&small.stage);
	free(small.programs);
	close(small.volume.fd);
	return rc < 0 ? -1 : tmp_tear_down(state);
}

static inline int small_overlay_read(struct ri_image *i, uint64_t at, void *buf, size_t n,
    struct ri_err *e)
{
	(void)i, (void)e;
	memcpy(buf, small.after + at, n);
	return 0;
}

static inline void small_overlay_free(struct ri_image *i)
{
	free(i);
}

static inline int small_overlay(const struct ri_stage *s, struct ri_image **out, struct ri_err *e)
{
	struct ri_image *i = calloc(1, sizeof *i);

	(void)s;
	if (!i)
		return ri_nomem(e);
	*i = (struct ri_image){ small_overlay_read, small_overlay_free, SMALL_BYTES };
	*out = i;
	return 0;
}

static inline int small_target(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e)
{
	(void)dir;
	return ri_target_raw(v, out, e);
}

static const struct ri_commit_io small_io = { small_overlay, small_target };

static inline bool small_is(const char *want)
{
	char now[SMALL_BYTES];

	assert_int_equal(ri_file_read_at(small.volume.fd, now, SMALL_BYTES, 0), SMALL_BYTES);
	return memcmp(now, want, SMALL_BYTES) == 0;
}

static inline bool small_recorded(void)
{
	struct stat st;

	return lstat(small.stage.record, &st) == 0;
}

/* Up to the record: what a commit leaves that ends before its first byte is written. */
static inline int small_begin(bool undo, struct ri_err *e)
{
	RI_ON_EXIT(ri_commit_files_close)
	struct ri_commit_files f = RI_COMMIT_FILES_INIT(&small.stage);
	struct ri_range all = { 0, SMALL_BYTES };
	const struct ri_ranges r = { &all, 1 };

	if (ri_commit_files_create(&f, undo, e) < 0 ||
	    small_overlay(&small.stage, &f.overlay, e) < 0 ||
	    small_target(&small.volume, small.dir, &f.target, e) < 0)
		return -1;
	const struct ri_scan s = { f.target, f.overlay, &r, SMALL_BYTES, f.blocks, f.undo };

	return ri_scan(&s, &f.record, e) < 0 || ri_commit_files_sync(&f, e) < 0 ||
		       ri_commit_files_record(&f, e) < 0
		   ? -1
		   : 0;
}

static inline void small_recover(enum ri_recover_how how, const char *want)
{
	struct ri_recovered r;
	struct ri_err e = { 0 };

	check_ok("recover", ri_recover(&small.volume, small.dir, how, &small_io, &r, &e), &e);
	assert_true(r.found);
	assert_false(small_recorded());
	assert_true(small_is(want));
}
