// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The command line of a running QEMU: how its devices were made, to make them again exactly so.
 * Source: proc(5), /proc/PID/cmdline; QEMU's -device, -drive, -object, -blockdev in both their forms,
 * "driver,key=value" and JSON.
 */
#include "base/strv.h"

/** @return 0; -1 RI_E_IO where the process is gone. */
int ri_qemu_args_read(int pid, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;

/** The value of the option @name ("-device") whose id or node-name is @id, or NULL. */
const char *ri_qemu_args_find(const struct ri_strv *argv, const char *name, const char *id);

/**
 * Append what a -drive's or -blockdev's @value opens: a path, or "rbd:POOL[/NAMESPACE]/IMAGE"; nothing
 * where that cannot be told.
 */
void ri_qemu_args_file(const char *value, struct ri_buf *out);
