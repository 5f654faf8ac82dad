// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * From a path to an opened volume: an image file or a block device. (pvehost/locate.h makes paths
 * of Proxmox VE's names.)
 */
#include "base/buf.h"

#include <stdint.h>

enum ri_volume_use {
	RI_VOLUME_LOOK, /* list: others may even write to it, so what is seen may be halfway there */
	RI_VOLUME_READ, /* inspect, verify, --dry-run, --output: others may read it at the same time */
	RI_VOLUME_WRITE, /* build, revert, recover: nobody else may use it */
};

struct ri_volume {
	char *path;   /* absolute, symlinks resolved: of a device, good until the next reboot */
	char *target; /* as the administrator named it, for messages and for commands to repeat */
	char *id;     /* its lasting name: "file:/srv/a.qcow2", "dm:LVM-…" (volume/device_id.h) */
	char *name;   /* for artifacts: the last part of what was named, without .qcow2 and such */
	char *format; /* QEMU's name: "raw", "qcow2", "vmdk" */
	bool block;   /* a block device */
	uint64_t size; /* of the disk inside, in bytes */
	int fd;        /* open, and locked by flock(2) for as long as it is */
	int claim;     /* a block device's exclusive claim (volume/exclusive.h); -1 */
	/* The files that it builds on, the nearest first (volume/chain.h); target is as QEMU has it. */
	struct ri_volume *below;
	size_t below_n;
};

#define RI_VOLUME_INIT                                                                             \
	{                                                                                          \
		.fd = -1, .claim = -1                                                              \
	}

/**
 * Find, check and lock @target.
 *
 * @format is what --format says, or NULL: then the name decides (.raw .img .qcow2 .vmdk; a block
 * device is raw). Content is never probed to find a format; it is looked at to refuse a wrong one.
 *
 * Refused: not a file or block device, empty, damaged (qemu-img check), one that builds on files
 * that it must not name or whose data is in others (volume/chain.h), in use (volume/exclusive.h), and
 * for writing a file without any write permission, with images based on it (volume/backing.h), or of
 * a kind that cannot be overwritten.
 *
 * @return 0; -1 with RI_E_MISSING, RI_E_IO, RI_E_BUSY, RI_E_UNSUPPORTED, RI_E_USAGE.
 */
int ri_volume_open(const char *target, const char *format, enum ri_volume_use use,
    struct ri_volume *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * The lasting name of what is at @path, for free(): ri_volume's id.
 * @return 0; -1 RI_E_IO if @path does not exist.
 */
int ri_volume_id(const char *path, char **id, struct ri_err *e) RI_MUST_CHECK;
/** Unlock and close. */
void ri_volume_close(struct ri_volume *v);

/** The image formats that ramimg reads and writes, a NULL-terminated list of QEMU's names. */
extern const char *const ri_volume_formats[];
/** The format that @path's suffix says, or NULL. */
const char *ri_volume_format_of(const char *path);
