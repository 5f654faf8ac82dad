// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Log lines and progress on stderr. A terminal shows a live line for each running phase; anything
 * else (a pipe, a file, a "dumb" terminal) gets plain lines.
 */
#include "base/buf.h"
#include "base/log.h"

#include <stdbool.h>

struct ri_console;

struct ri_console_conf {
	int fd;              /* where to write; borrowed */
	bool live;           /* redraw in place */
	bool reflows;        /* where it becomes narrower, lines that no longer fit are wrapped */
	bool ascii;          /* the terminal does not understand UTF-8 */
	unsigned columns;    /* its width; 0: ask the terminal, or take 80 if it does not tell */
	enum ri_level level; /* the least urgent lines to show; below RI_LOG_INFO no progress */
	/*
	 * Even if nothing reports progress, redraw live lines every second, and write a plain line
	 * before ten seconds have passed without one.
	 */
	bool tick;
	/*
	 * Where it is set, plain lines go here, without the prefix that tells their level; false: it could not be
	 * taken, and goes to fd with it. Calls may come from any thread, one at a time.
	 */
	bool (*take)(void *arg, enum ri_level level, struct ri_span text);
	void *take_arg;
	uint64_t (*now_ms)(void *arg); /* the time in milliseconds; NULL: CLOCK_MONOTONIC */
	void *now_arg;
};

/** Find out what suits the file descriptor @fd, for lines from @level up. */
void ri_console_detect(int fd, enum ri_level level, struct ri_console_conf *out);

/** @return 0 with *@out for ri_console_free; -1 RI_E_NOMEM. */
int ri_console_new(const struct ri_console_conf *conf, struct ri_console **out,
    struct ri_err *e) RI_MUST_CHECK;
/** End the phases that are still running with a line that says so, and release the memory. */
void ri_console_free(struct ri_console *c);
/** The same, for RI_ON_EXIT. */
static inline void ri_console_freep(struct ri_console **c)
{
	ri_console_free(*c);
}

/** The sink for ri_log_set_sink; its calls may come from any thread. */
struct ri_log_sink ri_console_sink(struct ri_console *c);

/** Write the line "ramimg: @msg", whatever the level, with its control characters escaped. */
void ri_console_error(struct ri_console *c, const char *msg);
