// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The process that reads the appliance's tar stream.
 */
#include "base/err.h"

/**
 * Confine this process, then serve on RI_WIRE_SOCKET, with the tar stream at RI_WIRE_INPUT, as
 * ri_server_run does.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_tar_serve(struct ri_err *e) RI_MUST_CHECK;
