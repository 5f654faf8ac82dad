#pragma once
/*
 * SIGINT and SIGTERM: a flag that loops look at, so that a run ends through its ordinary error
 * paths and cleans up after itself.
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
 * As if a signal had come: what else still runs ends with RI_E_CANCELLED. For a run that has failed on one
 * thread while another is at work; there is no way back.
 */
void ri_cancel_request(void);

/** Whether a signal came. Any thread, any time. */
bool ri_cancelled(void);

/** @return 0; -1 with RI_E_CANCELLED "interrupted" once a signal came. */
int ri_cancel_check(struct ri_err *e) RI_MUST_CHECK;

/**
 * Have @fn(@arg) called from the signal handler too, so that a blocking library call can be broken
 * off; it must be async-signal-safe. One hook at a time: a new one takes the old one's place, NULL
 * takes it away. When a signal came before, @fn is called at once. Once this returns, the previous
 * hook does not run any more, so that what its @arg points at may be freed.
 */
void ri_cancel_on(void (*fn)(void *arg), void *arg);
