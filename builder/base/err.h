// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Errors are values: a code, an errno, and a sentence that grows outwards.
 *
 * Contract: a function that takes a struct ri_err returns 0 and leaves it untouched, or returns
 * -1 and has set it exactly once with ri_fail. Callers on the way out may put context in front
 * with ri_ctx. Nothing below main prints the error or exits.
 */
#include "base/cleanup.h"

/** The kind of failure; ri_err_exit_status maps each to the program's exit status. */
enum ri_code {
	RI_OK,
	RI_E_USAGE,       /* the command line is wrong */
	RI_E_MISSING,     /* there is no such VM, volume, storage, node or file */
	RI_E_CONFIG,      /* a configuration file is wrong */
	RI_E_UNSUPPORTED, /* this kind of guest or volume cannot be built */
	RI_E_GUEST,       /* the guest's content is not as required (no fstab, two roots) */
	RI_E_BUSY,        /* the volume is in use */
	RI_E_BUDGET,      /* it does not fit, or is beyond a limit (docs/limits.md) */
	RI_E_IO,          /* a system call, a program or libguestfs failed */
	RI_E_VERIFY,      /* what was read back is not what was written */
	RI_E_NOMEM,       /* out of memory */
	RI_E_CANCELLED,   /* SIGINT or SIGTERM */
	RI_E_COMMIT,      /* failed after the commit to the volume began */
	RI_E_LAST = RI_E_COMMIT
};

struct ri_err {
	enum ri_code code;
	int sys; /* errno where a system call failed, else 0 */
	char msg[1400];
};

/**
 * Set @e. If @sys is not 0, the text of that errno is appended to the message.
 * @return always -1, so that a failing function can return the call.
 */
int ri_fail(struct ri_err *e, enum ri_code code, int sys, const char *fmt, ...) RI_PRINTF(4, 5);

/**
 * Put "context: ", of which 997 bytes are kept, in front of the message. When both do not fit, the
 * context is dropped, never the cause.
 * @return always -1.
 */
int ri_ctx(struct ri_err *e, const char *fmt, ...) RI_PRINTF(2, 3);

/** RI_E_NOMEM with a fixed sentence. @return always -1. */
int ri_nomem(struct ri_err *e);

/** The program's exit status for @code: 0 done, 1 failed, 2 usage, 3 refused, 4 mid-commit,
 * 5 no such target. */
int ri_err_exit_status(enum ri_code code);

/** The word for @code in JSON (docs/json.md): "usage", "guest", "commit"; it never changes. */
const char *ri_err_word(enum ri_code code);

#ifdef __clang_analyzer__
/* It looks at one file at a time: tell it what these always return. */
#define ri_fail(...) ((void)(ri_fail)(__VA_ARGS__), -1)
#define ri_ctx(...) ((void)(ri_ctx)(__VA_ARGS__), -1)
#define ri_nomem(e) ((void)(ri_nomem)(e), -1)
#endif
