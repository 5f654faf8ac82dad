// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Releasing disks: the file systems named by UUID are found, volume groups on the way deactivated,
 * and each whole disk below them taken out of the kernel, unless anything still uses it.
 */
#include "base/strv.h"

struct ri_release_paths {
	const char *sys;       /* /sys */
	const char *dev;       /* /dev, with disk/by-uuid as udev fills it */
	const char *mountinfo; /* /proc/self/mountinfo */
	const char *lvm;       /* /sbin/lvm; a group stays active where it does not exist */
};

/**
 * Release the disks below the file systems @uuids. A disk in use, or of a kind that cannot be
 * released, stays and is listed with its reason.
 * @return 0: every disk is in @released or in @kept ("sda: is mounted on /x"); -1 RI_E_IO,
 * RI_E_NOMEM where even that could not be found out.
 */
int ri_release(const struct ri_release_paths *p, const struct ri_strv *uuids,
    struct ri_strv *released, struct ri_strv *kept, struct ri_err *e) RI_MUST_CHECK;
