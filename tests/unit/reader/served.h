// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader's process without a process: its requests on a small disk in memory, of which the nth read may
 * fail, and what it answers in words.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "disk/scratch.h"
#include "host/clock.h"
#include "reader/server_internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { SERVED_SECTOR = 512, SERVED_SECTORS = 16384 };

/** The disk. */
struct served_image {
	struct ri_image base;
	char *bytes;
	size_t left; /* reads up to the one that fails; 0: none does */
	bool failed;
};

static struct served_image served_image;
static struct ri_disk_server served;
static char *served_shared; /* what is lent */
static int served_scratch = -1, served_ours = -1, served_kept = -1;

static int served_read(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	struct served_image *s = (struct served_image *)i;

	assert_true(at <= i->size && n <= i->size - at);
	if (s->left > 0 && --s->left == 0) {
		s->failed = true;
		return ri_fail(e, RI_E_IO, EIO, "the disk cannot be read");
	}
	memcpy(buf, s->bytes + at, n);
	return 0;
}

static void served_free(struct ri_image *i)
{
	(void)i;
}

/** From now on @path is the disk. It must be a whole number of sectors. */
static inline void served_disk(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	if (served_image.bytes)
		munmap(served_image.bytes, served_image.base.size);
	served_image.base = (struct ri_image){ served_read, served_free, (uint64_t)st.st_size };
	served_image.bytes =
	    mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	assert_true(served_image.bytes != MAP_FAILED);
	close(fd);
}

/** Begin to serve the disk. @return 0; -1. */
static inline int served_open(struct ri_err *e)
{
	ri_buf_free(&served.s.out);
	ri_vfs_close(&served.vfs);
	served = (struct ri_disk_server){ .s = { .name = "the direct reader",
					      .shared = served_shared,
					      .sent_ms = ri_clock_ms() } };
	served.vfs.beat = ri_server_beat;
	served.vfs.beat_arg = &served.s;
	return ri_vfs_open(&served.vfs, &served_image.base, served_scratch, e);
}

