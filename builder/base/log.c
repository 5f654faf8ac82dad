// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>

static struct ri_log_sink sink;
static uint64_t (*clock_ms)(void);
static pthread_mutex_t noting = PTHREAD_MUTEX_INITIALIZER;
static struct ri_timings timings; /* guarded by it */

void ri_log_set_sink(const struct ri_log_sink *s)
{
	sink = s ? *s : (struct ri_log_sink){ 0 };
}

int ri_log_wants(enum ri_level level)
{
	return sink.line && level <= sink.level;
}

void ri_log(enum ri_level level, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	if (!ri_log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sink.line(sink.arg, level, text);
}

void ri_log_measure(uint64_t (*now_ms)(void))
{
	clock_ms = now_ms;
}

static void report(const char *phase, uint64_t done, uint64_t total, enum ri_progress_how how)
{
	if (clock_ms) {
		pthread_mutex_lock(&noting);
		ri_timings_note(&timings, phase, done, how, clock_ms());
		pthread_mutex_unlock(&noting);
	}
	if (sink.progress)
		sink.progress(sink.arg, phase, done, total, (int)how);
}

void ri_progress(const char *phase, uint64_t done, uint64_t total)
{
	report(phase, done, total, RI_PROGRESS_RUNS);
}

void ri_progress_about(const char *phase, uint64_t done, uint64_t total)
{
	report(phase, done, total, RI_PROGRESS_ABOUT);
}

void ri_progress_end(const char *phase, uint64_t done, uint64_t total)
{
	report(phase, done, total, RI_PROGRESS_ENDS);
}

void ri_progress_over(const char *phase, uint64_t done, uint64_t total, int rc)
{
	report(phase, done, total, rc < 0 ? RI_PROGRESS_STOPS : RI_PROGRESS_ENDS);
}

void ri_log_timings(struct ri_timings *out)
{
	pthread_mutex_lock(&noting);
	*out = timings;
	if (clock_ms)
		ri_timings_stop(out, clock_ms());
	pthread_mutex_unlock(&noting);
}
