// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The order of version numbers.
 */

/** Version order of sort -V (GNU coreutils 9.1, C locale): <0, >0, 0 for equal strings only. */
int ri_version_cmp(const char *a, const char *b);
