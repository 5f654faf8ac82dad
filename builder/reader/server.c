// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reader/server.h"
#include "disk/nbd_image.h"
#include "disk/scratch.h"
#include "reader/server_internal.h"

#include <errno.h>
#include <unistd.h>

/* The last descriptor, which it makes itself. */
#define SCRATCH 6

static int open_disk(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct ri_image *disk;
	uint64_t size;
	uint32_t nbd;

	(void)out;
	if (!ri_wire_u64(&in, &size) || !ri_wire_u32(&in, &nbd))
		return ri_server_bad_request(e);
	if ((nbd ? ri_image_nbd(RI_WIRE_INPUT, &disk, e)
		 : ri_image_fd(RI_WIRE_INPUT, size, &disk, e)) < 0)
		return -1;
	ri_server_vfs(s)->beat = ri_server_beat;
	ri_server_vfs(s)->beat_arg = s;
	return ri_vfs_open(ri_server_vfs(s), disk, SCRATCH, e);
}

static int do_mount(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	const char *device, *at;

	(void)out;
	if (!ri_wire_str(&in, &device) || !ri_wire_str(&in, &at))
		return ri_server_bad_request(e);
	return ri_vfs_mount(ri_server_vfs(s), device, at, e);
}

static int umount_all(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	(void)in, (void)out, (void)e;
	ri_vfs_umount_all(ri_server_vfs(s));
	return 0;
}

static ri_server_fn *const requests[] = {
	[RI_WIRE_OPEN] = open_disk,
	[RI_WIRE_FILESYSTEMS] = ri_server_filesystems,
	[RI_WIRE_CHECK] = ri_server_check,
	[RI_WIRE_MOUNT] = do_mount,
	[RI_WIRE_UMOUNT_ALL] = umount_all,
	[RI_WIRE_TAGS] = ri_server_tags,
	[RI_WIRE_DEVICE] = ri_server_device,
	[RI_WIRE_SPACE] = ri_server_space,
	[RI_WIRE_KIND] = ri_server_kind,
	[RI_WIRE_RESOLVE] = ri_server_resolve,
	[RI_WIRE_LIST] = ri_server_list,
	[RI_WIRE_READ] = ri_server_read,
	[RI_WIRE_SHA256] = ri_server_sha256,
	[RI_WIRE_GLOB] = ri_server_glob,
	[RI_WIRE_USAGE] = ri_server_usage,
	[RI_WIRE_TREE] = ri_server_tree,
};

static int make_scratch(struct ri_err *e)
{
	int fd = ri_scratch_create(e);

	if (fd < 0 || fd == SCRATCH)
		return fd < 0 ? -1 : 0;
	if (dup2(fd, SCRATCH) < 0)
		return ri_fail(e, RI_E_IO, errno, "dup2");
	close(fd);
	return 0;
}

const struct ri_server_kind ri_reader_server = { .name = "the direct reader",
	.confined = RI_CONFINED_READER,
	.shares = true,
	.answers = requests,
	.n = sizeof requests / sizeof *requests };

int ri_reader_serve(struct ri_err *e)
{
	struct ri_disk_server d = { 0 };
	int rc = make_scratch(e) < 0 ? -1 : ri_server_run(&d.s, &ri_reader_server, e);

	ri_vfs_close(&d.vfs);
	return rc;
}
