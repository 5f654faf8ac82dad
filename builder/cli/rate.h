// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How fast something goes: over all of its time, and over the last few seconds.
 */
#include <stddef.h>
#include <stdint.h>

#define RI_RATE_SAMPLES 8

/** Zero-initialise it; the clock starts with the first sample. */
struct ri_rate {
	uint64_t start_ms;
	struct ri_rate_sample {
		uint64_t ms, done;
	} last, ring[RI_RATE_SAMPLES]; /* ring: a second apart or more */
	size_t n;                      /* samples ever put into the ring */
};

/**
 * At @ms milliseconds, @done bytes were done. A value below the previous one counts as that one.
 */
void ri_rate_add(struct ri_rate *r, uint64_t ms, uint64_t done);
/** Bytes per second over the last eight seconds or so; 0 as long as that is not known. */
uint64_t ri_rate_now(const struct ri_rate *r);
/** Bytes per second since the first sample; 0 as long as no time has passed. */
uint64_t ri_rate_mean(const struct ri_rate *r);
/** Milliseconds between the first sample and the last. */
uint64_t ri_rate_elapsed_ms(const struct ri_rate *r);
