// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/phase.h"

#include "base/show.h"

#define LIVE_MS 100
#define PLAIN_MS 10000
#define PLAIN_STEP_MS 1000
#define NAME_WIDTH 12
/* Beyond four days it is not a forecast but a stalled phase. */
#define LONGEST_LEFT 359999

void ri_phase_begin(struct ri_phase *p, const char *name, uint64_t now_ms)
{
	*p = (struct ri_phase){ .shown_ms = now_ms };
	snprintf(p->name, sizeof p->name, "%s", name);
	ri_rate_add(&p->rate, now_ms, 0);
}

void ri_phase_update(struct ri_phase *p, uint64_t done, uint64_t total, uint64_t now_ms)
{
	p->done = done;
	p->total = total;
	ri_rate_add(&p->rate, now_ms, done);
}

static uint64_t step(const struct ri_phase *p)
{
	return p->total > 0 ? (uint64_t)((double)p->done * 10.0 / (double)p->total) : 0;
}

bool ri_phase_live_due(const struct ri_phase *p, uint64_t now_ms)
{
	return now_ms - p->shown_ms >= LIVE_MS;
}

bool ri_phase_plain_due(const struct ri_phase *p, uint64_t now_ms)
{
	uint64_t since = now_ms - p->shown_ms;

	return since >= PLAIN_MS || (since >= PLAIN_STEP_MS && step(p) > p->shown_step);
}

void ri_phase_shown(struct ri_phase *p, uint64_t now_ms)
{
	p->shown_ms = now_ms;
	p->shown_step = step(p);
}

static void add_rate(struct ri_buf *out, uint64_t rate)
{
	char figure[RI_SHOW_FIGURE];

	if (rate > 0)
		ri_buf_addf(out, "  %s/s", ri_show_bytes(rate, figure));
}

static void add_of_total(const struct ri_phase *p, struct ri_buf *out)
{
	uint64_t rate = ri_rate_now(&p->rate), left;
	char a[RI_SHOW_FIGURE], b[RI_SHOW_FIGURE];

	ri_buf_addf(out, "%s / %s%s  %3u%%", ri_show_bytes(p->done, a), p->about ? "about " : "",
	    ri_show_bytes(p->total, b), (unsigned)((double)p->done * 100.0 / (double)p->total));
	add_rate(out, rate);
	left = rate > 0 ? (p->total - p->done) / rate : 0;
	if (rate > 0 && left < LONGEST_LEFT)
		ri_buf_addf(out, "  %s left", ri_show_duration(left, a));
}

static void add_name(const struct ri_phase *p, bool ascii, struct ri_buf *out)
{
	size_t before = out->n;

	ri_show_escape(out, ri_str(p->name), ascii);
	while (!out->oom && out->n - before < NAME_WIDTH)
		ri_buf_add_str(out, " ");
	ri_buf_add_str(out, " ");
}

void ri_phase_row(const struct ri_phase *p, enum ri_phase_state state, bool ascii,
    struct ri_buf *out)
{
	char figure[RI_SHOW_FIGURE];

	add_name(p, ascii, out);
	if (state == RI_PHASE_BEGINS) {
		ri_buf_add_str(out, "...");
		return;
	}
	/* A total that was passed was an estimate, and no help any more. */
	if (state == RI_PHASE_RUNS && p->total > 0 && p->done <= p->total) {
		add_of_total(p, out);
		return;
	}
	if (p->done > 0) {
		ri_buf_add_str(out, ri_show_bytes(p->done, figure));
		/* Of what was estimated, this is the total. */
		if (state == RI_PHASE_ENDS && p->total > 0)
			ri_buf_add_str(out, "  100%");
		add_rate(out,
		    state == RI_PHASE_RUNS ? ri_rate_now(&p->rate) : ri_rate_mean(&p->rate));
		ri_buf_add_str(out, "  ");
	}
	ri_buf_add_str(out, ri_show_duration(ri_rate_elapsed_ms(&p->rate) / 1000, figure));
	if (state == RI_PHASE_STOPPED)
		ri_buf_add_str(out, "  stopped");
}
