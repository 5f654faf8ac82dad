// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a volume was built, without an appliance: a look into its ext file systems from outside, by
 * sfdisk(8) and debugfs(8) as processes of their own, read-only.
 */
#include "base/buf.h"

enum ri_built {
	RI_BUILT_UNKNOWN, /* not raw, not there now, encrypted, LVM inside, another file system … */
	RI_BUILT_NO,
	RI_BUILT_YES,
};

/**
 * Look for a build's traces (plan/guest_paths.h) in the volume at @path.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM. What cannot be read or told is RI_BUILT_UNKNOWN.
 */
int ri_is_built(const char *path, const char *format, enum ri_built *out,
    struct ri_err *e) RI_MUST_CHECK;
