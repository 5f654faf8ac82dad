// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The direct reader as a guest: each operation is a request, its answer decoded. Here those about
 * the disk.
 */
#include "reader/client_internal.h"

#define ITEMS_MAX 4000000 /* of a list; no real directory has more */

/* A request with up to two strings. */
int ri_reader_request(struct ri_guest *g, uint32_t op, const char *a, const char *b,
    const struct ri_peer_sink *sink, struct ri_buf *done, struct ri_err *e)
{
	RI_BUF in = { 0 };

	if (a)
		ri_wire_put_str(&in, ri_str(a));
	if (b)
		ri_wire_put_str(&in, ri_str(b));
	return ri_buf_check(&in, e) < 0
		   ? -1
		   : ri_peer_call(&ri_reader_of(g)->peer, op, ri_buf_span(&in), sink, done, e);
}

void ri_reader_list_free(struct ri_reader_list *l)
{
	ri_strv_free(&l->texts);
	free(l->numbers);
}

static int add_item(struct ri_reader_list *l, uint64_t number, const char *text, struct ri_err *e)
{
	if (l->texts.n >= ITEMS_MAX)
		return ri_fail(e, RI_E_IO, 0, "the direct reader lists more than %d names",
		    ITEMS_MAX);
	if (l->texts.n + 1 >= l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		uint64_t *grown = realloc(l->numbers, cap * sizeof *grown);

		if (!grown)
			return ri_nomem(e);
		l->numbers = grown;
		l->cap = cap;
	}
	l->numbers[l->texts.n] = number;
	return ri_strv_add(&l->texts, text, e);
}

static int take_items(void *arg, const struct ri_peer_frame *f, struct ri_err *e)
{
	struct ri_span in = f->bytes;

	while (in.n > 0) {
		uint64_t number;
		const char *text;

		if (!ri_wire_u64(&in, &number) || !ri_wire_str(&in, &text))
			return ri_fail(e, RI_E_IO, 0, "the direct reader sends a damaged list");
		if (add_item(arg, number, text, e) < 0)
			return -1;
	}
	return 0;
}

int ri_reader_items(struct ri_guest *g, uint32_t op, const char *a, struct ri_reader_list *l,
    struct ri_buf *done, struct ri_err *e)
{
	struct ri_peer_sink sink = { RI_WIRE_ITEMS, take_items, l };

	return ri_reader_request(g, op, a, NULL, &sink, done, e);
}

int ri_reader_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist r = { 0 };
	RI_ON_EXIT(ri_reader_list_free) struct ri_reader_list l = { 0 };
	RI_BUF done = { 0 };

	if (ri_reader_items(g, RI_WIRE_FILESYSTEMS, NULL, &l, &done, e) < 0)
		return -1;
	r.v = calloc(l.texts.n / 2 + 1, sizeof *r.v);
	if (!r.v)
		return ri_nomem(e);
	for (; r.n < l.texts.n / 2; r.n++) {
		r.v[r.n] = (struct ri_guest_fs){ l.texts.v[2 * r.n], l.texts.v[2 * r.n + 1] };
		l.texts.v[2 * r.n] = l.texts.v[2 * r.n + 1] = NULL; /* given away */
	}
	*out = r;
	r = (struct ri_guest_fslist){ 0 };
	return 0;
}

/* There is nothing to mend: what is not clean is not read directly. */
int ri_reader_preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e)
{
	RI_BUF done = { 0 };

	*bad = false;
	return ri_reader_request(g, RI_WIRE_CHECK, device, NULL, NULL, &done, e);
}

int ri_reader_describe(struct ri_guest *g, struct ri_buf *out, struct ri_err *e)
{
	(void)out;
	g->ask_appliance = true;
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "no operating system was found directly");
}

int ri_reader_mount(struct ri_guest *g, const char *device, const char *mountpoint, bool readonly,
    struct ri_err *e)
{
	RI_BUF done = { 0 };

	(void)readonly; /* always */
	return ri_reader_request(g, RI_WIRE_MOUNT, device, mountpoint, NULL, &done, e);
}

static int no_btrfs(struct ri_guest *g, const char *what, struct ri_err *e)
{
	g->ask_appliance = true;
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s: btrfs is not read directly", what);
}

int ri_reader_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e)
{
	(void)out;
	return no_btrfs(g, device, e);
}

int ri_reader_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id,
    const char *mountpoint, bool readonly, struct ri_err *e)
{
	(void)id, (void)mountpoint, (void)readonly;
	return no_btrfs(g, device, e);
}

int ri_reader_is_snapshot(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e)
{
	(void)yes;
	return no_btrfs(g, path, e);
}

int ri_reader_umount_all(struct ri_guest *g, struct ri_err *e)
{
	RI_BUF done = { 0 };

	return ri_reader_request(g, RI_WIRE_UMOUNT_ALL, NULL, NULL, NULL, &done, e);
}

int ri_reader_tags(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e)
{
	static const char *const keys[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "" };
	RI_BUF done = { 0 };
	struct ri_span in;

	if (ri_reader_request(g, RI_WIRE_TAGS, device, NULL, NULL, &done, e) < 0)
		return -1;
	in = ri_buf_span(&done);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		RI_BUF tag = { 0 };
		const char *value;

		if (!ri_wire_str(&in, &value))
			return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
		if (*value == '\0')
			continue;
		ri_buf_addf(&tag, "%s%s", keys[i], value);
		if (ri_buf_check(&tag, e) < 0 || ri_strv_add(out, tag.p, e) < 0)
			return -1;
	}
	return 0;
}

int ri_reader_device(struct ri_guest *g, const char *device, char **uuid, char **root_spec,
    struct ri_bootdev *out, struct ri_err *e)
{
	const char *id, *spec, *ptable, *hint;
	RI_BUF done = { 0 };
	struct ri_span in;
	uint32_t part;

	if (ri_reader_request(g, RI_WIRE_DEVICE, device, NULL, NULL, &done, e) < 0)
		return -1;
	in = ri_buf_span(&done);
	if (!ri_wire_str(&in, &id) || !ri_wire_str(&in, &spec) || !ri_wire_u32(&in, &part) ||
	    !ri_wire_str(&in, &ptable) || !ri_wire_str(&in, &hint) || part > 1000)
		return ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
	out->disk = 0;
	out->part = (int)part;
	out->ptable = *ptable ? strdup(ptable) : NULL;
	out->lvm_hint = *hint ? strdup(hint) : NULL;
	*uuid = strdup(id);
	*root_spec = strdup(spec);
	return *uuid && *root_spec && (!*ptable || out->ptable) && (!*hint || out->lvm_hint)
		   ? 0
		   : ri_nomem(e);
}

int ri_reader_numbers(struct ri_guest *g, const struct ri_buf *done, uint64_t *a, uint64_t *b,
    struct ri_err *e)
{
	struct ri_span in = ri_buf_span(done);

	return ri_wire_u64(&in, a) && (!b || ri_wire_u64(&in, b))
		   ? 0
		   : ri_peer_protocol_error(&ri_reader_of(g)->peer, e);
}

int ri_reader_space(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
    struct ri_err *e)
{
	RI_BUF done = { 0 };

	return ri_reader_request(g, RI_WIRE_SPACE, path, NULL, NULL, &done, e) < 0
		   ? -1
		   : ri_reader_numbers(g, &done, size, avail, e);
}
