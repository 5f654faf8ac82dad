// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"
#include "build/session.h"
#include "cli/cmd_internal.h"
#include "host/clock.h"
#include "host/dir.h"
#include "host/hostfile.h"
#include "host/privileges.h"
#include "plan/next_boot.h"
#include "report/text.h"
#include "report/trial.h"
#include "trial/least.h"
#include "trial/target.h"
#include "trial/trial.h"

enum { DEFAULT_S = 900 };

/* Bounds of --ram: less holds no kernel, and more no host. */
enum { MEMORY_MIN = 64, MEMORY_MAX = 1 << 22, TIMEOUT_MAX = 24 * 3600 };

static int number(const char *option, const char *text, unsigned min, unsigned max, unsigned *out,
    struct ri_err *e)
{
	char *end;
	unsigned long n;

	if (!text)
		return 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || n < min || n > max)
		return ri_fail(e, RI_E_USAGE, 0, "--%s: \"%.100s\" is not a number from %u to %u",
		    option, text, min, max);
	*out = (unsigned)n;
	return 0;
}

/* The file that the console goes to, made anew. */
struct console {
	char *path;
	int fd;
};

static void console_free(struct console *c)
{
	free(c->path);
	ri_cleanup_fd(&c->fd);
}

static int make_file(const char *path, int *fd, struct ri_err *e)
{
	const char *base = ri_file_base(path);
	RI_FREE char *name = strndup(path, (size_t)(base - path));
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };

	if (!name)
		return ri_nomem(e);
	if (ri_dir_open_any(*name ? name : ".", &d, e) < 0 || ri_dir_remove(&d, base, e) < 0)
		return -1;
	*fd = ri_dir_create(&d, base, 0600, e);
	return *fd < 0 ? -1 : 0;
}

static int make_console(const struct ri_opts *o, const char *name, struct console *c,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_FREE char *dir = o->out ? strdup(o->out) : ri_file_join("out", name);

	if (!dir)
		return ri_nomem(e);
	c->path = o->console ? strdup(o->console) : ri_file_join(dir, "console.log");
	if (!c->path)
		return ri_nomem(e);
	/* As of a build's artifacts: it may show what is nobody else's business. */
	if (!o->console && ri_dir_open(dir, 0700, &d, e) < 0)
		return ri_ctx(e, "--out");
	return make_file(c->path, &c->fd, e) < 0 ? ri_ctx(e, "the console's file") : 0;
}

static int write_junit(const char *path, const struct ri_trial_told *t, struct ri_err *e)
{
	RI_BUF text = { 0 };
	RI_FD int fd = -1;

	if (ri_junit_trial(t, &text, e) < 0 || make_file(path, &fd, e) < 0)
		return -1;
	return ri_file_write(fd, ri_buf_span(&text), path, e);
}

static int tell(const struct ri_opts *o, const struct ri_trial_told *t, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (o->junit && write_junit(o->junit, t, e) < 0)
		return ri_ctx(e, "--junit");
	if (o->json ? ri_report_trial(t, &text, e) < 0 : ri_print_trial(t, &text, e) < 0)
		return -1;
	return ri_print(&text);
}

static int verdict(const char *target, const struct ri_trial_checks *c, struct ri_err *e)
{
	size_t failed = ri_trial_count(c, RI_TRIAL_FAILED);
	RI_BUF names = { 0 };

	if (failed == 0)
		return 0;
	for (int i = 0; i < RI_TRIAL_CHECKS; i++)
		if (c->v[i].state == RI_TRIAL_FAILED)
			ri_buf_addf(&names, "%s%s", names.n > 0 ? ", " : "",
			    ri_trial_check_name((enum ri_trial_what)i));
	if (ri_buf_check(&names, e) < 0)
		return -1;
	return ri_fail(e, RI_E_VERIFY, 0, "%s: %zu of %zu checks failed: %s", target, failed,
	    RI_TRIAL_CHECKS - ri_trial_count(c, RI_TRIAL_NOT_TRIED), names.p);
}

/* As long as it has taken where there was enough, and as long again, is time enough with less. */
static void limit_time(struct ri_trial_opts *o, int64_t first_ms)
{
	unsigned most = (unsigned)(2 * first_ms / 1000) + 60;

	o->timeout_s = o->timeout_s < most ? o->timeout_s : most;
}

/* What says why it does not work. */
static const char *failure(const struct ri_trial_checks *c)
{
	for (size_t i = 0; i < RI_TRIAL_CHECKS; i++)
		if (c->v[i].state == RI_TRIAL_FAILED)
			return c->v[i].detail;
	return NULL;
}

