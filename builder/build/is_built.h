// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a volume was built, for a list of many volumes: only the direct reader is asked, because
 * starting the appliance for each would take minutes.
 */
#include "build/session.h"
#include "pvehost/list.h"

/**
 * Look for the traces of a build (plan/guest_paths.h) in the ext file systems of the volume at
 * @path, whose format is @format ("raw", "qcow2" …). A running VM may be using it: then the answer
 * is certain only for a raw volume whose file systems the VM does not have mounted. A volume that
 * cannot be read or judged is RI_BUILT_UNKNOWN.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_is_built(const char *path, const char *format, enum ri_built *out,
    struct ri_err *e) RI_MUST_CHECK;

/** The same with other readers than the real ones, for tests. */
int ri_is_built_by(const struct ri_session_openers *by, const char *path, const char *format,
    enum ri_built *out, struct ri_err *e) RI_MUST_CHECK;
