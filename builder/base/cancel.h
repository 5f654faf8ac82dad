// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * SIGINT and SIGTERM: a flag that loops check, so that a run ends through its ordinary error paths
 * and cleans up after itself.
 */
#include "base/err.h"

#include <stdbool.h>

/**
 * Install the handlers for SIGINT, SIGTERM and SIGHUP, and ignore SIGPIPE so that a closed pipe is
 * a write error. A signal that was ignored at the start (nohup) stays ignored.
 * @return 0; -1 RI_E_IO.
 */
int ri_cancel_install(struct ri_err *e) RI_MUST_CHECK;

/**
 * Act as if a signal had come: everything still running ends with RI_E_CANCELLED. For a run that
 * failed on one thread while another is still working. This cannot be undone.
 */
void ri_cancel_request(void);

/** Whether a signal came. May be called from any thread at any time. */
bool ri_cancelled(void);

/** @return 0; -1 with RI_E_CANCELLED "interrupted" once a signal came. */
int ri_cancel_check(struct ri_err *e) RI_MUST_CHECK;

/**
 * Have @fn(@arg) called from the signal handler too, so that a blocking library call is
 * interrupted; it must be async-signal-safe. There is one hook at a time: a new one replaces the
 * old one, NULL removes it. If a signal has already come, @fn is called at once. Once this returns,
 * the previous hook no longer runs, so what its @arg points at may be freed.
 */
void ri_cancel_on(void (*fn)(void *arg), void *arg);
