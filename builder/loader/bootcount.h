// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Taking back what GRUB counted when it chose the RAM entry (plan/boot_count.h): this boot has not
 * failed.
 */
#include "loader/cons.h"

#include "format/manifest.h"

/**
 * Unset the count, and Ubuntu's `recordfail`, in GRUB's environment block on the archive's file
 * system, which is mounted at @base, read-only or not, and stays so. The block's bytes are written
 * where they are: GRUB knows them by their place on the disk. Where the manifest names no block, or
 * neither is set, nothing happens; what goes wrong is said and fails no boot.
 */
void ri_bootcount_reset(const char *base, const struct ri_manifest *m, struct ri_cons *cons);
