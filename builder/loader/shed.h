// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Room in a small machine: what of the initramfs nothing needs any more is memory.
 */
#include "base/err.h"

/**
 * Remove what is in the directories of format/shed.h below @dir, the root of the initramfs. Nothing is
 * removed unless @mountinfo, the file, says that the kernel's own first file system (its type is "rootfs") is what is
 * seen there: a system that runs from RAM has another. Mounts in it are left alone.
 * @return 0, also where some of it could not be removed; -1 RI_E_IO, RI_E_NOMEM: nothing was.
 */
int ri_shed(const char *dir, const char *mountinfo, struct ri_err *e) RI_MUST_CHECK;
