// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What ramimg adds to an initrd beside the loader: a script in the words of its generator.
 */
#include "base/buf.h"

/**
 * The script for the initrds of @generator, one that os/initramfs.h has a hook for. Not to be freed; empty for
 * another.
 */
struct ri_span ri_boot_script(const char *generator);
/** Likewise, of what goes into one that brings the archive besides (ri_initramfs_hook.diskless). */
struct ri_span ri_boot_script_diskless(const char *generator);
