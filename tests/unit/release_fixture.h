// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Disks as the kernel shows them, made up in a directory.
 */
#include "unit/check.h"
#include "loader/release.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>

/** A made-up /sys, /dev and mountinfo in a directory. */
struct disks {
	char dir[48], sys[64], dev[64], mountinfo[64];
	struct ri_release_paths p;
};

static inline void disks_path(const struct disks *f, char out[static 300], const char *name)
{
	snprintf(out, 300, "%s/%s", f->dir, name);
}

/** Make @name below the fixture with @text, and its directories. */
static inline void disks_put(const struct disks *f, const char *name, const char *text)
{
	char path[300];
	FILE *file;

	disks_path(f, path, name);
	for (char *c = path + strlen(f->dir) + 1; (c = strchr(c, '/')) != NULL; c++) {
		*c = '\0';
		mkdir(path, 0700);
		*c = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static inline void disks_link(const struct disks *f, const char *name, const char *target)
{
	char path[300], full[300];

	disks_put(f, name, "");
	disks_path(f, path, name);
	unlink(path);
	snprintf(full, sizeof full, "%s%s%s", *target == '/' ? f->dir : "", "", target);
	assert_int_equal(symlink(full, path), 0);
}

static inline const char *disks_text(const struct disks *f, const char *name)
{
	static char text[64];
	char path[300];
	FILE *file;

	disks_path(f, path, name);
	file = fopen(path, "r");
	memset(text, 0, sizeof text);
	if (!file)
		return "(none)";
	if (fread(text, 1, sizeof text - 1, file) == 0)
		text[0] = '\0';
	fclose(file);
	return text;
}

static inline int disks_erase(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st;
	(void)type;
	(void)w;
	return remove(path);
}

/** sda with one partition on a SCSI host, as sysfs lays it out. */
static inline void disks_scsi(const struct disks *f)
{
	disks_put(f, "sys/devices/host0/0:0:0:0/block/sda/dev", "8:0\n");
	disks_put(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/dev", "8:1\n");
	disks_put(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/partition", "1\n");
	disks_put(f, "sys/devices/host0/0:0:0:0/delete", "");
	disks_link(f, "sys/devices/host0/0:0:0:0/subsystem", "/sys/bus/scsi");
	disks_link(f, "sys/devices/host0/0:0:0:0/block/sda/device", "/sys/devices/host0/0:0:0:0");
	disks_link(f, "sys/class/block/sda", "/sys/devices/host0/0:0:0:0/block/sda");
	disks_link(f, "sys/class/block/sda1", "/sys/devices/host0/0:0:0:0/block/sda/sda1");
	disks_put(f, "dev/sda", "");
	disks_put(f, "dev/sda1", "");
	disks_link(f, "dev/disk/by-uuid/U-1", "../../sda1");
}

static inline void disks_virtio(const struct disks *f)
{
	disks_put(f, "sys/devices/pci/0000:00:05.0/virtio2/block/vda/dev", "254:0\n");
	disks_put(f, "sys/devices/pci/0000:00:05.0/remove", "");
	disks_link(f, "sys/devices/pci/0000:00:05.0/subsystem", "/sys/bus/pci");
	disks_link(f, "sys/devices/pci/0000:00:05.0/virtio2/subsystem", "/sys/bus/virtio");
	disks_link(f, "sys/devices/pci/0000:00:05.0/virtio2/block/vda/device",
	    "/sys/devices/pci/0000:00:05.0/virtio2");
	disks_link(f, "sys/class/block/vda", "/sys/devices/pci/0000:00:05.0/virtio2/block/vda");
	disks_put(f, "dev/vda", "");
	disks_link(f, "dev/disk/by-uuid/U-2", "../../vda");
}

static inline void disks_nvme(const struct disks *f)
{
	disks_put(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n1/dev", "259:0\n");
	disks_put(f, "sys/devices/pci/0000:00:06.0/remove", "");
	disks_link(f, "sys/devices/pci/0000:00:06.0/subsystem", "/sys/bus/pci");
	disks_link(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/subsystem", "/sys/class/nvme");
	disks_link(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/device",
	    "/sys/devices/pci/0000:00:06.0");
	disks_link(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n1/device",
	    "/sys/devices/pci/0000:00:06.0/nvme/nvme0");
	disks_link(f, "sys/class/block/nvme0n1",
	    "/sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n1");
	disks_put(f, "dev/nvme0n1", "");
	disks_link(f, "dev/disk/by-uuid/U-3", "../../nvme0n1");
}

/** A logical volume "vg-lv" (group vg) on sda1. */
static inline void disks_lvm(const struct disks *f)
{
	disks_put(f, "sys/devices/virtual/block/dm-0/dev", "253:0\n");
	disks_put(f, "sys/devices/virtual/block/dm-0/dm/uuid", "LVM-abcdef\n");
	disks_put(f, "sys/devices/virtual/block/dm-0/dm/name", "my--vg-root\n");
	disks_link(f, "sys/devices/virtual/block/dm-0/slaves/sda1",
	    "/sys/devices/host0/0:0:0:0/block/sda/sda1");
	disks_link(f, "sys/class/block/dm-0", "/sys/devices/virtual/block/dm-0");
	disks_link(f, "dev/disk/by-uuid/U-4", "../../dm-0");
}

static inline int disks_set_up(void **state)
{
	struct disks *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/ramimg-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->sys, sizeof f->sys, "%s/sys", f->dir);
	snprintf(f->dev, sizeof f->dev, "%s/dev", f->dir);
	snprintf(f->mountinfo, sizeof f->mountinfo, "%s/mountinfo", f->dir);
	f->p = (struct ri_release_paths){ f->sys, f->dev, f->mountinfo, "/nonexistent/lvm" };
	disks_put(f, "mountinfo", "1 0 0:1 / / rw - rootfs rootfs rw\n");
	disks_scsi(f);
	disks_virtio(f);
	disks_nvme(f);
	disks_lvm(f);
	*state = f;
	return 0;
}

static inline int disks_tear_down(void **state)
{
	struct disks *f = *state;

	nftw(f->dir, disks_erase, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}
