// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * systemd.mount(5): file systems that a guest mounts by a unit of its own and not by its fstab.
 */
#include "os/fstab.h"
#include "os/ondisk.h"

/**
 * Read What=, Where=, Type= and Options= of the section [Mount] of @text as an entry of an fstab, without a line: the unit
 * with its drop-ins behind it, of which the last assignment counts (systemd.syntax(7)). What it does not have is empty.
 */
void ri_mount_unit_read(struct ri_span text, struct ri_fstab_entry *out);

/**
 * Append the path that the unit is called after whose name, without what follows the last dot, is @name: "/var/lib/x-y" for
 * "var-lib-x\x2dy" (systemd.unit(5)).
 */
void ri_mount_unit_point(struct ri_span name, struct ri_buf *out);

/**
 * Refuse the unit at @path, which is enabled, if what it mounts is on @disk or might be: in RAM nothing would be there
 * to be mounted, and its files are in no archive.
 * @return 0; -1 RI_E_GUEST: "/etc/systemd/system/data.mount: " and what to do; RI_E_NOMEM.
 */
int ri_mount_unit_check(const char *path, const struct ri_fstab_entry *u,
    const struct ri_ondisk *disk, struct ri_err *e) RI_MUST_CHECK;
