// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Log lines and progress on stderr. A terminal sees a live line for each phase that runs;
 * anything else (a pipe, a file, a "dumb" terminal) sees plain lines.
 */
#include "base/buf.h"
#include "base/log.h"

#include <stdbool.h>

struct ri_console;

struct ri_console_conf {
	int fd;              /* where to write */
	bool live;           /* redraw in place; see ri_console_detect */
	bool ascii;          /* the terminal does not speak UTF-8 */
	unsigned columns;    /* its width; 0: asked of the terminal, 80 where it is mute */
	enum ri_level level; /* the least urgent lines; below RI_LOG_INFO no progress */
	bool tick; /* show live lines each second, and a plain one before ten have passed, also
				where nobody reports */
	uint64_t (*now_ms)(void *arg); /* NULL: CLOCK_MONOTONIC */
	void *now_arg;
};

/** What suits file descriptor @fd as it is, with @level. */
void ri_console_detect(int fd, enum ri_level level, struct ri_console_conf *out);

/** @return 0 with *@out for ri_console_free; -1 RI_E_NOMEM. */
int ri_console_new(const struct ri_console_conf *conf, struct ri_console **out,
    struct ri_err *e) RI_MUST_CHECK;
/** End what still runs, saying so, and release the memory. */
void ri_console_free(struct ri_console *c);
static inline void ri_console_freep(struct ri_console **c)
{
	ri_console_free(*c);
}

/** The sink for ri_log_set_sink; its calls may come from any thread. */
struct ri_log_sink ri_console_sink(struct ri_console *c);

/** One line "ramimg: @msg", whatever the level, its control characters escaped. */
void ri_console_error(struct ri_console *c, const char *msg);
