// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader's process: it answers requests (reader/wire.h) on a socket about a disk behind
 * a descriptor. It opens nothing by path, so that it can be fenced off.
 */
#include "reader/server_send.h"

/** The descriptors that it is started with. */
#define RI_READER_SOCKET 3
#define RI_READER_IMAGE 4
#define RI_READER_SHARED 5

/**
 * Serve on these descriptors until the other end closes the socket.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM. What a request runs into is an answer, not a failure.
 */
int ri_reader_serve(struct ri_err *e) RI_MUST_CHECK;
