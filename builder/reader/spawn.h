// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Starting the direct reader's process.
 */
#include "reader/client_internal.h"

/**
 * Start the reader with @image, a socket and shared memory. It has no other descriptors and no
 * environment. @return 0; -1 RI_E_IO.
 */
int ri_reader_spawn(int image, struct ri_reader_ends *out, struct ri_err *e) RI_MUST_CHECK;
