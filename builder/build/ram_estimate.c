// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/ram_estimate.h"
#include "build/loader_blob.h"
#include "build/room.h"
#include "host/hostfile.h"
#include "os/kernel_image.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define OTHER_MEMBERS                                                                              \
	((uint64_t)64 << 10) /* bytes that the segment has beside the loader, at most */
#define ENTRY 3072u /* bytes that a file of an initramfs takes beside its content, on average */

/* A /usr of its own is mounted by the initramfs, which needs its modules until then if the disk is booted. */
static bool has_usr(const struct ri_facts *f)
{
	for (size_t i = 0; i < f->mounts_n; i++)
		if (strcmp(f->mounts[i].mountpoint, "/usr") == 0)
			return true;
	return false;
}

void ri_ram_enter(const struct ri_job *job, const struct ri_facts *f,
    const struct ri_initrd_size *base, struct ri_manifest *m)
{
	uint64_t ours = ri_asset_ramload_span().n + OTHER_MEMBERS;

	m->reserve_bytes = job->reserve;
	m->loader_bytes = job->loader_memory;
	m->initrd_bytes = base->bytes + ours;
	/* A file takes whole pages, and its names and numbers something, too. */
	m->initrd_unpacked_bytes = base->unpacked_bytes + base->entries * ENTRY + ours;
	m->shed_bytes = has_usr(f) ? 0 : base->shed_bytes;
	/* What leads from the EFI partition to the menu is there where the guest is started by it. */
	m->uefi = f->stubs_n > 0;
}

int ri_ram_of_kernel(const char *path, uint64_t *out, struct ri_err *e)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[RI_KERNEL_HEAD];
	ssize_t n = fd < 0 ? -1 : ri_file_read_at(fd, head, sizeof head, 0);

	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading %s", path);
	*out = ri_kernel_memory(ri_span(head, (size_t)n));
	return 0;
}

static int look_at_kernel(struct ri_guest *g, const char *image, uint64_t *out, struct ri_err *e)
{
	RI_FD int copy = memfd_create("kernel", MFD_CLOEXEC);
	char path[64];

	if (copy < 0)
		return ri_fail(e, RI_E_IO, errno, "memory for the kernel");
	snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
	return g->ops->download(g, image, RI_KERNEL_BYTES_MAX, path, e) < 0
		   ? -1
		   : ri_ram_of_kernel(path, out, e);
}

static bool is_compressed(const struct ri_facts *f)
{
	for (size_t i = 0; i < f->mounts_n; i++)
		if (strcmp(f->mounts[i].fstype, "btrfs") == 0)
			return true;
	return false;
}

int ri_ram_estimate(struct ri_guest *g, const struct ri_job *job, const struct ri_facts *f,
    const struct ri_excluded_list *left, struct ri_plan *p, struct ri_err *e)
{
	struct ri_manifest m = { .tmpfs_bytes = ri_room_used(f, left),
		.tmpfs_size = job->tmpfs_size };

	p->about = (struct ri_ram_need){ 0 };
	/* How far an image shrinks shows when it is made. */
	if (f->initrd.unpacked_bytes == 0 || is_compressed(f) || job->form == RI_COMPRESSED)
		return 0;
	/* Inodes and names of a Debian; what a disk has for them and a tmpfs has not is less. */
	m.tmpfs_bytes += m.tmpfs_bytes / 16;
	ri_ram_enter(job, f, &f->initrd, &m);
	if (look_at_kernel(g, p->kernels.v[0].image, &m.kernel_bytes, e) < 0)
		return ri_ctx(e, "estimating the memory");
	ri_ram_need_of(&m, &p->about);
	return 0;
}
