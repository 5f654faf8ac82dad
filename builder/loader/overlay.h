// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The mounts that a compressed root is made of, below one directory:
 *
 *   image/  a tmpfs with the copy of the archive
 *   lower/  the squashfs in it, read-only
 *   upper/  a tmpfs for what is written from now on
 *
 * and the overlay of the last two, which is mounted elsewhere and holds on to both when they are unmounted from here.
 */
#include "base/err.h"

#include <stdint.h>

/** Make the directory @layers and a mount point for each. @return 0; -1 RI_E_IO. */
int ri_layers_begin(const char *layers, struct ri_err *e) RI_MUST_CHECK;
/** Mount image/ with room for @bytes, and create its only file. @return it, opened; -1 RI_E_IO. */
int ri_layers_image(const char *layers, uint64_t bytes, struct ri_err *e) RI_MUST_CHECK;
/** Mount the squashfs of the block device @device at lower/. @return 0; -1 RI_E_IO. */
int ri_layers_lower(const char *layers, const char *device, struct ri_err *e) RI_MUST_CHECK;
/**
 * Mount upper/ with the option size=@size. Its directory "upper" gets what lower/ has of owner, mode, extended attributes
 * and times, which then are the root's. @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_layers_upper(const char *layers, const char *size, struct ri_err *e) RI_MUST_CHECK;
/** Mount the overlay at @root. @return 0; -1 RI_E_IO. */
int ri_layers_overlay(const char *layers, const char *root, struct ri_err *e) RI_MUST_CHECK;
/**
 * Unmount what there is of the three, also where it is in use, and remove the directories. Of a root in RAM they are no longer
 * to be seen; where there is none, RAM and loop device are free again.
 */
void ri_layers_end(const char *layers);
