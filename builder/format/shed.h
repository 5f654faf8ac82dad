// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What of an initramfs nothing needs any more once the disk's root is mounted: modules and firmware. The system that
 * is booted then, in RAM or from the disk, has its own.
 */
#include "base/buf.h"

/** The directories, relative to the initramfs' root; NULL ends them. */
extern const char *const ri_shed_dirs[];
/** Whether @path, relative to the same, is below one of them. */
bool ri_shed_has(const char *path);
