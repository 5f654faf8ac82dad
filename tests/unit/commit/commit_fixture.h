// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A volume with data on it and a stage that changes some of it, and a target whose nth step goes wrong.
 */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "commit/blocks.h"
#include "commit/commit.h"
#include "commit/open_target.h"
#include "commit/overlay.h"
#include "host/hostfile.h"
#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define CF_BYTES ((size_t)8 << 20)

/* What goes wrong at the target's nth write or flush (from 1; 0: nothing does). */
static struct {
	size_t at, steps;
	bool dies; /* the process does; else the step fails */
	bool torn; /* and half of the first block's sectors are written before */
} cf_fault;

struct cf_target {
	struct ri_target base;
	struct ri_target *inner;
};

static inline struct ri_target *cf_inner(struct ri_target *t)
{
	return ((struct cf_target *)t)->inner;
}

static inline int cf_read(struct ri_target *t, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	return cf_inner(t)->read(cf_inner(t), at, buf, n, e);
}

static inline int cf_step(struct ri_err *e)
{
	if (++cf_fault.steps != cf_fault.at)
		return 0;
	if (cf_fault.dies)
		raise(SIGKILL);
	return ri_fail(e, RI_E_IO, EIO, "fake target");
}

static inline int cf_write(struct ri_target *t, uint64_t at, const void *buf, size_t n,
    struct ri_err *e)
{
	if (cf_fault.torn && cf_fault.steps + 1 == cf_fault.at)
		check_ok("half a block", cf_inner(t)->write(cf_inner(t), at, buf, RI_BLOCK / 2, e),
		    e);
	return cf_step(e) < 0 ? -1 : cf_inner(t)->write(cf_inner(t), at, buf, n, e);
}

static inline int cf_reserve(struct ri_target *t, uint64_t at, uint64_t n, bool fresh,
    struct ri_err *e)
{
	return cf_inner(t)->reserve(cf_inner(t), at, n, fresh, e);
}

static inline int cf_flush(struct ri_target *t, struct ri_err *e)
{
	return cf_step(e) < 0 ? -1 : cf_inner(t)->flush(cf_inner(t), e);
}

static inline void cf_free(struct ri_target *t)
{
	ri_target_freep(&((struct cf_target *)t)->inner);
	free(t);
}

static inline int cf_open(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e)
{
	struct cf_target *t = calloc(1, sizeof *t);

	assert_non_null(t);
	t->base = (struct ri_target){ cf_read, cf_write, cf_reserve, cf_flush, cf_free };
	if (ri_target_open(v, dir, &t->inner, e) < 0) {
		free(t);
		return -1;
	}
	*out = &t->base;
	return 0;
}

static const struct ri_commit_io cf_io = { ri_overlay_open, cf_open };

static inline const char *cf_stage_dir(void)
{
	static char dir[160];

	snprintf(dir, sizeof dir, "%s/stage", tmpdir);
	return dir;
}

static inline void cf_run(const char *const *argv)
{
	struct ri_err e = { 0 };
	int rc = ri_process_check(argv, NULL, NULL, &e);

	if (rc < 0)
		fail_msg("%s", e.msg);
}

/* A scratch file; not one of tmp_path's few names. */
static inline const char *cf_plain(void)
{
	static char path[160];

	snprintf(path, sizeof path, "%s/plain", tmpdir);
	return path;
}

/* The disk inside, as bytes; for free(). */
static inline char *cf_bytes(const char *path, const char *format)
{
	const char *argv[] = { "qemu-img", "convert", "-f", format, "-O", "raw", path, cf_plain(),
		NULL };
	bool raw = strcmp(format, "raw") == 0;
	char *bytes = malloc(CF_BYTES);
	int fd;

	if (!raw)
		cf_run(argv);
	fd = open(raw ? path : argv[7], O_RDONLY | O_CLOEXEC);
	assert_non_null(bytes);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, CF_BYTES), CF_BYTES);
	close(fd);
	return bytes;
}

