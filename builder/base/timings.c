// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/timings.h"

#include <stdio.h>
#include <string.h>

/* The running phase of that name. A phase that begins again gets another row. */
static struct ri_timing *running(struct ri_timings *t, const char *phase, uint64_t now_ms)
{
	struct ri_timing *r;

	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].runs && strncmp(t->v[i].name, phase, sizeof t->v[i].name - 1) == 0)
			return &t->v[i];
	if (t->n == RI_TIMINGS_MAX)
		return NULL;
	r = &t->v[t->n++];
	*r = (struct ri_timing){ .begun_ms = now_ms, .runs = true };
	snprintf(r->name, sizeof r->name, "%s", phase);
	return r;
}

void ri_timings_note(struct ri_timings *t, const char *phase, uint64_t done,
    enum ri_progress_how how, uint64_t now_ms)
{
	bool over = how == RI_PROGRESS_ENDS || how == RI_PROGRESS_STOPS;
	struct ri_timing *r = running(t, phase, now_ms);

	if (!r)
		return;
	r->ms = now_ms - r->begun_ms;
	/* Some phases know only at the end how much they moved, others only before it. */
	if (!over || done > 0)
		r->bytes = done;
	r->runs = !over;
	r->stopped = how == RI_PROGRESS_STOPS;
}

void ri_timings_stop(struct ri_timings *t, uint64_t now_ms)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].runs)
			ri_timings_note(t, t->v[i].name, t->v[i].bytes, RI_PROGRESS_STOPS, now_ms);
}

uint64_t ri_timings_total_ms(const struct ri_timings *t)
{
	uint64_t last = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].begun_ms + t->v[i].ms > last)
			last = t->v[i].begun_ms + t->v[i].ms;
	return t->n > 0 ? last - t->v[0].begun_ms : 0;
}
