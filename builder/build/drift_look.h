// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a built volume has changed since (plan/drift.h), for a list of many: as build/is_built.h, only the direct
 * reader is asked.
 */
#include "build/session.h"

/**
 * Append to @out what is newer on the volume at @path, whose format is @format, than its RAM set. Nothing where it is
 * as it was built, and where that cannot be seen: the volume is in use by a guest that has its file systems mounted,
 * is read by the appliance alone, or was built by a version that left no record.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_drift_look(const char *path, const char *format, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/** The same with other readers than the real ones, for tests. */
int ri_drift_look_by(const struct ri_session_openers *by, const char *path, const char *format,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
