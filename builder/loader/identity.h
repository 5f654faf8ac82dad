// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether an archive is the one that the initrd was built with, and its members' names fit to be
 * unpacked.
 */
#include "format/manifest.h"

/**
 * Find the build's id at the end of the archive @fd (format/archive_id.h) and compare it with that of @m, unless that
 * allows a foreign archive. Does not move @fd's position, and must come before @fd is read past the page cache.
 * @return 0; -1 RI_E_VERIFY: it is missing, or the archive is another build's; RI_E_IO.
 */
int ri_identity_check(int fd, const struct ri_manifest *m, struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether @path may be unpacked: relative, no component "..", not empty.
 * @return 0; -1 RI_E_VERIFY naming @path.
 */
int ri_member_name_check(const char *path, struct ri_err *e) RI_MUST_CHECK;
