// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The direct reader as a guest: files.
 */
#include "reader/client_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int ri_reader_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	RI_BUF done = { 0 };
	struct ri_span in;
	uint32_t mode;

	if (ri_reader_request(g, RI_WIRE_KIND, path, NULL, NULL, &done, e) < 0)
		return -1;
	in = ri_buf_span(&done);
	if (!ri_wire_u32(&in, &mode))
		return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
	*out = mode == 0       ? RI_KIND_NONE
	       : S_ISREG(mode) ? RI_KIND_FILE
	       : S_ISDIR(mode) ? RI_KIND_DIR
	       : S_ISLNK(mode) ? RI_KIND_LINK
			       : RI_KIND_OTHER;
	return 0;
}

int ri_reader_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	RI_BUF done = { 0 };
	struct ri_span in;
	const char *real;

	if (ri_reader_request(g, RI_WIRE_RESOLVE, path, NULL, NULL, &done, e) < 0)
		return -1;
	in = ri_buf_span(&done);
	if (!ri_wire_str(&in, &real) || *real != '/')
		return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
	*out = strdup(real);
	return *out ? 0 : ri_nomem(e);
}

int ri_reader_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_reader_list_free) struct ri_reader_list l = { 0 };
	RI_BUF done = { 0 };

	if (ri_reader_items(g, RI_WIRE_LIST, dir, &l, &done, e) < 0)
		return -1;
	for (size_t i = 0; i < l.texts.n; i++) {
		if (!*l.texts.v[i] || strchr(l.texts.v[i], '/'))
			return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
		if (ri_strv_add(names, l.texts.v[i], e) < 0)
			return -1;
	}
	*sizes = l.numbers ? ri_steal(l.numbers) : calloc(1, sizeof **sizes);
	return *sizes ? 0 : ri_nomem(e);
}

int ri_reader_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_reader_list_free) struct ri_reader_list l = { 0 };
	RI_BUF done = { 0 };

	if (ri_reader_items(g, RI_WIRE_GLOB, pattern, &l, &done, e) < 0)
		return -1;
	for (size_t i = 0; i < l.texts.n; i++) {
		if (l.texts.v[i][0] != '/')
			return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
		if (ri_strv_add(out, l.texts.v[i], e) < 0)
			return -1;
	}
	return 0;
}

int ri_reader_sha256(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
    struct ri_err *e)
{
	RI_BUF done = { 0 };
	const char *sum;
	struct ri_span in;

	if (ri_reader_request(g, RI_WIRE_SHA256, path, NULL, NULL, &done, e) < 0)
		return -1;
	in = ri_buf_span(&done);
	if (!ri_wire_str(&in, &sum) || strlen(sum) != RI_SHA256_HEX ||
	    strspn(sum, "0123456789abcdef") != RI_SHA256_HEX)
		return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
	memcpy(hex, sum, RI_SHA256_HEX + 1);
	return 0;
}

int ri_reader_usage(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e)
{
	RI_BUF done = { 0 };

	return ri_reader_request(g, RI_WIRE_USAGE, path, NULL, NULL, &done, e) < 0
		   ? -1
		   : ri_reader_numbers(g, &done, bytes, NULL, e);
}

struct reading {
	struct ri_buf *to;
	size_t before; /* bytes in it that are not the file's */
	size_t max;
};

static int add_text(struct reading *r, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	static const char zeros[4096];

	if (at < r->to->n - r->before || at > r->max || bytes.n > r->max - at)
		return ri_fail(e, RI_E_IO, 0, "the direct reader sends more than it was asked for");
	for (size_t n = (size_t)at + r->before; r->to->n < n && !r->to->oom;)
		ri_buf_add(r->to, zeros, n - r->to->n < sizeof zeros ? n - r->to->n : sizeof zeros);
	ri_buf_add_span(r->to, bytes);
	return ri_buf_check(r->to, e);
}

static int take_text(void *arg, const struct ri_peer_frame *f, struct ri_err *e)
{
	return add_text(arg, f->at, f->bytes, e);
}

/* The file's length, once its bytes have come: what is left of it is a hole. */
static int take_rest(struct ri_guest *g, struct reading *r, const struct ri_buf *done,
    struct ri_err *e)
{
	uint64_t size;

	if (ri_reader_numbers(g, done, &size, NULL, e) < 0)
		return -1;
	if (size < r->to->n - r->before || size > r->max)
		return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
	return add_text(r, size, ri_span("", 0), e);
}

int ri_reader_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e)
{
	struct reading r = { out, out->n, max };
	struct ri_peer_sink sink = { RI_WIRE_DATA, take_text, &r };
	RI_BUF in = { 0 };
	RI_BUF done = { 0 };

	ri_wire_put_str(&in, ri_str(path));
	ri_wire_put_u64(&in, max);
	if (ri_buf_check(&in, e) < 0 || ri_peer_call(&ri_reader_of(g)->peer, RI_WIRE_READ,
					    ri_buf_span(&in), &sink, &done, e) < 0)
		return -1;
	return take_rest(g, &r, &done, e);
}

struct saving {
	int fd;
	uint64_t max;
};

static int take_block(void *arg, const struct ri_peer_frame *f, struct ri_err *e)
{
	const struct saving *to = arg;
	struct ri_span in = f->bytes;
	uint64_t at = f->at;

	if (at > to->max || in.n > to->max - at)
		return ri_fail(e, RI_E_IO, 0, "the direct reader sends more than it was asked for");
	while (in.n > 0) {
		ssize_t n = pwrite(to->fd, in.p, in.n, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "writing");
		at += (uint64_t)n;
		in = ri_span_skip(in, (size_t)n);
	}
	return 0;
}

int ri_reader_download(struct ri_guest *g, const char *path, uint64_t max, const char *host_path,
    struct ri_err *e)
{
	RI_FD int fd = open(host_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct saving to = { fd, max < INT64_MAX ? max : INT64_MAX };
	struct ri_peer_sink sink = { RI_WIRE_DATA, take_block, &to };
	RI_BUF in = { 0 };
	RI_BUF done = { 0 };
	uint64_t size;

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", host_path);
	ri_wire_put_str(&in, ri_str(path));
	ri_wire_put_u64(&in, to.max);
	if (ri_buf_check(&in, e) < 0 || ri_peer_call(&ri_reader_of(g)->peer, RI_WIRE_READ,
					    ri_buf_span(&in), &sink, &done, e) < 0)
		return e->code == RI_E_BUDGET ? -1 : ri_ctx(e, "%s", host_path);
	if (ri_reader_numbers(g, &done, &size, NULL, e) < 0)
		return -1;
	if (size > to.max)
		return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
	return ftruncate(fd, (off_t)size) < 0 ? ri_fail(e, RI_E_IO, errno, "%s", host_path) : 0;
}
