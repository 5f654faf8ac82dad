// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a boot says, on every console that the kernel has. Nothing here waits for long: a serial
 * line that nobody reads must not hold up a boot.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_CONSOLES 8
/* A total of the progress that nobody knows. */
#define RI_TOTAL_UNKNOWN UINT64_MAX

/**
 * The consoles. Holds only descriptors and figures, so that it may lie in memory shared between
 * the loader's two processes, which take turns.
 */
struct ri_cons {
	int fd[RI_CONSOLES];
	bool tty[RI_CONSOLES];
	size_t n;
	bool quiet;     /* `quiet` on the kernel line: no progress */
	size_t live;    /* length of the unfinished line on the terminals */
	int64_t begun;  /* ms: when the progress began, 0 before */
	int64_t shown;  /* ms: when it was shown last */
	uint64_t steps; /* how many tenths the plain lines have told */
};

/**
 * Open each device that @active names (the text of /sys/class/tty/console/active) below @dev;
 * standard error where none can be opened.
 */
void ri_cons_open(struct ri_cons *c, struct ri_span active, const char *dev, bool quiet);
/** Say "ramimg: …" on a line of its own. Bytes that a terminal might obey become '?'. */
void ri_cons_say(struct ri_cons *c, const char *fmt, ...) RI_PRINTF(2, 3);
/**
 * Show how far the unpacking is at @now (ms, never 0), at most twice a second: rewriting the line on
 * a terminal, one line every tenth elsewhere, nothing under `quiet`.
 */
void ri_cons_progress(struct ri_cons *c, uint64_t done, uint64_t total, int64_t now);
void ri_cons_close(struct ri_cons *c);
/** Write all of @text to @fd, waiting at most until @deadline (ri_now_ms) where it is full. */
void ri_cons_put(int fd, struct ri_span text, int64_t deadline);

/** MiB a second, rounded down; 0 where no time has passed. */
uint64_t ri_mib_per_s(uint64_t bytes, int64_t ms);
/** The progress line's text without "ramimg: ", for @ms since the beginning. */
void ri_progress_text(uint64_t done, uint64_t total, int64_t ms, char *out, size_t size);
/** Milliseconds of the monotonic clock. */
int64_t ri_now_ms(void);
