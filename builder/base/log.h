// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Log lines and progress, handed to a sink that the program sets once at its start; without a
 * sink they go nowhere. Logging never decides anything and never fails.
 */
#include "base/cleanup.h"
#include "base/timings.h"

#include <stdint.h>

enum ri_level { RI_LOG_ERROR, RI_LOG_WARN, RI_LOG_INFO, RI_LOG_DEBUG };

/** Where lines and progress go. Calls may come from any thread; the sink serialises them. */
struct ri_log_sink {
	/** One line of text without its LF. */
	void (*line)(void *arg, enum ri_level level, const char *text);
	/**
	 * A phase's state. @total is 0 if it is not known. @done counts bytes; a phase that moves
	 * no bytes leaves both at 0. @how is an enum ri_progress_how; the last call of a phase ends
	 * or stops it.
	 */
	void (*progress)(void *arg, const char *phase, uint64_t done, uint64_t total, int how);
	void *arg;
	enum ri_level level; /* lines above this level are not wanted and need not be formatted */
};

/** Set the sink; NULL silences. Not to be called while other threads log. */
void ri_log_set_sink(const struct ri_log_sink *sink);
void ri_log(enum ri_level level, const char *fmt, ...) RI_PRINTF(2, 3);
/** Whether lines of @level go anywhere. */
int ri_log_wants(enum ri_level level);
/**
 * Report progress of @phase (a short present participle: "packing"). The first report begins it;
 * several may run at once, in any threads.
 */
void ri_progress(const char *phase, uint64_t done, uint64_t total);
/** The same where @total is an estimate. */
void ri_progress_about(const char *phase, uint64_t done, uint64_t total);
/** The phase has done all that it was to do. */
void ri_progress_end(const char *phase, uint64_t done, uint64_t total);
/**
 * The phase is over: with @rc 0 as above, otherwise cut off. A phase that nobody ends is shown as cut off
 * when the program ends.
 */
void ri_progress_over(const char *phase, uint64_t done, uint64_t total, int rc);
/**
 * Record how long phases take from now on, by this clock. Not to be called while other threads log.
 */
void ri_log_measure(uint64_t (*now_ms)(void));
/** What was recorded so far; phases still running count until now. */
void ri_log_timings(struct ri_timings *out);
