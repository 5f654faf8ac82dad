// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/trial.h"
#include "base/log.h"
#include "host/clock.h"
#include "host/kvm_words.h"
#include "trial/inside.h"
#include "trial/trial_internal.h"

enum { STEP_MS = 500 };
/* A guest that asks for a login has started its agent, or is about to. */
enum { AGENT_GRACE_MS = 15000 };

/*
 * Look at the machine once. @return 1: it runs on; 0: it has come to an end, or the time is up, and @seen says so; -1.
 */
static int look(struct ri_trial_now *t, struct ri_buf *seen, struct ri_err *e)
{
	int rc = ri_trial_vm_pump(&t->vm, STEP_MS, e);
	const char *given_up = ri_trial_given_up(ri_buf_span(&t->vm.shown));
	struct ri_kvm_words words = { 0 };

	if (rc < 0 || ri_trial_hear(ri_buf_span(&t->vm.said), &t->heard, e) < 0)
		return -1;
	if (rc == 0)
		ri_trial_vm_say_end(&t->vm, seen);
	else if (given_up)
		ri_buf_add_str(seen, given_up);
	else if (t->m->kvm && ri_kvm_words_hear(&words, ri_buf_span(&t->vm.errors)))
		ri_buf_addf(seen, "KVM does not work here (%s; --kvm no does without)", words.line);
	else if (ri_clock_ms() >= t->until)
		ri_buf_addf(seen, "%u seconds have gone by", t->o->timeout_s);
	else
		return 1;
	return ri_buf_check(seen, e);
}

/* @return 1: somebody can be asked, or asks for a login; 0: not yet; -1. */
static int is_up(struct ri_trial_now *t, struct ri_err *e)
{
	int answers = ri_trial_agent_answers(&t->vm, e);

	if (answers < 0)
		return -1;
	t->agent = answers > 0;
	if (ri_trial_asks_login(ri_buf_span(&t->vm.shown)) && t->login_ms == 0)
		t->login_ms = ri_clock_ms();
	if (t->agent)
		return 1;
	/* What only has to come up need not be asked. */
	return t->login_ms != 0 &&
	       (t->o->boots_only || ri_clock_ms() - t->login_ms >= AGENT_GRACE_MS);
}

/* Until the loader has said how it went, or cannot any more. */
static int await_loader(struct ri_trial_now *t, struct ri_err *e)
{
	RI_BUF seen = { 0 };
	int up, runs;

	do {
		runs = look(t, &seen, e);
		if (runs < 0)
			return -1;
		if (runs == 0 || t->heard.any)
			break;
		up = is_up(t, e);
		if (up < 0)
			return -1;
		if (up > 0)
			ri_buf_add_str(&seen, "the system has come up");
	} while (seen.n == 0);
	return ri_buf_check(&seen, e) < 0
		   ? -1
		   : ri_trial_judge_loader(t->checks, &t->heard, seen.n > 0 ? seen.p : "", e);
}

/* What is to be done about a guest that nothing is heard of. */
static const char *advice(const struct ri_trial_now *t)
{
	if (t->vm.logged == 0)
		return "it has no console on its first serial port either: install qemu-guest-agent in it, or "
		       "add console=ttyS0 to its kernel line";
	return ri_clock_ms() < t->until
		   ? "look at what its console shows"
		   : "give it more time (--timeout), or look at what its console shows";
}

static int await_system(struct ri_trial_now *t, struct ri_err *e)
{
	RI_BUF seen = { 0 };
	int up = 0, runs = 1;

	while (up == 0 && runs == 1) {
		runs = look(t, &seen, e);
		if (runs < 0)
			return -1;
		up = runs == 1 ? is_up(t, e) : 0;
		if (up < 0)
			return -1;
	}
	if (up > 0)
		return ri_trial_say(t->checks, RI_TRIAL_SYSTEM, RI_TRIAL_PASSED, e, "%s",
		    t->agent ? "the guest agent answers"
			     : "the console asks for a login; there is no guest agent");
	return ri_trial_say(t->checks, RI_TRIAL_SYSTEM, RI_TRIAL_FAILED, e,
	    "%s, and neither has a guest agent answered nor the console asked for a login; %s (%s)",
	    seen.p, advice(t), t->o->console);
}

static int judge_release(struct ri_trial_now *t, struct ri_err *e)
{
	return ri_trial_judge_release(t->checks, &t->heard, e);
}

