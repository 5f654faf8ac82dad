// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A Debian in memory that can be built: its appliance, a direct reader of it, and who opens them for a
 * session. What is flushed in the appliance is written into the stage's overlay: a real one, or a plain
 * file where a program of this test stands for qemu-img, which takes a tenth of the time.
 */
#include "unit/check.h"
#include "unit/facts_fixture.h"
#include "unit/fake_guest.h"
#include "unit/initrds.h"
#include "appliance/appliance.h"
#include "appliance/tar_source.h"
#include "build/session.h"
#include "commit/blocks.h"
#include "commit/open_target.h"
#include "host/process.h"
#include "initrd/walk.h"

#include <malloc.h>
#include <signal.h>

#define FB_KERNEL "6.1.0-9-amd64"
#define FB_MODULES "/lib/modules/" FB_KERNEL
#define FB_IMAGE_BYTES ((size_t)2 << 20)

static struct fake_build {
	struct fake_guest appliance; /* the files are its own */
	struct fake_guest direct;    /* shows the appliance's */
	struct ri_buf tar;           /* of its root */
	const char *overlay;         /* NULL: what is flushed goes nowhere */
	bool plain;                  /* it is a plain file */
	struct ri_err refused;       /* with which the appliance does not start; code 0: it does */
	size_t readers, stage_readers; /* how often they were opened */
	size_t appliances;
	struct ri_appliance_use use; /* what the appliance was last wanted for */
	struct ri_guest_ops ops;
	struct ri_guest_write_ops write_ops;
} fb;

/* All files as a disk's bytes, whole blocks of a commit. */
static inline void fb_bytes(struct ri_buf *out)
{
	static const char zeros[RI_BLOCK];

	for (size_t i = 0; i < fb.appliance.n; i++) {
		const struct fake_file *f = &fb.appliance.f[i];

		ri_buf_addf(out, "%s %o %zu\n", f->path, f->mode, f->n);
		ri_buf_add(out, f->bytes, f->n);
	}
	ri_buf_add(out, zeros, (RI_BLOCK - out->n % RI_BLOCK) % RI_BLOCK);
}

/* Without an assertion, and not made to last: many children do it. */
static inline int fb_put(const char *path, const struct ri_buf *b, struct ri_err *e)
{
	RI_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? ri_fail(e, RI_E_IO, errno, "%s", path)
		      : ri_file_write(fd, ri_buf_span(b), path, e);
}

static inline int fb_flush(struct ri_err *e)
{
	RI_BUF bytes = { 0 };
	RI_BUF write = { 0 };
	const char *argv[] = { "qemu-io", "-f", "qcow2", "-c", NULL, fb.overlay, NULL };

	if (!fb.overlay)
		return 0;
	fb_bytes(&bytes);
	ri_buf_addf(&write, "write -q -s %s/disk 0 %zu", tmpdir, bytes.n);
	if (ri_buf_check(&bytes, e) < 0 || ri_buf_check(&write, e) < 0 ||
	    fb_put(tmp_path("disk"), &bytes, e) < 0)
		return -1;
	if (fb.plain)
		return fb_put(fb.overlay, &bytes, e);
	argv[4] = write.p;
	return ri_process_check(argv, NULL, NULL, e);
}

static inline int fb_sync(struct ri_guest_rw *w, struct ri_err *e)
{
	return fake_sync(w, e) < 0 ? -1 : fb_flush(e);
}

static inline int fb_shutdown(struct ri_guest_rw *w, struct ri_err *e)
{
	return fake_shutdown(w, e) < 0 ? -1 : fb_flush(e);
}

static inline int fb_tar_out(struct ri_guest *g, int fd, const struct ri_strv *excludes,
    struct ri_err *e)
{
	(void)excludes;
	if (ri_file_write(fd, ri_buf_span(&fb.tar), "the tar stream", e) < 0)
		return -1;
	return fake_step(g, e, "tar");
}

static inline int fb_source(struct ri_guest *g, const struct ri_rules *rules,
    const struct ri_strv *excludes, struct ri_source **out, struct ri_err *e)
{
	(void)rules;
	return fake_step(g, e, "source") < 0 ? -1 : ri_tar_source(fb_tar_out, g, excludes, out, e);
}

static inline int fb_open_reader(const struct ri_volume *v, struct ri_guest **out, struct ri_err *e)
{
	(void)v;
	fb.readers++;
	fb.direct.w.g.ask_appliance = false;
	if (fake_step(&fb.direct.w.g, e, "reader") < 0)
		return -1;
	*out = &fb.direct.w.g;
	return 0;
}

