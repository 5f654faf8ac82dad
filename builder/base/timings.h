// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How long each phase of the work took and how many bytes it moved. base/log.h records them as they
 * are announced; phases may overlap.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RI_TIMINGS_MAX 32

/** What a report says of its phase. */
enum ri_progress_how {
	RI_PROGRESS_RUNS,
	RI_PROGRESS_ENDS,
	RI_PROGRESS_STOPS, /* it was cut off, by an error or an end that was asked for */
	RI_PROGRESS_ABOUT, /* it runs, and its total is an estimate */
};

struct ri_timing {
	char name[48];
	uint64_t begun_ms, ms;
	uint64_t bytes; /* 0 if it moves none */
	bool runs;      /* it is not over yet */
	bool stopped;   /* it was cut off */
};

/** In the order in which they began; phases that no longer fit are not recorded. */
struct ri_timings {
	struct ri_timing v[RI_TIMINGS_MAX];
	size_t n;
};

/**
 * @phase has moved @done bytes at @now_ms, and @how it goes on. The first call for a phase begins it.
 */
void ri_timings_note(struct ri_timings *t, const char *phase, uint64_t done,
    enum ri_progress_how how, uint64_t now_ms);
/** Phases still running are cut off at @now_ms. */
void ri_timings_stop(struct ri_timings *t, uint64_t now_ms);
/** Milliseconds from the first beginning to the last end. */
uint64_t ri_timings_total_ms(const struct ri_timings *t);
