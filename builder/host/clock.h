// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Time that only goes forward, for deadlines.
 */
#include <stdint.h>
#include <time.h>

/** Milliseconds since some moment in the past (CLOCK_MONOTONIC). */
static inline int64_t ri_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
