// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Base64 (RFC 4648, section 4) by nettle.
 */
#include "base/buf.h"

/**
 * Append the bytes that @text encodes; white space in it is skipped. Nothing is appended on
 * failure.
 * @return 0; -1 RI_E_IO: it is not base64, or was cut short; RI_E_NOMEM.
 */
int ri_base64_decode(const char *text, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
