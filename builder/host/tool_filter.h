// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The system calls that a program of QEMU's for images needs none of.
 */
#include "base/err.h"

#include <linux/filter.h>

/**
 * A filter by which starting processes, making sockets, tracing, and all administration of the system fail
 * with EPERM; for other calls it has no say. Its code is for free().
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_tool_filter(struct sock_fprog *out, struct ri_err *e) RI_MUST_CHECK;
