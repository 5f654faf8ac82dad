// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/err.h"

#include <stdarg.h>

/* What a commit that failed says to do names its target three times. */
#define CONTEXT_MAX 1000

/* The macros that the analyzer sees instead (err.h) must not rename the functions themselves. */
#undef ri_fail
#undef ri_ctx
#undef ri_nomem

int ri_fail(struct ri_err *e, enum ri_code code, int sys, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	e->code = code;
	e->sys = sys;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	used = strlen(e->msg);
	if (sys != 0)
		snprintf(e->msg + used, sizeof e->msg - used, ": %s", strerror(sys));
	return -1;
}

int ri_ctx(struct ri_err *e, const char *fmt, ...)
{
	char context[CONTEXT_MAX];
	size_t have = strlen(e->msg), want, room;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof context - 2, fmt, ap);
	va_end(ap);
	memcpy(context + strlen(context), ": ", 3);
	want = strlen(context);
	room = sizeof e->msg - 1 - have;
	if (want > room)
		return -1;
	memmove(e->msg + want, e->msg, have + 1);
	memcpy(e->msg, context, want);
	return -1;
}

int ri_nomem(struct ri_err *e)
{
	return ri_fail(e, RI_E_NOMEM, 0, "out of memory");
}

int ri_err_exit_status(enum ri_code code)
{
	switch (code) {
	case RI_OK:
		return 0;
	case RI_E_USAGE:
	case RI_E_CONFIG:
		return 2;
	case RI_E_UNSUPPORTED:
	case RI_E_GUEST:
	case RI_E_BUSY:
	case RI_E_BUDGET:
		return 3;
	case RI_E_COMMIT:
		return 4;
	case RI_E_MISSING:
		return 5;
	case RI_E_IO:
	case RI_E_VERIFY:
	case RI_E_NOMEM:
	case RI_E_CANCELLED:
		return 1;
	}
	return 1;
}

const char *ri_err_word(enum ri_code code)
{
	static const char *const words[] = {
		[RI_OK] = "ok",
		[RI_E_USAGE] = "usage",
		[RI_E_MISSING] = "missing",
		[RI_E_CONFIG] = "config",
		[RI_E_UNSUPPORTED] = "unsupported",
		[RI_E_GUEST] = "guest",
		[RI_E_BUSY] = "busy",
		[RI_E_BUDGET] = "budget",
		[RI_E_IO] = "io",
		[RI_E_VERIFY] = "verify",
		[RI_E_NOMEM] = "nomem",
		[RI_E_CANCELLED] = "cancelled",
		[RI_E_COMMIT] = "commit",
	};

	_Static_assert(sizeof words / sizeof *words == RI_E_LAST + 1, "a word for each code");
	return words[code];
}
