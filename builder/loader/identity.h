// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether an archive is the one that the initrd was built with, and its members' names fit to be
 * unpacked.
 */
#include "base/buf.h"

/**
 * Find the build's id at the beginning of the tar stream @tar (format/archive_id.h) and compare it.
 * @return 0; -1 RI_E_VERIFY: it is missing, or the archive is another build's.
 */
int ri_identity_check(struct ri_span tar, const char *build_id, struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether @path may be unpacked: relative, no component "..", not empty.
 * @return 0; -1 RI_E_VERIFY naming @path.
 */
int ri_member_name_check(const char *path, struct ri_err *e) RI_MUST_CHECK;
