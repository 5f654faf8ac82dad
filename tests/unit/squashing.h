// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An image made call by call, and what the programs of squashfs-tools and squashfs-tools-ng say of it.
 */
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "squash/squash.h"

static inline struct ri_squash_opts squash_opts(enum ri_compression kind)
{
	return (struct ri_squash_opts){ .compression = kind,
		.level = kind == RI_ZSTD ? 3 : 1,
		.block_size = 131072,
		.threads = 2 };
}

static inline struct ri_squash *squash_begin(const struct ri_squash_opts *o, int *fd)
{
	struct ri_squash *s = NULL;
	struct ri_err e = { 0 };

	*fd = open(tmp_path("image"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(*fd >= 0);
	check_ok("new", ri_squash_new(*fd, o, &s, &e), &e);
	return s;
}

/** An entry that is added. */
static inline void squash_add(struct ri_squash *s, const struct ri_squash_entry *in)
{
	struct ri_err e = { 0 };

	check_ok(in->path, ri_squash_add(s, in, &e), &e);
}

static inline void squash_file(struct ri_squash *s, const char *path, struct ri_span data)
{
	const struct ri_squash_entry in = { .path = path,
		.mode = S_IFREG | 0644,
		.mtime = 1700000000,
		.size = data.n };
	struct ri_err e = { 0 };

	squash_add(s, &in);
	/* In pieces that are no blocks. */
	while (data.n > 0) {
		size_t n = data.n < 100003 ? data.n : 100003;

		check_ok(path, ri_squash_data(s, data.p, n, &e), &e);
		data = ri_span_skip(data, n);
	}
}

static inline struct ri_squash_result squash_end(struct ri_squash **s, int *fd)
{
	struct ri_squash_result r = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	check_ok("finish", ri_squash_finish(*s, &r, &e), &e);
	ri_squash_freep(s);
	assert_int_equal(fstat(*fd, &st), 0);
	assert_int_equal(st.st_size, r.bytes);
	assert_int_equal(r.bytes % RI_SQUASH_ALIGN, 0);
	close(*fd);
	*fd = -1;
	return r;
}

/** What such a program prints of the image; it must find nothing wrong. */
#define SQUASH_SAYS(out, ...)                                                                      \
	do {                                                                                       \
		(out)->n = 0;                                                                      \
		RUN(tmpdir, NULL, tmp_path("said"), __VA_ARGS__);                                  \
		slurp(tmp_path("said"), (out));                                                    \
		ri_buf_add((out), "", 1);                                                          \
	} while (0)

static inline void squash_has(const struct ri_buf *said, const char *line)
{
	if (!strstr(said->p, line))
		fail_msg("no [%s] in [%s]", line, said->p);
}
