// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A block device's identity: a name that stays valid when numbers and paths change, as they do at
 * every reboot (/dev/dm-3, /dev/rbd0, /dev/zd16).
 */
#include "base/buf.h"

#include <sys/types.h>

/**
 * Append the identity of the block device number @dev to @out, "KIND:WORDS" on one line:
 *
 *   dm:UUID                        device-mapper, LVM's logical volumes among them
 *   rbd:FSID/POOL/NAMESPACE/IMAGE  Ceph
 *   zvol:DATASET                   ZFS, by the link below dev/zvol
 *   wwid:NAME                      SCSI and NVMe disks
 *   loop:FILE@OFFSET               loop devices
 *   dev:MAJOR:MINOR                nothing better is known: valid until the next reboot
 *
 * and "-partN" behind a partition's. Source: the kernel's Documentation/ABI/testing
 * (sysfs-block-dm, sysfs-bus-rbd, sysfs-block-loop, sysfs-block for wwid), ZFS's udev rules for
 * dev/zvol.
 * @root is prefixed to /sys and /dev/zvol; "" for the host's.
 * @return 0; -1 RI_E_NOMEM; RI_E_IO: for want of descriptors (volume/lack.h).
 */
int ri_device_id(const char *root, dev_t dev, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
