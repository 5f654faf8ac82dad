// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Starting the direct reader's process.
 */
#include "reader/client_internal.h"

/**
 * Start the reader with @image, which is borrowed, a socket and shared memory, whose other ends are
 * in *@out. It has no other descriptors but the standard ones, and an empty environment, and
 * confines itself before it reads.
 * @return 0 with *@out for ri_reader_connect; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_reader_spawn(int image, struct ri_reader_ends *out, struct ri_err *e) RI_MUST_CHECK;
