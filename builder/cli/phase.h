// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A phase of the work as a line of text: how far it has got, how fast it is, how long it takes.
 */
#include "base/buf.h"
#include "cli/rate.h"

enum ri_phase_state { RI_PHASE_BEGINS, RI_PHASE_RUNS, RI_PHASE_ENDS, RI_PHASE_STOPPED };

struct ri_phase {
	char name[48];        /* "" between phases */
	uint64_t done, total; /* bytes; total 0: not known */
	bool about;           /* the total is an estimate */
	uint64_t shown_ms;    /* when it was last shown */
	uint64_t shown_step;  /* the tenth of the whole that was last shown */
	struct ri_rate rate;
};

/** The phase @name begins at @now_ms, a time in milliseconds, as in all functions below. */
void ri_phase_begin(struct ri_phase *p, const char *name, uint64_t now_ms);
/** @done of @total bytes are done; @total is 0 if it is not known. */
void ri_phase_update(struct ri_phase *p, uint64_t done, uint64_t total, uint64_t now_ms);
/** Whether the live line may be redrawn, which is at most ten times a second. */
bool ri_phase_live_due(const struct ri_phase *p, uint64_t now_ms);
/**
 * Whether a plain line is due: ten seconds after the last one, or a second after it if another
 * tenth of the whole is done.
 */
bool ri_phase_plain_due(const struct ri_phase *p, uint64_t now_ms);
/** The phase has just been shown. */
void ri_phase_shown(struct ri_phase *p, uint64_t now_ms);

/**
 * Append the line, without a line end:
 *   committing   312.4 MiB / 755.3 MiB   41%  5.1 MiB/s  1:27 left
 *   packing      312.4 MiB / about 760.0 MiB   41%  5.1 MiB/s  1:28 left
 *   packing      755.3 MiB  100%  5.1 MiB/s  2:28
 *   packing      312.4 MiB  5.1 MiB/s  1:01  stopped
 * @ascii: see ri_show_escape.
 */
void ri_phase_row(const struct ri_phase *p, enum ri_phase_state state, bool ascii,
    struct ri_buf *out);
