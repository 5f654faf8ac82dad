// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader's process: it answers requests (reader/wire.h) on a socket about a disk behind
 * a descriptor. It opens nothing by path, and can do hardly anything else (host/confine.h).
 */
#include "reader/server_send.h"

/** The descriptors that it is started with, and the last one that it makes. */
#define RI_READER_SOCKET 3
#define RI_READER_IMAGE 4
#define RI_READER_SHARED 5
#define RI_READER_SCRATCH 6

/**
 * Confine this process, then serve on these descriptors until the other end closes the socket. A
 * request that fails is answered with its error; it does not end the process.
 * @return 0; -1 RI_E_IO, also where it cannot be confined; RI_E_NOMEM.
 */
int ri_reader_serve(struct ri_err *e) RI_MUST_CHECK;