/** What the process has at the descriptor of its socket is kept. */
static inline int served_set_up(void **state)
{
	struct ri_err e = { 0 };
	int pair[2];

	if (tmp_set_up(state) < 0)
		return -1;
	served_shared =
	    mmap(NULL, RI_SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(served_shared != MAP_FAILED);
	served_scratch = ri_scratch_create(&e);
	assert_true(served_scratch >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	served_ours = fcntl(pair[0], F_DUPFD_CLOEXEC, 100);
	served_kept = fcntl(RI_WIRE_SOCKET, F_DUPFD_CLOEXEC, 100);
	served_scratch = fcntl(served_scratch, F_DUPFD_CLOEXEC, 100);
	assert_true(served_ours >= 0 && served_scratch >= 0);
	assert_int_equal(dup2(pair[1], RI_WIRE_SOCKET), RI_WIRE_SOCKET);
	return 0;
}

static inline int served_tear_down(void **state)
{
	ri_buf_free(&served.s.out);
	ri_vfs_close(&served.vfs);
	munmap(served_shared, RI_SHARED_BYTES);
	munmap(served_image.bytes, served_image.base.size);
	served_image = (struct served_image){ 0 };
	close(served_scratch);
	close(served_ours);
	if (served_kept >= 0)
		dup2(served_kept, RI_WIRE_SOCKET);
	return tmp_tear_down(state);
}

/** A request: its operation, and its payload: one or two strings, then a number if there is one. */
struct served_request {
	enum ri_wire_op op;
	const char *a, *b; /* NULL: none */
	uint64_t max;      /* 0: none */
};

/* As ri_wire_put_str, without memory that may be lacking. */
static size_t served_put(char *to, const char *text)
{
	uint32_t n = text ? (uint32_t)strlen(text) : 0;

	if (!text)
		return 0;
	memcpy(to, &n, sizeof n);
	memcpy(to + sizeof n, text, n + 1);
	return sizeof n + n + 1;
}

/** Ask it. @return as a ri_server_fn; the payload of DONE is appended to @done. */
static inline int served_ask(const struct served_request *r, struct ri_buf *done, struct ri_err *e)
{
	char in[300], old[65536];
	size_t n = served_put(in, r->a);

	n += served_put(in + n, r->b);
	if (r->max) {
		memcpy(in + n, &r->max, sizeof r->max);
		n += sizeof r->max;
	}
	/* What was answered before and not looked at. */
	while (recv(served_ours, old, sizeof old, MSG_DONTWAIT) > 0)
		continue;
	served.s.out.n = 0;
	served.s.slot = served.s.lent = served.s.untold = 0;
	return ri_reader_server.answers[r->op](&served.s, ri_span(in, n), done, e);
}

static void served_tell_frame(uint32_t kind, struct ri_span in, struct ri_buf *to)
{
	struct ri_wire_entry w;
	const char *text;
	uint64_t n;

	while (kind == RI_WIRE_ITEMS && ri_wire_u64(&in, &n) && ri_wire_str(&in, &text)) {
		ri_buf_addf(to, "%s", text);
		if (n != 0)
			ri_buf_addf(to, "(%lld)", (long long)n);
		ri_buf_add_str(to, " ");
	}
	if (kind == RI_WIRE_ENTRY && ri_wire_entry(in, &w))
		ri_buf_addf(to, "%s%s%s ", w.path,
		    w.hardlink  ? "="
		    : *w.target ? "->"
				: "",
		    w.target);
	if (kind == RI_WIRE_BEAT)
		ri_buf_add_str(to, "beat ");
}

/* The bytes of a file in a frame of that kind. */
static size_t served_bytes(uint32_t kind, struct ri_span in)
{
	struct ri_wire_lent l;
	uint64_t at;

	if (kind == RI_WIRE_DATA && ri_wire_u64(&in, &at))
		return in.n;
	return kind == RI_WIRE_LENT && ri_wire_lent(in, &l) ? l.n : 0;
}

/** What was answered, in words: the frames, of files only how many bytes, then the values of DONE, whose kinds @kinds has: s, 4, 8. */
static inline void served_tell(struct ri_buf *done, const char *kinds, struct ri_buf *to)
{
	RI_BUF all = { 0 };
	char chunk[4096];
	struct ri_wire_head h;
	struct ri_span in;
	const char *text;
	size_t bytes = 0;
	uint32_t small;
	uint64_t n;
	ssize_t got;

	while ((got = recv(served_ours, chunk, sizeof chunk, MSG_DONTWAIT)) > 0)
		ri_buf_add(&all, chunk, (size_t)got);
	ri_buf_add_span(&all, ri_buf_span(&served.s.out));
	for (in = ri_buf_span(&all); in.n > 0; in = ri_span_skip(in, RI_WIRE_HEAD + h.n)) {
		struct ri_span payload;
		size_t more;

		assert_true(ri_wire_head(in, &h) && h.n <= in.n - RI_WIRE_HEAD);
		payload = ri_span(in.p + RI_WIRE_HEAD, h.n);
		more = served_bytes(h.kind, payload);
		if (more == 0 && bytes > 0)
			ri_buf_addf(to, "+%zu ", bytes);
		bytes = more > 0 ? bytes + more : 0;
		served_tell_frame(h.kind, payload, to);
	}
	if (bytes > 0)
		ri_buf_addf(to, "+%zu ", bytes);
	ri_buf_add_str(to, "|");
	in = ri_buf_span(done);
	for (; *kinds; kinds++)
		if (*kinds == 's' && ri_wire_str(&in, &text))
			ri_buf_addf(to, " %s", *text ? text : "-");
		else if (*kinds == '4' && ri_wire_u32(&in, &small))
			ri_buf_addf(to, " %o", small);
		else if (*kinds == '8' && ri_wire_u64(&in, &n))
			ri_buf_addf(to, " %llu", (unsigned long long)n);
		else
			fail_msg("no %s in the rest of DONE", kinds);
	assert_int_equal(in.n, 0);
	assert_false(to->oom);
}

/* As of an old x86-64 program; what counts of it is its head. */
#define SERVED_ELF "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\076\0"

/** Make @tree/@name with that content. */
static inline void served_file(const char *tree, const char *name, struct ri_span s)
{
	char path[90];

	snprintf(path, sizeof path, "%s/%s", tree, name);
	spit(tmp_path(path), s);
}

static inline void served_dir(const char *tree, const char *name)
{
	char path[90];

	snprintf(path, sizeof path, "%s/%s", tree, name);
	assert_int_equal(mkdir(tmp_path(path), 0755), 0);
}

/** The least of a Debian below @tree, which is made. */
static inline void served_debian(const char *tree)
{
	char path[90];

	assert_int_equal(mkdir(tmp_path(tree), 0755), 0);
	served_dir(tree, "etc");
	served_dir(tree, "usr");
	served_dir(tree, "usr/bin");
	served_dir(tree, "boot");
	snprintf(path, sizeof path, "%s/bin", tree);
	assert_int_equal(symlink("usr/bin", tmp_path(path)), 0);
	served_file(tree, "etc/fstab", LIT("LABEL=root / ext4\nLABEL=boot /boot ext4\n"));
	served_file(tree, "etc/hosts", LIT(""));
	served_file(tree, "etc/os-release",
	    LIT("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n"));
	served_file(tree, "etc/debian_version", LIT("12.5\n"));
	served_file(tree, "usr/bin/bash", LIT(SERVED_ELF));
}

/** An ext4 of @tree in @image, @mib large and @at MiB from its beginning. */
static inline void served_ext(const char *tree, const char *image, const char *label,
    const char *uuid, unsigned at, unsigned mib)
{
	char offset[80], size[20];

	snprintf(offset, sizeof offset, "offset=%u,hash_seed=%s", at << 20, uuid);
	snprintf(size, sizeof size, "%uM", mib);
	RUN(NULL, NULL, NULL, "mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-b",
	    "1024", "-N", "128", "-L", label, "-U", uuid, "-E", offset, "-d", tmp_path(tree),
	    tmp_path(image), size);
}
