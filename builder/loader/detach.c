// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>

enum { GONE_MS = 5000, LOOK_MS = 10 };

/** The subsystem (bus or class) that the device directory @dir belongs to, for free(); NULL if to none. */
static int subsystem_of(const char *dir, char **name, struct ri_err *e)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/subsystem", dir);
	return ri_link_name(path, name, e);
}

static int write_one(const char *dir, const char *attr, struct ri_err *e)
{
	char path[PATH_MAX + 32];
	RI_FD int fd = -1;

	snprintf(path, sizeof path, "%s/%s", dir, attr);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		return ri_fail(e, RI_E_IO, errno, "writing %s", path);
	return 0;
}

/* scsi_device of sd: Documentation/scsi, the attribute `delete`. ATA and USB disks have it too. */
static int detach_scsi(const char *device, struct ri_err *e)
{
	return write_one(device, "delete", e);
}

static int remove_pci(const char *device, struct ri_err *e)
{
	RI_FREE char *bus = NULL;

	if (subsystem_of(device, &bus, e) < 0)
		return -1;
	if (!bus || strcmp(bus, "pci") != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "is not a PCI device and cannot be removed");
	return write_one(device, "remove", e);
}

/* virtio-blk: one PCI function a disk, the virtio device's parent. */
static int detach_virtio(const char *device, struct ri_err *e)
{
	char parent[PATH_MAX], *slash;

	snprintf(parent, sizeof parent, "%s", device);
	slash = strrchr(parent, '/');
	*slash = '\0';
	return remove_pci(parent, e);
}

/* NVMe: the controller goes with all its namespaces, so it must have one only. */
static int detach_nvme(const char *device, struct ri_err *e)
{
	RI_STRV names = { 0 };
	char path[PATH_MAX + 32], pci[PATH_MAX];
	size_t disks = 0;

	if (ri_dir_names(device, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		disks += strncmp(names.v[i], "nvme", 4) == 0;
	if (disks != 1)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "shares its controller with other disks");
	snprintf(path, sizeof path, "%s/device", device);
	if (!realpath(path, pci))
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	return remove_pci(pci, e);
}

static const struct {
	const char *subsystem; /* of the disk's `device` */
	int (*detach)(const char *device, struct ri_err *e);
} kinds[] = {
	{ "scsi", detach_scsi },
	{ "virtio", detach_virtio },
	{ "nvme", detach_nvme },
};

/** Removing is synchronous in today's kernels; where it is not, wait for a bounded time. */
static int await_gone(const char *path, struct ri_err *e)
{
	for (int waited = 0; waited < GONE_MS; waited += LOOK_MS) {
		if (access(path, F_OK) < 0)
			return 0;
		poll(NULL, 0, LOOK_MS);
	}
	return ri_fail(e, RI_E_IO, 0, "is still there");
}

int ri_block_detach(const struct ri_release_paths *p, const char *disk, struct ri_err *e)
{
	char path[PATH_MAX - 64], device[PATH_MAX], link[PATH_MAX];
	RI_FREE char *subsystem = NULL;

	snprintf(path, sizeof path, "%s/class/block/%s", p->sys, disk);
	snprintf(link, sizeof link, "%s/device", path);
	if (!realpath(link, device))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "has no device that could be removed");
	if (subsystem_of(device, &subsystem, e) < 0)
		return -1;
	for (size_t i = 0; subsystem && i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(subsystem, kinds[i].subsystem) != 0)
			continue;
		return kinds[i].detach(device, e) < 0 ? -1 : await_gone(path, e);
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "is of a kind that cannot be let go of");
}
