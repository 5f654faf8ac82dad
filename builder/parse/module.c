// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/module.h"
#include "parse/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define WAIT_MS 120000 /* it says nothing before it has all of at most 32 MiB */

struct taking {
	struct ri_peer *p;
	struct ri_buf *out;
	size_t before, max;
};

static int take_bytes(void *arg, const struct ri_peer_frame *f, struct ri_err *e)
{
	struct taking *t = arg;
	size_t have = t->out->n - t->before;

	if (f->at != have || f->bytes.n > t->max - have)
		return ri_peer_protocol_error(t->p, e);
	ri_buf_add_span(t->out, f->bytes);
	return ri_buf_check(t->out, e);
}

int ri_parse_module_ask(struct ri_peer *p, size_t max, struct ri_buf *out, struct ri_err *e)
{
	struct taking t = { p, out, out->n, max };
	const struct ri_peer_sink sink = { RI_WIRE_DATA, take_bytes, &t };
	RI_BUF in = { 0 };
	RI_BUF done = { 0 };

	ri_wire_put_u64(&in, max);
	if (ri_buf_check(&in, e) == 0 &&
	    ri_peer_call(p, RI_WIRE_MODULE, ri_buf_span(&in), &sink, &done, e) == 0) {
		if (done.n == 0)
			return 0;
		ri_peer_protocol_error(p, e);
	}
	out->n = t.before;
	return -1;
}

/* The bytes as a file that can only be read. */
static int in_memory(struct ri_span bytes, int *out, struct ri_err *e)
{
	RI_FD int fd = memfd_create("module", MFD_CLOEXEC);
	char path[64];

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "memory for a module");
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return ri_fail(e, RI_E_IO, errno, "memory for a module");
		bytes = ri_span_skip(bytes, n > 0 ? (size_t)n : 0);
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	*out = open(path, O_RDONLY | O_CLOEXEC);
	return *out < 0 ? ri_fail(e, RI_E_IO, errno, "memory for a module") : 0;
}

int ri_parse_module(struct ri_span packed, size_t max, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	RI_FD int fd = -1;
	RI_BUF size = { 0 };

	if (in_memory(packed, &fd, e) < 0)
		return -1;
	struct ri_spawn_opts o = { .command = "parse-initrd",
		.name = "the module's reader",
		.input = fd,
		.wait_ms = WAIT_MS };

	ri_wire_put_u64(&size, packed.n);
	if (ri_buf_check(&size, e) < 0 || ri_spawn(&o, &p, e) < 0 ||
	    ri_peer_open(&p, ri_buf_span(&size), e) < 0)
		return -1;
	return ri_parse_module_ask(&p, max, out, e);
}
