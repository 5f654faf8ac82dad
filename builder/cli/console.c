// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/console.h"

#include "base/show.h"
#include "cli/phase.h"
#include "host/privileges.h"

#include <errno.h>
#include <langinfo.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <time.h>

#define TICK_MS 1000
/* With a tick more, nobody waits longer than ten seconds for a plain line. */
#define SILENT_MS 9000
/* As many phases are shown at once; a further one is not. */
#define MOST_PHASES 4

struct ri_console {
	struct ri_console_conf conf;
	pthread_mutex_t lock;                /* guards all below, and keeps writes whole */
	struct ri_phase phases[MOST_PHASES]; /* those that run, in the order of their beginning */
	size_t n;
	uint64_t wrote_ms;        /* when a row was last shown */
	size_t on_screen;         /* live lines; the cursor stands behind the last one */
	size_t wide[MOST_PHASES]; /* the columns that each of them was drawn with */
	pthread_t ticker;         /* runs where conf.tick is set */
	pthread_cond_t wake;      /* a phase began, or quit */
	bool quit;
};

static uint64_t monotonic_ms(void *arg)
{
	struct timespec t;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void ri_console_detect(int fd, enum ri_level level, struct ri_console_conf *out)
{
	const char *term = getenv("TERM");
	bool tty = isatty(fd);

	*out = (struct ri_console_conf){
		.fd = fd,
		.live = tty && term && *term && strcmp(term, "dumb") != 0,
		.ascii = tty && strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.level = level,
	};
	/* Terminal emulators do, those of Proxmox VE's pages among them; the kernel's own console cuts off. */
	out->reflows = out->live && strcmp(term, "linux") != 0;
	out->tick = true;
}

/** Show what @b holds; where stderr does not take it there is nobody to tell. */
static void show(const struct ri_console *c, const struct ri_buf *b)
{
	size_t at = 0;

	while (!b->oom && at < b->n) {
		ssize_t n = write(c->conf.fd, b->p + at, b->n - at);

		if (n > 0)
			at += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return;
	}
}

/** Whether the line @text went elsewhere than to the console. */
static bool taken(const struct ri_console *c, enum ri_level level, const struct ri_buf *text)
{
	return c->conf.take && !text->oom &&
	       c->conf.take(c->conf.take_arg, level, ri_buf_span(text));
}

/** A plain line of a phase. */
static void show_row(const struct ri_console *c, struct ri_buf *row)
{
	if (taken(c, RI_LOG_INFO, row))
		return;
	ri_buf_add_str(row, "\n");
	show(c, row);
}

static unsigned columns(const struct ri_console *c)
{
	struct winsize w;

	if (c->conf.columns > 0)
		return c->conf.columns;
	if (ioctl(c->conf.fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	return 80;
}

/** The rows that the live lines take on a terminal of that many columns. */
static size_t rows_at(const struct ri_console *c, size_t across)
{
	size_t rows = 0;

	for (size_t i = 0; i < c->on_screen; i++)
		rows += c->wide[i] > across ? (c->wide[i] + across - 1) / across : 1;
	return rows;
}

/** Take live lines that were wrapped, as the terminal has become narrower, off the screen. */
static void add_unwrapped(struct ri_console *c, struct ri_buf *out)
{
	size_t rows = c->conf.reflows ? rows_at(c, columns(c)) : 0;

	if (rows <= c->on_screen)
		return;
	ri_buf_addf(out, "\033[%zuA\r\033[J", rows - 1);
	c->on_screen = 0;
}

/** Take the live lines off the screen, if there are any. */
static void add_clear(struct ri_console *c, struct ri_buf *out)
{
	add_unwrapped(c, out);
	for (size_t i = 0; i < c->on_screen; i++)
		ri_buf_add_str(out, i > 0 ? "\033[A\r\033[K" : "\r\033[K");
	c->on_screen = 0;
}

/** Draw one live line. It stops a column short of the edge, where some terminals would wrap. @return its columns. */
static size_t add_row(const struct ri_console *c, const struct ri_phase *p, struct ri_buf *out)
{
	RI_BUF row = { 0 };
	size_t n;

	ri_phase_row(p, RI_PHASE_RUNS, c->conf.ascii, &row);
	if (row.oom) {
		out->oom = true;
		return 0;
	}
	ri_buf_add_str(out, "\r");
	n = ri_show_fit(ri_buf_span(&row), columns(c) - 1);
	ri_buf_add(out, row.p, n);
	ri_buf_add_str(out, "\033[K");
	return n; /* names of phases are ASCII */
}

/** Draw the live lines, one for each phase, over those that are there. */
static void add_live(struct ri_console *c, struct ri_buf *out)
{
	add_unwrapped(c, out);
	if (c->on_screen > 1)
		ri_buf_addf(out, "\033[%zuA", c->on_screen - 1);
	for (size_t i = 0; i < c->n; i++) {
		if (i > 0)
			ri_buf_add_str(out, "\n");
		c->wide[i] = add_row(c, &c->phases[i], out);
	}
	c->on_screen = c->n;
}

/** A phase is over: its line stays, and what others are live move below it. */
static void finish(struct ri_console *c, struct ri_phase *p, enum ri_phase_state state)
{
	size_t i = (size_t)(p - c->phases);
	RI_BUF b = { 0 };

	c->wrote_ms = c->conf.now_ms(c->conf.now_arg);
	add_clear(c, &b);
	ri_phase_row(p, state, c->conf.ascii, &b);
	c->n--;
	memmove(p, p + 1, (c->n - i) * sizeof *p);
	if (!c->conf.live) {
		show_row(c, &b);
		return;
	}
	ri_buf_add_str(&b, "\n");
	add_live(c, &b);
	show(c, &b);
}

static bool due(const struct ri_console *c, const struct ri_phase *p, uint64_t now)
{
	return c->conf.live ? ri_phase_live_due(p, now) : ri_phase_plain_due(p, now);
}

static void draw_live(struct ri_console *c, uint64_t now)
{
	RI_BUF b = { 0 };

	/* Time goes on for those too that nobody reports of. */
	for (size_t i = 0; i < c->n; i++)
		ri_phase_update(&c->phases[i], c->phases[i].done, c->phases[i].total, now);
	add_live(c, &b);
	show(c, &b);
	for (size_t i = 0; i < c->n; i++)
		ri_phase_shown(&c->phases[i], now);
}

static void draw(struct ri_console *c, struct ri_phase *p, enum ri_phase_state state, uint64_t now)
{
	RI_BUF b = { 0 };

	c->wrote_ms = now;
	if (c->conf.live) {
		draw_live(c, now);
		return;
	}
	ri_phase_row(p, state, c->conf.ascii, &b);
	show_row(c, &b);
	ri_phase_shown(p, now);
}

/** The phase of that name; NULL where none runs. */
static struct ri_phase *find(struct ri_console *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strncmp(c->phases[i].name, name, sizeof c->phases[i].name - 1) == 0)
			return &c->phases[i];
	return NULL;
}

/** The lock is held. */
static void progress(struct ri_console *c, const char *phase, uint64_t done, uint64_t total,
    int how)
{
	uint64_t now = c->conf.now_ms(c->conf.now_arg);
	struct ri_phase *p = find(c, phase);
	bool first = !p;

	if (first && c->n == MOST_PHASES)
		return;
	if (first) {
		p = &c->phases[c->n++];
		ri_phase_begin(p, phase, now);
		pthread_cond_signal(&c->wake);
	}
	p->about = how == RI_PROGRESS_ABOUT;
	ri_phase_update(p, done, total, now);
	if (how == RI_PROGRESS_ENDS)
		finish(c, p, RI_PHASE_ENDS);
	else if (how == RI_PROGRESS_STOPS)
		finish(c, p, RI_PHASE_STOPPED);
	else if (first || due(c, p, now))
		draw(c, p, first ? RI_PHASE_BEGINS : RI_PHASE_RUNS, now);
}

static void on_progress(void *arg, const char *phase, uint64_t done, uint64_t total, int how)
{
	struct ri_console *c = arg;

	if (c->conf.level < RI_LOG_INFO)
		return;
	pthread_mutex_lock(&c->lock);
	progress(c, phase, done, total, how);
	pthread_mutex_unlock(&c->lock);
}

/** The one that was not shown for longest. */
static struct ri_phase *stalest(struct ri_console *c)
{
	struct ri_phase *p = &c->phases[0];

	for (size_t i = 1; i < c->n; i++)
		if (c->phases[i].shown_ms < p->shown_ms)
			p = &c->phases[i];
	return p;
}

/** Show phases that have not been heard of for a while. The lock is held. */
static void tick(struct ri_console *c)
{
	uint64_t now = c->conf.now_ms(c->conf.now_arg);
	struct ri_phase *p = stalest(c);

	if (c->n == 0 || now - c->wrote_ms < (c->conf.live ? TICK_MS : SILENT_MS))
		return;
	ri_phase_update(p, p->done, p->total, now);
	draw(c, p, RI_PHASE_RUNS, now);
}

static void *run_ticker(void *arg)
{
	struct ri_console *c = arg;

	/* It was there before what is given up is known (build/session.c). */
	ri_privileges_none();
	pthread_mutex_lock(&c->lock);
	while (!c->quit) {
		struct timespec until;

		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += TICK_MS / 1000;
		if (c->n == 0)
			pthread_cond_wait(&c->wake, &c->lock);
		else if (pthread_cond_timedwait(&c->wake, &c->lock, &until) == ETIMEDOUT)
			tick(c);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/** One line @prefix @text, the live line kept below it. The lock is held. */
static void put_line(struct ri_console *c, enum ri_level level, const char *prefix,
    struct ri_span text)
{
	RI_BUF b = { 0 };
	RI_BUF shown = { 0 };
	bool live = c->on_screen > 0;

	if (c->conf.take)
		ri_show_escape(&shown, text, false);
	if (taken(c, level, &shown))
		return;
	add_clear(c, &b);
	ri_buf_add_str(&b, prefix);
	ri_show_escape(&b, text, c->conf.ascii);
	ri_buf_add_str(&b, "\n");
	if (live)
		add_live(c, &b);
	show(c, &b);
}

static void on_line(void *arg, enum ri_level level, const char *text)
{
	static const char *const prefixes[] = {
		[RI_LOG_ERROR] = "ramimg: error: ",
		[RI_LOG_WARN] = "ramimg: warning: ",
		[RI_LOG_INFO] = "",
		[RI_LOG_DEBUG] = "debug: ",
	};
	struct ri_console *c = arg;

	if (level > c->conf.level)
		return;
	pthread_mutex_lock(&c->lock);
	put_line(c, level, prefixes[level], ri_str(text));
	pthread_mutex_unlock(&c->lock);
}

struct ri_log_sink ri_console_sink(struct ri_console *c)
{
	return (struct ri_log_sink){ .line = on_line,
		.progress = on_progress,
		.arg = c,
		.level = c->conf.level };
}

int ri_console_new(const struct ri_console_conf *conf, struct ri_console **out, struct ri_err *e)
{
	struct ri_console *c = calloc(1, sizeof *c);
	pthread_condattr_t attr;

	if (!c)
		return ri_nomem(e);
	c->conf = *conf;
	if (!c->conf.now_ms)
		c->conf.now_ms = monotonic_ms;
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Without the thread, a line moves only when somebody reports. */
	if (c->conf.tick && pthread_create(&c->ticker, NULL, run_ticker, c) != 0)
		c->conf.tick = false;
	*out = c;
	return 0;
}

/** Close phases that nobody ended: an error came between. The lock is held. */
static void stop(struct ri_console *c)
{
	while (c->n > 0) {
		struct ri_phase *p = &c->phases[0];

		ri_phase_update(p, p->done, p->total, c->conf.now_ms(c->conf.now_arg));
		finish(c, p, RI_PHASE_STOPPED);
	}
}

void ri_console_error(struct ri_console *c, const char *msg)
{
	pthread_mutex_lock(&c->lock);
	stop(c);
	put_line(c, RI_LOG_ERROR, "ramimg: ", ri_span_trim(ri_str(msg)));
	pthread_mutex_unlock(&c->lock);
}

void ri_console_free(struct ri_console *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	stop(c);
	c->quit = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	if (c->conf.tick)
		pthread_join(c->ticker, NULL);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