/*
 * In this order; one that fails ends the trial where the next ones would say nothing. `beside` is why it is not made of a boot
 * from the disk.
 */
static const struct {
	enum ri_trial_what what;
	const char *phase;
	int (*run)(struct ri_trial_now *t, struct ri_err *e);
	bool ends;
	const char *beside;
} steps[] = {
	{ RI_TRIAL_LOADER, "loading into RAM", await_loader, true,
	    "the entry that boots from the disk has no loader" },
	{ RI_TRIAL_SYSTEM, "starting the system", await_system, true, NULL },
	{ RI_TRIAL_ROOT, NULL, ri_trial_ask_root, false, NULL },
	{ RI_TRIAL_RELEASE, NULL, judge_release, false, "the root is on the disk" },
	{ RI_TRIAL_UNPLUG, "unplugging the disk", ri_trial_unplug, false,
	    "the root is on the disk" },
	{ RI_TRIAL_UNITS, "waiting for its units", ri_trial_ask_units, false, NULL },
	{ RI_TRIAL_FILES, "reading every file", ri_trial_ask_files, false, NULL },
	{ RI_TRIAL_MEMORY, NULL, ri_trial_ask_memory, false, "ram.reserve is for a root in RAM" },
	{ RI_TRIAL_EXEC, "running the command", ri_trial_ask_exec, false, NULL },
};

static int step(struct ri_trial_now *t, size_t i, struct ri_err *e)
{
	int64_t begun = ri_clock_ms();
	int rc;

	if (t->o->from_disk && steps[i].beside)
		return ri_trial_say(t->checks, steps[i].what, RI_TRIAL_SKIPPED, e, "%s",
		    steps[i].beside);
	if (steps[i].phase)
		ri_progress(steps[i].phase, 0, 0);
	rc = steps[i].run(t, e);
	if (steps[i].phase)
		ri_progress_over(steps[i].phase, 0, 0,
		    rc < 0 || t->checks->v[steps[i].what].state == RI_TRIAL_FAILED ? -1 : 0);
	t->checks->v[steps[i].what].ms = ri_clock_ms() - begun;
	return rc;
}

/* What nobody asked for. */
static bool is_left_out(const struct ri_trial_opts *o, enum ri_trial_what what)
{
	if (what == RI_TRIAL_EXEC)
		return !o->exec || o->boots_only;
	if (what == RI_TRIAL_ROOT)
		return !o->from_disk;
	return o->boots_only && what != RI_TRIAL_LOADER && what != RI_TRIAL_SYSTEM;
}

/* What comes behind the step @failed would say nothing. */
static int pass_over(struct ri_trial_now *t, size_t failed, struct ri_err *e)
{
	for (size_t i = failed + 1; i < sizeof steps / sizeof *steps; i++) {
		const char *beside = t->o->from_disk ? steps[i].beside : NULL;

		if (is_left_out(t->o, steps[i].what))
			continue;
		if (beside
			? ri_trial_say(t->checks, steps[i].what, RI_TRIAL_SKIPPED, e, "%s",
			      beside) < 0
			: ri_trial_say(t->checks, steps[i].what, RI_TRIAL_SKIPPED, e,
			      "not tried: %s failed", ri_trial_check_name(steps[failed].what)) < 0)
			return -1;
	}
	return 0;
}

static void forget(struct ri_trial_now *t)
{
	ri_trial_vm_close(&t->vm);
	ri_trial_heard_free(&t->heard);
}

int ri_trial_run(const struct ri_trial_machine *m, const struct ri_tool *tool,
    const struct ri_trial_opts *o, struct ri_trial_checks *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks checks = { 0 };
	RI_ON_EXIT(forget)
	struct ri_trial_now t = { .vm = RI_TRIAL_VM_INIT,
		.m = m,
		.o = o,
		.checks = &checks,
		.until = ri_clock_ms() + 1000LL * o->timeout_s };

	if (ri_trial_vm_start(m, tool, o->log, &t.vm, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		if (is_left_out(o, steps[i].what))
			continue;
		if (step(&t, i, e) < 0)
			return ri_ctx(e, "%s", ri_trial_check_name(steps[i].what));
		if (steps[i].ends && checks.v[steps[i].what].state == RI_TRIAL_FAILED) {
			if (pass_over(&t, i, e) < 0)
				return -1;
			break;
		}
	}
	*out = checks;
	checks = (struct ri_trial_checks){ 0 };
	return 0;
}
