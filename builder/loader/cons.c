// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/cons.h"
#include "base/show.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <time.h>

enum { PATIENCE_MS = 1000, EVERY_MS = 500, LINE = 1600 };
enum { PLAIN_STEP = 128 << 20 }; /* where no tenths are known */

int64_t ri_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool take_word(struct ri_span *rest, struct ri_span *word)
{
	*rest = ri_span_trim(*rest);
	*word = ri_span(rest->p, 0);
	while (word->n < rest->n && !strchr(" \t\r\n", rest->p[word->n]))
		word->n++;
	rest->p += word->n;
	rest->n -= word->n;
	return word->n > 0;
}

static void add(struct ri_cons *c, int fd)
{
	if (fd < 0)
		return;
	c->fd[c->n] = fd;
	c->tty[c->n++] = isatty(fd) != 0;
}

void ri_cons_open(struct ri_cons *c, struct ri_span active, const char *dev, bool quiet)
{
	struct ri_span w;
	char path[256];

	*c = (struct ri_cons){ .quiet = quiet };
	while (c->n < RI_CONSOLES && take_word(&active, &w)) {
		snprintf(path, sizeof path, "%s/%.*s", dev, (int)w.n, w.p);
		/* O_NONBLOCK: neither wait for a carrier now nor for a full line later. */
		add(c, open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
	}
	if (c->n == 0)
		add(c, dup(STDERR_FILENO));
}

void ri_cons_put(int fd, struct ri_span text, int64_t deadline)
{
	struct pollfd full = { .fd = fd, .events = POLLOUT };
	int64_t left;
	ssize_t w;

	while (text.n > 0) {
		w = write(fd, text.p, text.n);
		if (w > 0) {
			text = ri_span_skip(text, (size_t)w);
			continue;
		}
		if (w < 0 && errno == EINTR)
			continue;
		left = deadline - ri_now_ms();
		if (w == 0 || errno != EAGAIN || left <= 0 || poll(&full, 1, (int)left) <= 0)
			return;
	}
}

void ri_cons_say(struct ri_cons *c, const char *fmt, ...)
{
	RI_BUF line = { 0 };
	char text[LINE];
	int64_t deadline = ri_now_ms() + PATIENCE_MS;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* The first byte ends a live line and is left out without one. */
	ri_buf_add_str(&line, "\nramimg: ");
	ri_show_escape(&line, ri_str(text), true);
	ri_buf_add_str(&line, "\n");
	for (size_t i = 0; i < c->n && !line.oom; i++) {
		size_t from = c->live && c->tty[i] ? 0 : 1;

		ri_cons_put(c->fd[i], ri_span_skip(ri_buf_span(&line), from), deadline);
	}
	c->live = 0;
}

/** ", 2 min 5 s left", at the pace so far; nothing if that cannot be estimated. */
static void time_left(uint64_t done, uint64_t total, int64_t ms, char *out, size_t size)
{
	const double day = 86400;
	double s = done > 0 && done < total
		       ? (double)(total - done) / (double)done * (double)ms / 1000 + 0.5
		       : day;
	int whole = s < day ? (int)s : 0;

	out[0] = '\0';
	if (ms <= 0 || s >= day)
		return;
	if (whole < 60)
		snprintf(out, size, ", %d s left", whole);
	else
		snprintf(out, size, ", %d min %d s left", whole / 60, whole % 60);
}

uint64_t ri_mib_per_s(uint64_t bytes, int64_t ms)
{
	return ms > 0 ? (uint64_t)((double)bytes * 1000 / (double)ms / (1 << 20)) : 0;
}

void ri_progress_text(uint64_t done, uint64_t total, int64_t ms, char *out, size_t size)
{
	uint64_t percent = total > 0 ? (uint64_t)((double)done * 100 / (double)total) : 100;
	uint64_t rate = ri_mib_per_s(done, ms);
	char left[40];

	if (total == RI_TOTAL_UNKNOWN) {
		snprintf(out, size, "unpacking, %" PRIu64 " MiB, %" PRIu64 " MiB/s", done >> 20,
		    rate);
		return;
	}
	time_left(done, total, ms, left, sizeof left);
	snprintf(out, size,
	    "unpacking %3" PRIu64 "%%, %" PRIu64 " of %" PRIu64 " MiB, %" PRIu64 " MiB/s%s",
	    percent, done >> 20, total >> 20, rate, left);
}

static void show_live(struct ri_cons *c, const char *text)
{
	char line[160];
	/* Blanks wipe what a longer line left behind; no escape sequence, a console may be dumb. */
	int n =
	    snprintf(line, sizeof line, "\rramimg: %-*s", (int)(c->live < 80 ? c->live : 80), text);

	for (size_t i = 0; i < c->n && n > 0; i++)
		if (c->tty[i])
			ri_cons_put(c->fd[i], ri_str(line), 0);
	c->live = strlen(text);
}

static void show_plain(struct ri_cons *c, const char *text)
{
	char line[160];

	snprintf(line, sizeof line, "ramimg: %s\n", text);
	for (size_t i = 0; i < c->n; i++)
		if (!c->tty[i])
			ri_cons_put(c->fd[i], ri_str(line), 0);
}

/** How many lines are due on a console that is not a terminal. */
static uint64_t plain_steps(uint64_t done, uint64_t total)
{
	if (total == RI_TOTAL_UNKNOWN)
		return done / PLAIN_STEP;
	return total > 0 ? (uint64_t)((double)done * 10 / (double)total) : 10;
}

void ri_cons_progress(struct ri_cons *c, uint64_t done, uint64_t total, int64_t now)
{
	uint64_t steps = plain_steps(done, total);
	char text[120];

	if (c->begun == 0)
		c->begun = c->shown = now;
	if (c->quiet || now - c->shown < EVERY_MS)
		return;
	c->shown = now;
	ri_progress_text(done, total, now - c->begun, text, sizeof text);
	show_live(c, text);
	if (steps > c->steps)
		show_plain(c, text);
	c->steps = steps;
}

void ri_cons_close(struct ri_cons *c)
{
	for (size_t i = 0; i < c->n; i++)
		close(c->fd[i]);
	c->n = 0;
}
