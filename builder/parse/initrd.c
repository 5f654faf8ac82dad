// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/initrd.h"
#include "initrd/member.h"
#include "initrd/walk.h"
#include "initrd/window.h"
#include "parse/spawn.h"

/* It says nothing until it is done; its CPU time ends long before. */
#define WAIT_MS 600000

int ri_parse_initrd_ask_check(struct ri_peer *p, uint64_t size, struct ri_initrd_info *out,
    struct ri_err *e)
{
	uint32_t comp, early, ours, generator, hook;
	const struct ri_initramfs *made_by;
	uint64_t entries, unpacked, shed;
	RI_BUF done = { 0 };
	struct ri_span in;

	if (ri_peer_call(p, RI_WIRE_INITRD_CHECK, ri_span("", 0), NULL, &done, e) < 0)
		return -1;
	in = ri_buf_span(&done);
	if (!ri_wire_u32(&in, &comp) || !ri_wire_u32(&in, &early) || !ri_wire_u32(&in, &ours) ||
	    !ri_wire_u32(&in, &generator) || !ri_wire_u32(&in, &hook) ||
	    !ri_wire_u64(&in, &entries) || !ri_wire_u64(&in, &unpacked) ||
	    !ri_wire_u64(&in, &shed) || in.n > 0 || comp > RI_INITRD_COMP_LAST || early > 1 ||
	    ours > 1 || entries > RI_INITRD_ENTRIES_MAX || unpacked > RI_INITRD_UNPACKED_MAX ||
	    shed > unpacked || !(made_by = ri_initramfs_get(generator)) ||
	    hook >= RI_INITRAMFS_HOOKS_MAX || !made_by->hook[hook].script)
		return ri_peer_protocol_error(p, e);
	*out = (struct ri_initrd_info){ .bytes = size,
		.comp = (enum ri_initrd_comp)comp,
		.early = early,
		.ours = ours,
		.made_by = made_by,
		.hook = &made_by->hook[hook],
		.entries = entries,
		.shed_bytes = shed,
		.unpacked_bytes = unpacked };
	return 0;
}

static int take_parents(struct ri_peer *p, struct ri_span in, struct ri_initrd_parents *to,
    struct ri_err *e)
{
	for (size_t i = 0; i < to->n; i++) {
		uint32_t present;

		if (!ri_wire_u32(&in, &present) || present > 1)
			return ri_peer_protocol_error(p, e);
		to->v[i].present = present;
	}
	return in.n > 0 ? ri_peer_protocol_error(p, e) : 0;
}

int ri_parse_initrd_ask_parents(struct ri_peer *p, const struct ri_initrd_member *members, size_t n,
    struct ri_initrd_parents *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents r = { 0 };
	RI_BUF in = { 0 };
	RI_BUF done = { 0 };

	for (size_t i = 0; i < n; i++)
		ri_wire_put_str(&in, ri_str(members[i].path));
	if (ri_buf_check(&in, e) < 0 || ri_initrd_parents_of(members, n, &r, e) < 0 ||
	    ri_peer_call(p, RI_WIRE_INITRD_PARENTS, ri_buf_span(&in), NULL, &done, e) < 0 ||
	    take_parents(p, ri_buf_span(&done), &r, e) < 0)
		return -1;
	*out = r;
	r = (struct ri_initrd_parents){ 0 };
	return 0;
}

struct member {
	struct ri_peer *p;
	struct ri_buf *out;
	size_t before; /* bytes in it that are not the member's */
};

static int take_bytes(void *arg, const struct ri_peer_frame *f, struct ri_err *e)
{
	struct member *m = arg;
	size_t have = m->out->n - m->before;

	if (f->at != have || f->bytes.n > RI_INITRD_MEMBER_MAX - have)
		return ri_peer_protocol_error(m->p, e);
	ri_buf_add_span(m->out, f->bytes);
	return ri_buf_check(m->out, e);
}

int ri_parse_initrd_ask_member(struct ri_peer *p, const char *member, struct ri_buf *out,
    struct ri_err *e)
{
	struct member m = { p, out, out->n };
	const struct ri_peer_sink sink = { RI_WIRE_DATA, take_bytes, &m };
	RI_BUF in = { 0 };
	RI_BUF done = { 0 };

	ri_wire_put_str(&in, ri_str(member));
	if (ri_buf_check(&in, e) == 0 &&
	    ri_peer_call(p, RI_WIRE_INITRD_MEMBER, ri_buf_span(&in), &sink, &done, e) == 0) {
		if (done.n == 0)
			return 0;
		ri_peer_protocol_error(p, e);
	}
	out->n = m.before;
	return -1;
}

/* Have a process open the initrd at @path, which is called @name. */
static int start(const char *path, const char *name, struct ri_peer *p, uint64_t *size,
    struct ri_err *e)
{
	RI_FD int fd = -1;
	RI_BUF in = { 0 };

	if (ri_initrd_open(path, name, &fd, size, e) < 0)
		return -1;
	struct ri_spawn_opts o = { .command = "parse-initrd",
		.name = "the initrd's reader",
		.input = fd,
		.wait_ms = WAIT_MS };

	ri_wire_put_u64(&in, *size);
	if (ri_buf_check(&in, e) < 0 || ri_spawn(&o, p, e) < 0)
		return -1;
	return ri_peer_open(p, ri_buf_span(&in), e) < 0
		   ? ri_ctx(e, "the initrd %s could not be read", name)
		   : 0;
}

/* What is said of the initrd @name, or of its reader. */
static int failed(const char *name, struct ri_err *e)
{
	switch (e->code) {
	case RI_E_GUEST:
	case RI_E_UNSUPPORTED:
		return ri_ctx(e, "the initrd %s", name);
	case RI_E_IO:
		return ri_ctx(e, "the initrd %s could not be read", name);
	default:
		return -1;
	}
}

int ri_parse_initrd_check(const char *path, const char *name, struct ri_initrd_info *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	uint64_t size;

	if (start(path, name, &p, &size, e) < 0)
		return -1;
	return ri_parse_initrd_ask_check(&p, size, out, e) < 0 ? failed(name, e) : 0;
}

int ri_parse_initrd_parents(const char *path, const char *name,
    const struct ri_initrd_member *members, size_t n, struct ri_initrd_parents *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	uint64_t size;

	if (start(path, name, &p, &size, e) < 0)
		return -1;
	return ri_parse_initrd_ask_parents(&p, members, n, out, e) < 0 ? failed(name, e) : 0;
}

/* What it is not as ramimg left it is a finding. */
static int to_verify(struct ri_err *e)
{
	if (e->code == RI_E_GUEST)
		e->code = RI_E_VERIFY;
	return -1;
}

int ri_parse_initrd_member(const char *path, const char *member, struct ri_buf *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	uint64_t size;

	if (start(path, path, &p, &size, e) < 0)
		return to_verify(e);
	if (ri_parse_initrd_ask_member(&p, member, out, e) == 0)
		return 0;
	failed(path, e);
	return to_verify(e);
}