static inline void cf_raw_image(const char *path)
{
	static char first[256 << 10], second[192 << 10];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	memset(first, 0x11, sizeof first);
	memset(second, 0x22, sizeof second);
	assert_int_equal(ftruncate(fd, CF_BYTES), 0);
	assert_int_equal(pwrite(fd, first, sizeof first, 0), sizeof first);
	assert_int_equal(pwrite(fd, second, sizeof second, 3 << 20), sizeof second);
	close(fd);
}

/* Data at the beginning, in the middle, and holes. */
static inline void cf_image(const char *path, const char *format)
{
	const char *plain = cf_plain();
	const char *argv[] = { "qemu-img", "convert", "-f", "raw", "-O", format, plain, path,
		NULL };

	cf_raw_image(strcmp(format, "raw") == 0 ? path : plain);
	if (strcmp(format, "raw") != 0)
		cf_run(argv);
}

/* What the appliance would do: over data, into holes, zeros over data, less than a block, nothing new. */
static inline void cf_change(const char *overlay)
{
	const char *argv[] = { "qemu-io", "-f", "qcow2", "-c", "write -q -P 0x5a 64k 64k", "-c",
		"write -q -P 0x5b 1M 200k", "-c", "write -q -z 3M 64k", "-c",
		"write -q -P 0x5c 3210k 512", "-c", "write -q -P 0x22 3268608 4k", "-c",
		"write -q -P 0x5d 8380416 8k", overlay, NULL };

	cf_run(argv);
}

static inline void cf_volume(const char *path, struct ri_volume *v)
{
	struct ri_err e = { 0 };

	check_ok("volume", ri_volume_open(path, NULL, RI_VOLUME_WRITE, v, &e), &e);
}

static inline void cf_stage(const struct ri_volume *v, struct ri_stage *s)
{
	struct ri_err e = { 0 };

	check_ok("stage", ri_stage_new(v, cf_stage_dir(), false, s, &e), &e);
	cf_change(s->overlay);
}

static inline bool cf_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static inline bool cf_is(const char *path, const char *format, const char *want)
{
	RI_FREE char *have = cf_bytes(path, format);

	return memcmp(have, want, CF_BYTES) == 0;
}

static inline int cf_commit(struct ri_stage *s, bool undo, struct ri_err *e)
{
	const struct ri_commit_opts o = { .undo = undo, .io = &cf_io };

	return ri_commit(s, &o, e);
}

/* A commit in a process of its own, which may die in it. @return its error's code, or -1: it died. */
static inline int cf_commit_beside(const char *path, bool undo)
{
	int status;
	pid_t pid;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct ri_volume v = RI_VOLUME_INIT;
		struct ri_stage s = { 0 };
		struct ri_err e = { 0 };

		cf_volume(path, &v);
		cf_stage(&v, &s);
		cf_fault.steps = 0;
		if (cf_commit(&s, undo, &e) < 0)
			fprintf(stderr, "%s\n", e.msg);
		ri_stage_discard(&s);
		ri_volume_close(&v);
		_exit((int)e.code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* What it had started ends with it, but not at the same moment. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Recover, opening the volume anew. */
static inline int cf_recover(const char *path, enum ri_recover_how how, struct ri_recovered *r,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;

	*e = (struct ri_err){ 0 };
	cf_fault.at = 0;
	cf_volume(path, &v);
	return ri_recover(&v, cf_stage_dir(), how, &cf_io, r, e);
}

/* The stage's directory is gone when nothing is left in it. */
static inline void cf_is_swept(void)
{
	RI_BUF out = { 0 };
	const char *argv[] = { "find", cf_stage_dir(), "-mindepth", "1", NULL };
	struct ri_err e = { 0 };

	check_ok("find", ri_process_check(argv, NULL, &out, &e), &e);
	assert_int_equal(out.n, 0);
}
