// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a volume was built, for a list of many: only the direct reader is asked, as starting the
 * appliance for each would take minutes.
 */
#include "build/session.h"
#include "pvehost/list.h"

/**
 * Look for a build's traces (plan/guest_paths.h) in the ext file systems of the volume at @path. A
 * running VM may have it: then only a raw one whose file systems it does not have mounted tells.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM. What cannot be read or told is RI_BUILT_UNKNOWN.
 */
int ri_is_built(const char *path, const char *format, enum ri_built *out,
    struct ri_err *e) RI_MUST_CHECK;

/** The same with another reader: a test's. */
int ri_is_built_by(const struct ri_session_openers *by, const char *path, const char *format,
    enum ri_built *out, struct ri_err *e) RI_MUST_CHECK;
