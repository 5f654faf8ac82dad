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

struct ri_timing {
	char name[48];
	uint64_t begun_ms, ms;
	uint64_t bytes; /* 0 if it moves none */
	bool runs;      /* it has not ended yet, or was interrupted */
};

/** In the order in which they began; phases that no longer fit are not recorded. */
struct ri_timings {
	struct ri_timing v[RI_TIMINGS_MAX];
	size_t n;
};

/**
 * @phase has moved @done bytes at @now_ms. The first call for a phase begins it, one with @end ends
 * it.
 */
void ri_timings_note(struct ri_timings *t, const char *phase, uint64_t done, bool end,
    uint64_t now_ms);
/** Count the phases still running until @now_ms. */
void ri_timings_stop(struct ri_timings *t, uint64_t now_ms);
/** Milliseconds from the first beginning to the last end. */
uint64_t ri_timings_total_ms(const struct ri_timings *t);
