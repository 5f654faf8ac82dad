// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The bytes of files on their way to the client: large pieces are put into shared memory and lent
 * (parse/shared.h); small ones are sent in the frame.
 */
#include "parse/server.h"

/**
 * Where @n bytes of a file, at most RI_SHARED_SLOT, are to be put: a slot that is free once this
 * returns, or NULL, anywhere. @arg is the server.
 * @return 0; -1 RI_E_IO.
 */
int ri_lend_room(void *arg, size_t n, char **out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Send or lend @bytes, which stand at @at in the current file, at the place that ri_lend_room gave
 * or, at most RI_WIRE_DATA_MAX of them, anywhere else. @arg is the server.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_lend_took(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e) RI_MUST_CHECK;