static inline int fb_open_stage(const struct ri_stage *s, struct ri_guest **out, struct ri_err *e)
{
	(void)s;
	fb.stage_readers++;
	fb.direct.w.g.ask_appliance = false;
	if (fake_step(&fb.direct.w.g, e, "stage reader") < 0)
		return -1;
	*out = &fb.direct.w.g;
	return 0;
}

static inline int fb_open_appliance(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e)
{
	fb.appliances++;
	fb.use = *use;
	if (fb.refused.code != RI_OK) {
		*e = fb.refused;
		return -1;
	}
	if (fake_step(&fb.appliance.w.g, e, "launch") < 0)
		return -1;
	fb.overlay = s->overlay;
	*out = &fb.appliance.w;
	return 0;
}

/* An overlay that is a plain file: what is behind its end is not in it. */
struct fb_overlay {
	struct ri_image base;
	int fd;
};

static inline int fb_overlay_read(struct ri_image *i, uint64_t at, void *buf, size_t n,
    struct ri_err *e)
{
	int fd = ((struct fb_overlay *)i)->fd;

	return pread(fd, buf, n, (off_t)at) == (ssize_t)n ? 0
							  : ri_fail(e, RI_E_IO, 0, "fake overlay");
}

static inline void fb_overlay_free(struct ri_image *i)
{
	close(((struct fb_overlay *)i)->fd);
	free(i);
}

static inline int fb_open_overlay(const struct ri_stage *s, struct ri_image **out, struct ri_err *e)
{
	struct fb_overlay *o;

	if (!fb.plain)
		return ri_commit_io.overlay(s, out, e);
	o = calloc(1, sizeof *o);
	assert_non_null(o);
	o->base = (struct ri_image){ fb_overlay_read, fb_overlay_free, FB_IMAGE_BYTES };
	o->fd = open(s->overlay, O_RDONLY | O_CLOEXEC);
	*out = &o->base;
	return 0;
}

static const struct ri_commit_io fb_commit_io = { fb_open_overlay, ri_target_open };

static const struct ri_session_openers fb_openers = { fb_open_reader, fb_open_stage,
	fb_open_appliance, &fb_commit_io, NULL };

static inline void fb_dir(const char *path)
{
	fake_put(&fb.appliance, path, "", 0, 0755)->dir = true;
}

static inline void fb_text(const char *path, const char *text)
{
	fake_put(&fb.appliance, path, text, strlen(text), 0644);
}

