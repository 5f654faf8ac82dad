// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/initrd_server.h"
#include "initrd/check.h"
#include "initrd/member.h"
#include "initrd/module.h"
#include "initrd/parents.h"
#include "parse/server.h"

#define MEMBERS_MAX 64

struct initrd_server {
	struct ri_server s; /* first, so that a pointer to it is one to the whole */
	uint64_t size;
};

static uint64_t size_of(const struct ri_server *s)
{
	return ((const struct initrd_server *)s)->size;
}

static int open_initrd(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	(void)out;
	return ri_wire_u64(&in, &((struct initrd_server *)s)->size) ? 0 : ri_server_bad_request(e);
}

/* Its number in the table, which the client has too. */
static uint32_t generator_of(const struct ri_initrd_info *info)
{
	uint32_t i = 0;

	while (ri_initramfs_get(i) != info->made_by)
		i++;
	return i;
}

static uint32_t hook_of(const struct ri_initrd_info *info)
{
	uint32_t i = 0;

	while (&info->made_by->hook[i] != info->hook)
		i++;
	return i;
}

static int check(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct ri_initrd_info info;

	(void)in;
	if (ri_initrd_check(RI_WIRE_INPUT, size_of(s), &info, e) < 0)
		return -1;
	ri_wire_put_u32(out, info.comp);
	ri_wire_put_u32(out, info.early);
	ri_wire_put_u32(out, info.ours);
	ri_wire_put_u32(out, generator_of(&info));
	ri_wire_put_u32(out, hook_of(&info));
	ri_wire_put_u64(out, info.entries);
	ri_wire_put_u64(out, info.unpacked_bytes);
	ri_wire_put_u64(out, info.shed_bytes);
	return 0;
}

static int parents(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents p = { 0 };
	struct ri_initrd_member members[MEMBERS_MAX] = { 0 };
	size_t n = 0;

	while (in.n > 0)
		if (n == MEMBERS_MAX || !ri_wire_str(&in, &members[n++].path))
			return ri_server_bad_request(e);
	if (ri_initrd_parents_of(members, n, &p, e) < 0 ||
	    ri_initrd_parents_find(RI_WIRE_INPUT, size_of(s), members, n, &p, e) < 0)
		return -1;
	for (size_t i = 0; i < p.n; i++)
		ri_wire_put_u32(out, p.v[i].present);
	return 0;
}

static int send(struct ri_server *s, struct ri_span bytes, struct ri_err *e)
{
	for (uint64_t at = 0; bytes.n > 0;) {
		size_t n = bytes.n < RI_WIRE_DATA_MAX ? bytes.n : RI_WIRE_DATA_MAX;

		ri_wire_put_head(&s->out, RI_WIRE_DATA, sizeof at + n);
		ri_wire_put_u64(&s->out, at);
		ri_buf_add(&s->out, bytes.p, n);
		if (ri_server_added(s, e) < 0)
			return -1;
		at += n;
		bytes = ri_span_skip(bytes, n);
	}
	return 0;
}

static int member(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	const char *path;
	RI_BUF bytes = { 0 };

	(void)out;
	if (!ri_wire_str(&in, &path))
		return ri_server_bad_request(e);
	if (ri_initrd_read_member(RI_WIRE_INPUT, size_of(s), path, &bytes, e) < 0) {
		/* What the guest's content means is the client's to say. */
		if (e->code == RI_E_VERIFY)
			e->code = RI_E_GUEST;
		return -1;
	}
	return send(s, ri_buf_span(&bytes), e);
}

static int module(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF bytes = { 0 };
	uint64_t max;

	(void)out;
	if (!ri_wire_u64(&in, &max) || in.n > 0)
		return ri_server_bad_request(e);
	if (ri_initrd_unpack_module(RI_WIRE_INPUT, size_of(s), max, &bytes, e) < 0)
		return -1;
	return send(s, ri_buf_span(&bytes), e);
}

static ri_server_fn *const requests[] = {
	[RI_WIRE_OPEN] = open_initrd,
	[RI_WIRE_INITRD_CHECK] = check,
	[RI_WIRE_INITRD_PARENTS] = parents,
	[RI_WIRE_INITRD_MEMBER] = member,
	[RI_WIRE_MODULE] = module,
};

int ri_initrd_serve(struct ri_err *e)
{
	const struct ri_server_kind kind = { .name = "the initrd's reader",
		.confined = RI_CONFINED_INITRD,
		.answers = requests,
		.n = sizeof requests / sizeof *requests };
	struct initrd_server s = { 0 };

	return ri_server_run(&s.s, &kind, e);
}
