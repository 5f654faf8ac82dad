// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Block devices as sysfs shows them (Documentation/ABI/stable/sysfs-block in the kernel's tree).
 * Devices go by their kernel name: "sda1", "dm-0".
 */
#include "loader/release.h"

/** The device of the file system @uuid, for free(). @return 0; -1 RI_E_IO: udev knows none. */
int ri_block_by_uuid(const struct ri_release_paths *p, const char *uuid, char **name,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Collect the whole disks below @name, through partitions and stacked devices, and the LVM volume
 * groups met on the way. @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_block_disks(const struct ri_release_paths *p, const char *name, struct ri_strv *disks,
    struct ri_strv *groups, struct ri_err *e) RI_MUST_CHECK;
/** The name of the volume group in a device mapper name "vg-lv", where "--" stands for "-". */
int ri_lvm_group(const char *dm_name, struct ri_strv *groups, struct ri_err *e) RI_MUST_CHECK;
/** The names in the directory @path; none where it does not exist. @return 0; -1 RI_E_NOMEM. */
int ri_dir_names(const char *path, struct ri_strv *names, struct ri_err *e) RI_MUST_CHECK;
/**
 * The last component of what the link @path points to, for free(); NULL, with errno set, if it is not a link.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_link_name(const char *path, char **name, struct ri_err *e) RI_MUST_CHECK;