static inline void fb_files(void)
{
	static const char *const dirs[] = { "/bin", "/boot", "/boot/grub", "/etc", "/etc/default",
		"/etc/default/grub.d", "/etc/grub.d", "/lib/modules", FB_MODULES, "/tmp",
		"/var/lib" };
	RI_BUF initrd = { 0 };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		fb_dir(dirs[i]);
	fake_put(&fb.appliance, "/bin/ls", fake_program, sizeof fake_program, 0755);
	fb_text("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nNAME=\"Debian GNU/Linux\"\n"
				   "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
	fb_text(RI_PATH_FSTAB, FX_FSTAB);
	fb_text(RI_PATH_CUSTOM, FX_CUSTOM);
	fb_text(RI_PATH_CFG, FX_CFG);
	fb_text(RI_PATH_DEFAULT, FX_DEFAULT);
	fb_text("/usr/share/initramfs-tools/scripts/local", "");
	fb_text("/tmp/junk", "junk");
	fb_text("/boot/vmlinuz-" FB_KERNEL, "a kernel");
	slurp(tmp_path("base"), &initrd);
	fake_put(&fb.appliance, "/boot/initrd.img-" FB_KERNEL, initrd.p, initrd.n, 0644);
}

/* As it was before anything was done; to be ended by fb_free. */
static inline void fb_fresh(void)
{
	struct ri_buf tar = fb.tar;

	fake_free(&fb.appliance);
	memset(&fb, 0, sizeof fb);
	fb.tar = tar;
	fb.ops = fake_ops;
	fb.ops.source = fb_source;
	fb.write_ops = fake_write_ops;
	fb.write_ops.sync = fb_sync;
	fb.write_ops.shutdown = fb_shutdown;
	fb.appliance.w = (struct ri_guest_rw){ .g.ops = &fb.ops, .ops = &fb.write_ops };
	fb.direct.w.g.ops = &fb.ops;
	fb.direct.disk = &fb.appliance;
	fb.appliance.host_files = fb.direct.host_files = true;
	fb.appliance.avail = (uint64_t)1 << 30;
	fb_files();
}

/* What its root is as a tar stream, and its initrd; for a group of tests. */
static inline int fb_set_up(void **state)
{
	if (make_trees(state) < 0)
		return -1;
	/* Buffers of megabytes come and go: the heap keeps their pages for the next. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	make_base(&rows[RI_INITRD_GZIP], false);
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "root/etc", "root/boot", "root/tmp");
	spit(tmp_path("root/etc/fstab"), ri_str(FX_FSTAB));
	spit(tmp_path("root/boot/vmlinuz-" FB_KERNEL), ri_str("a kernel"));
	RUN(tmpdir, NULL, NULL, "tar", "--format=posix", "--sort=name", "-C", "root", "-cf",
	    "root.tar", ".");
	slurp(tmp_path("root.tar"), &fb.tar);
	return 0;
}

static inline int fb_tear_down(void **state)
{
	fake_free(&fb.appliance);
	ri_buf_free(&fb.tar);
	return tmp_tear_down(state);
}

/* The volume as it is before anything is done: no two blocks alike. */
static inline const char *fb_noise(void)
{
	static char noise[FB_IMAGE_BYTES];
	uint32_t x = 1;

	for (size_t i = 0; noise[0] == 0 && i < sizeof noise; i++) {
		x = x * 1664525 + 1013904223;
		noise[sizeof noise - 1 - i] = (char)(x >> 24 | 1);
	}
	return noise;
}

static inline void fb_image(const char *path)
{
	spit(path, ri_span(fb_noise(), FB_IMAGE_BYTES));
}

/*
 * Whether the image holds @built, and behind that what it held before. Piece by piece: after a fork each page
 * that is written to is copied first.
 */
static inline bool fb_image_is(const char *path, struct ri_span built)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char have[65536];
	size_t at = 0;
	ssize_t n;

	assert_true(fd >= 0 && built.n < FB_IMAGE_BYTES);
	while ((n = read(fd, have, sizeof have)) > 0 && at + (size_t)n <= FB_IMAGE_BYTES) {
		size_t new = at >= built.n              ? 0
			     : built.n - at < (size_t)n ? built.n - at
							: (size_t)n;

		if ((new > 0 && memcmp(have, built.p + at, new) != 0) ||
		    memcmp(have + new, fb_noise() + at + new, (size_t)n - new) != 0)
			return false;
		at += (size_t)n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(at, FB_IMAGE_BYTES);
	return true;
}

/* What is left in a directory that is made when it is needed. */
static inline size_t fb_count(const char *dir)
{
	return access(dir, F_OK) < 0 ? 0 : tmp_count(dir);
}

/*
 * A qemu-img in front of the real one in PATH: the @words of a shell script.
 */
static inline void fb_qemu_img(const char *words)
{
	RI_BUF path = { 0 };
	const char *old = getenv("PATH");

	assert_non_null(old);
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "bin");
	spit(tmp_path("bin/qemu-img"), ri_str(words));
	assert_int_equal(chmod(tmp_path("bin/qemu-img"), 0755), 0);
	if (strncmp(old, tmpdir, strlen(tmpdir)) == 0)
		return;
	ri_buf_addf(&path, "%s/bin:%s", tmpdir, old);
	assert_false(path.oom);
	setenv("PATH", path.p, 1);
}

/* What a build asks of it, on overlays that are plain files: create, map, and a raw volume's size. */
#define FB_PLAIN_QEMU_IMG                                                                          \
	"#!/bin/sh\n"                                                                              \
	"verb=$1\n"                                                                                \
	"for last; do :; done\n"                                                                   \
	"case $verb in\n"                                                                          \
	"info) echo '[{\"format\": \"raw\", \"virtual-size\": 2097152}]' ;;\n"                     \
	"create) : >\"$last\" ;;\n"                                                                \
	"map) n=$(stat -c %s \"$last\")\n"                                                         \
	"printf '[{\"start\": 0, \"length\": %d, \"depth\": 0}, ' \"$n\"\n"                        \
	"printf '{\"start\": %d, \"length\": %d, \"depth\": 1}]' \"$n\" $((2097152 - n)) ;;\n"     \
	"esac\n"

/* The defaults, with a stage below the test's directory. */
static inline void fb_job(struct ri_job *job, bool direct)
{
	struct ri_err e = { 0 };

	check_ok("job", ri_job_defaults(job, &e), &e);
	ri_job_settle(job);
	free(job->stage_dir);
	job->stage_dir = strdup(tmp_path("stage"));
	job->reader_direct = direct;
}
