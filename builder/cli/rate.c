// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/rate.h"

void ri_rate_add(struct ri_rate *r, uint64_t ms, uint64_t done)
{
	size_t newest = (r->n + RI_RATE_SAMPLES - 1) % RI_RATE_SAMPLES;

	if (r->n == 0)
		r->start_ms = ms;
	r->last.ms = ms > r->last.ms ? ms : r->last.ms;
	r->last.done = done > r->last.done ? done : r->last.done;
	if (r->n > 0 && r->last.ms - r->ring[newest].ms < 1000)
		return;
	r->ring[r->n++ % RI_RATE_SAMPLES] = r->last;
}

static uint64_t rate(uint64_t bytes, uint64_t ms)
{
	return ms == 0 ? 0 : (uint64_t)((double)bytes * 1000.0 / (double)ms);
}

uint64_t ri_rate_now(const struct ri_rate *r)
{
	size_t oldest = r->n < RI_RATE_SAMPLES ? 0 : r->n % RI_RATE_SAMPLES;

	return rate(r->last.done - r->ring[oldest].done, r->last.ms - r->ring[oldest].ms);
}

uint64_t ri_rate_mean(const struct ri_rate *r)
{
	return rate(r->last.done, ri_rate_elapsed_ms(r));
}

uint64_t ri_rate_elapsed_ms(const struct ri_rate *r)
{
	return r->last.ms - r->start_ms;
}
