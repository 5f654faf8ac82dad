// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the unit tests share: cmocka with the headers that it wants before it, and checks of bytes
 * and of errors that print what they saw.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"

/** A string literal with NULs inside as a span: in a table, and in code. */
/* clang-format off */
#define BYTES(s) { s, sizeof(s) - 1 }
/* clang-format on */
#define LIT(s) ri_span(s, sizeof(s) - 1)

/** @name is the table row's name, for the message. */
static inline void check_span(const char *name, struct ri_span got, struct ri_span want)
{
	if (!ri_span_eq(got, want))
		fail_msg("%s: got %zu bytes [%.*s], want %zu bytes [%.*s]", name, got.n,
		    (int)(got.n < 2000 ? got.n : 2000), got.p, want.n,
		    (int)(want.n < 2000 ? want.n : 2000), want.p);
}

/** Failing and explaining are one event: rc -1, this code, this message. */
static inline void check_err(const char *name, int rc, const struct ri_err *e, enum ri_code code,
    const char *msg)
{
	if (rc != -1)
		fail_msg("%s: returned %d, want a failure: %s", name, rc, msg);
	if (strcmp(e->msg, msg) != 0)
		fail_msg("%s: said [%s], want [%s]", name, e->msg, msg);
	if (e->code != code)
		fail_msg("%s: code %d, want %d", name, (int)e->code, (int)code);
}

/** Success leaves the error untouched (the test zeroes it before the call). */
static inline void check_ok(const char *name, int rc, const struct ri_err *e)
{
	if (rc != 0 || e->code != RI_OK || e->msg[0] != '\0')
		fail_msg("%s: returned %d, said [%s]", name, rc, e->msg);
}
