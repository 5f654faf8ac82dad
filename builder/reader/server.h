// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader's process: it answers requests (parse/wire.h) on a socket about a disk behind
 * a descriptor. It opens nothing by path, and can do hardly anything else (host/confine.h).
 */
#include "base/err.h"

/**
 * Confine this process, then serve on RI_WIRE_SOCKET, with the image at RI_WIRE_INPUT, as
 * ri_server_run does.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_reader_serve(struct ri_err *e) RI_MUST_CHECK;