/* What is tried, and how it is made to boot. */
struct tried {
	struct ri_session *s;
	struct ri_trial_target *t;
	const struct ri_plan *next; /* for GRUB; without an action it boots as it is */
	const struct console *console;
	unsigned timeout_s;
};

/* GRUB does as it is told by what is in the overlay alone. */
static int tell_grub(const struct tried *d, struct ri_err *e)
{
	if (d->next->undo_actions.n == 0 && !d->s->appliance) {
		ri_guest_closep(&d->s->reader);
		return 0;
	}
	return ri_session_stage(d->s, &d->next->undo_actions, 0, e) < 0 ? ri_ctx(e, "--boot") : 0;
}

static int choose_entry(const struct ri_opts *o, const struct ri_job *job, struct ri_session *s,
    struct ri_plan *next, struct ri_err *e)
{
	if (o->boot == RI_BOOT_ANY)
		return ri_privileges_shed(s->volume.block || s->place.active.off.n > 0, e);
	if (ri_session_inspect(s, job, e) < 0)
		return -1;
	return ri_next_boot_plan(&s->facts, (enum ri_boot)o->boot, next, e) < 0
		   ? ri_ctx(e, "%s: --boot %s", o->target, ri_boot_words[o->boot])
		   : 0;
}

/* That the loader and the system come up is what counts; the rest was seen with more memory. */
static int find_least(const struct tried *d, struct ri_trial_opts opts, int64_t first_ms,
    unsigned *least, struct ri_err *e)
{
	struct ri_trial_machine *m = &d->t->m;
	const unsigned memory = m->memory;
	struct ri_trial_least l = ri_trial_least_begin(memory);
	unsigned next;

	opts.boots_only = true;
	limit_time(&opts, first_ms);
	while ((next = ri_trial_least_next(&l)) != 0) {
		RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks checks = { 0 };
		const char *why;

		m->memory = next;
		if (ri_stage_renew(&d->s->stage, e) < 0 || tell_grub(d, e) < 0 ||
		    ri_trial_run(m, &d->t->tool, &opts, &checks, e) < 0)
			return -1;
		why = failure(&checks);
		ri_log(RI_LOG_INFO, "with %u MiB: %s", next, why ? why : "it works");
		ri_trial_least_tried(&l, next, !why);
	}
	m->memory = memory;
	*least = l.high;
	return 0;
}

static int try(const struct ri_opts *o, const struct ri_job *job, const struct tried *d,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks checks = { 0 };
	struct ri_trial_opts opts = { .timeout_s = d->timeout_s,
		.reserve = job->reserve,
		.from_disk = o->boot == RI_BOOT_DISK,
		.exec = o->exec,
		.log = d->console->fd,
		.console = d->console->path };
	struct ri_trial_told told = { .target = d->s->volume.target,
		.m = &d->t->m,
		.boot = o->boot == RI_BOOT_ANY ? NULL : ri_boot_words[o->boot],
		.checks = &checks,
		.console = d->console->path };
	int64_t begun = ri_clock_ms();

	if (tell_grub(d, e) < 0 || ri_trial_run(&d->t->m, &d->t->tool, &opts, &checks, e) < 0)
		return -1;
	if (o->least_ram && ri_trial_count(&checks, RI_TRIAL_FAILED) == 0 &&
	    find_least(d, opts, ri_clock_ms() - begun, &told.least, e) < 0)
		return ri_ctx(e, "--least-ram");
	told.ms = ri_clock_ms() - begun;
	return tell(o, &told, e) < 0 ? -1 : verdict(o->target, &checks, e);
}

int ri_cmd_test(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target named = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_trial_target_close) struct ri_trial_target t = { 0 };
	RI_ON_EXIT(console_free) struct console console = { .fd = -1 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan next = { 0 };
	const struct ri_trial_of of = { &s.place, &s.volume, &s.stage };
	struct tried d = { &s, &t, &next, &console, DEFAULT_S };
	unsigned memory = 0;

	if (number("ram", o->ram, MEMORY_MIN, MEMORY_MAX, &memory, e) < 0 ||
	    number("timeout", o->timeout, 1, TIMEOUT_MAX, &d.timeout_s, e) < 0 ||
	    ri_session_begin(&named, RI_SESSION_EXPORT, job, &s, e) < 0 ||
	    ri_trial_target_open(&of, o->net, &t, e) < 0 ||
	    make_console(o, s.volume.name, &console, e) < 0 ||
	    choose_entry(o, job, &s, &next, e) < 0 ||
	    ri_trial_target_accelerate(&t, (enum ri_kvm)job->kvm, e) < 0)
		return -1;
	if (memory > 0)
		t.m.memory = memory;
	return try(o, job, &d, e);
}
