// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Waiting for the process that unpacks.
 */
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Wait for the child @pid. Where it has used no processor for @idle_ms, it is stuck and is killed: one
 * of its threads has died alone, as one does that meets a bug in the kernel, or the disk does not
 * answer. @return 0, its *@status and whether it was *@stuck; -1 RI_E_IO.
 */
int ri_await(pid_t pid, int64_t idle_ms, int *status, bool *stuck, struct ri_err *e) RI_MUST_CHECK;
