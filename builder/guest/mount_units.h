// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A part of inspection: what the guest mounts by units of systemd in /etc/systemd/system.
 */
#include "guest/guest.h"

/** Units that mount in it, of which a guest has a handful. */
#define RI_MOUNT_UNITS_MAX 100u

/**
 * Look at the units *.mount and *.automount that are enabled: wanted or required by another. What they mount must not be
 * on @disk (ri_mount_unit_check). The mount points of the automounts are appended to @started: an fstab's line of one is
 * not on demand only. The root is mounted.
 * @return 0; -1 RI_E_GUEST, RI_E_BUDGET: more than RI_MOUNT_UNITS_MAX; RI_E_IO, RI_E_UNSUPPORTED, RI_E_CANCELLED,
 *         RI_E_NOMEM.
 */
int ri_mount_units(struct ri_guest *g, const struct ri_ondisk *disk, struct ri_strv *started,
    struct ri_err *e) RI_MUST_CHECK;
