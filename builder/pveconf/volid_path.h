// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Where a volume is on a storage with directories.
 */
#include "pveconf/volid.h"

/**
 * Where the volume is on the host: an absolute path to a file, a device or a link to a device. For
 * rbd that is /dev/rbd-pve/FSID/POOL[/NAMESPACE]/NAME; where the cluster is not known, "unknown-"
 * and the storage's id take its place, as the link /dev/rbd/POOL/NAME may be another cluster's.
 */
int ri_volname_path(const struct ri_storage *s, const struct ri_volname *v, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
