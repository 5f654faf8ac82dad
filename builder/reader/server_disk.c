// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests about the disk's devices, in the words of gfs_disk.c.
 */
#include "lvm/metadata.h"
#include "reader/server_internal.h"

int ri_server_filesystems(struct ri_server *s, struct ri_span in, struct ri_buf *out,
    struct ri_err *e)
{
	RI_BUF items = { 0 };

	(void)in, (void)out;
	/* Name and type by turns. */
	for (size_t i = 0; i < ri_server_vfs(s)->layout.n; i++)
		if (ri_server_item(s, &items, 0, ri_server_vfs(s)->layout.v[i].name, e) < 0 ||
		    ri_server_item(s, &items, 0, ri_server_vfs(s)->layout.v[i].type, e) < 0)
			return -1;
	return ri_server_items_end(s, &items, e);
}

static int find(struct ri_server *s, struct ri_span in, uint32_t *device, struct ri_err *e)
{
	const char *name;

	return ri_wire_str(&in, &name) ? ri_vfs_device(ri_server_vfs(s), name, device, e)
				       : ri_server_bad_request(e);
}

/* Opening refuses what is not clean. */
int ri_server_check(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct ri_fs *fs;
	uint32_t device;

	(void)out;
	return find(s, in, &device, e) < 0 ? -1 : ri_vfs_fs(ri_server_vfs(s), device, &fs, e);
}

int ri_server_tags(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_blockdev *b;
	RI_BUF mapper = { 0 };
	uint32_t device;

	if (find(s, in, &device, e) < 0)
		return -1;
	b = &ri_server_vfs(s)->layout.v[device];
	if (b->foreign)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s is of the type %s", b->name, b->type);
	if (b->lvm_hint)
		ri_lvm_mapper_path(b->name, &mapper);
	if (ri_buf_check(&mapper, e) < 0)
		return -1;
	ri_wire_put_str(out, ri_str(b->uuid));
	ri_wire_put_str(out, ri_str(b->label));
	ri_wire_put_str(out, ri_str(b->partuuid ? b->partuuid : ""));
	ri_wire_put_str(out, ri_str(b->partlabel ? b->partlabel : ""));
	ri_wire_put_str(out, ri_str(mapper.p ? mapper.p : ""));
	return 0;
}

int ri_server_device(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_blockdev *b;
	RI_BUF spec = { 0 };
	uint32_t device;

	if (find(s, in, &device, e) < 0)
		return -1;
	b = &ri_server_vfs(s)->layout.v[device];
	if (!b->lvm_hint && !b->ptable)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s is not a partition", b->name);
	if (b->lvm_hint)
		ri_lvm_mapper_path(b->name, &spec);
	else
		ri_buf_addf(&spec, "UUID=%s", b->uuid);
	if (ri_buf_check(&spec, e) < 0)
		return -1;
	ri_wire_put_str(out, ri_str(b->uuid));
	ri_wire_put_str(out, ri_buf_span(&spec));
	ri_wire_put_u32(out, (uint32_t)b->part);
	ri_wire_put_str(out, ri_str(b->lvm_hint ? "" : b->ptable));
	ri_wire_put_str(out, ri_str(b->lvm_hint ? b->lvm_hint : ""));
	return 0;
}
