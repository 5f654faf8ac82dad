// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/inside.h"
#include "host/clock.h"
#include "trial/trial_internal.h"

enum { ANSWER_MS = 60000, UNPLUG_MS = 60000, STEP_MS = 250 };

/* For ri_qmp_await: only the event counts, QEMU has no other client. */
static int not_yet(struct ri_qmp *q, void *arg, struct ri_err *e)
{
	(void)q;
	(void)arg;
	(void)e;
	return 0;
}

/* @return 1: it is gone; 0: the guest holds on to it, or says no; -1. */
static int unplug(struct ri_trial_now *t, const char *id, struct ri_err *e)
{
	struct ri_qmp *q = t->vm.monitor;
	int64_t until = ri_clock_ms() + UNPLUG_MS;

	if (ri_qmp_call(q, "device_del", json_pack("{s:s}", "id", id), ANSWER_MS, NULL, e) < 0)
		return -1;
	while (ri_clock_ms() < until) {
		int rc = ri_qmp_await(q, "DEVICE_DELETED", id, STEP_MS, STEP_MS, not_yet, NULL, e);

		if (rc != 0)
			return rc;
		if (ri_qmp_take_event(q, "DEVICE_UNPLUG_GUEST_ERROR", id))
			return 0;
		if (ri_trial_vm_pump(&t->vm, 0, e) < 0)
			return -1;
	}
	return 0;
}

int ri_trial_unplug(struct ri_trial_now *t, struct ri_err *e)
{
	static const char *const parts[] = { RI_TRIAL_DISK, RI_TRIAL_CONTROLLER };
	static const char *const words[] = { "the disk", "the disk's controller" };
	unsigned n = ri_trial_unplugs(t->m->bus);

	if (n == 0)
		return ri_trial_say(t->checks, RI_TRIAL_UNPLUG, RI_TRIAL_SKIPPED, e,
		    "a disk on %s is not unplugged from a running VM",
		    ri_trial_bus_word(t->m->bus));
	if (t->checks->v[RI_TRIAL_RELEASE].state == RI_TRIAL_FAILED)
		return ri_trial_say(t->checks, RI_TRIAL_UNPLUG, RI_TRIAL_SKIPPED, e,
		    "the guest has not let go of the disk");
	for (unsigned i = 0; i < n; i++) {
		int rc = unplug(t, parts[i], e);

		if (rc < 0)
			return -1;
		if (rc == 0)
			return ri_trial_say(t->checks, RI_TRIAL_UNPLUG, RI_TRIAL_FAILED, e,
			    "the guest does not let go of %s", words[i]);
	}
	return ri_trial_say(t->checks, RI_TRIAL_UNPLUG, RI_TRIAL_PASSED, e, "%s",
	    n > 1 ? "the disk and its controller are unplugged" : "the disk is unplugged");
}

/*
 * Ask the guest. @return 1: *@ran is what the command left; 0: it could not be run, and that is recorded as @state; -1.
 */
static int ask(struct ri_trial_now *t, enum ri_trial_what what, enum ri_trial_state state,
    const char *command, struct ri_trial_ran *ran, struct ri_err *e)
{
	struct ri_err why = { 0 };

	if (!t->agent)
		return ri_trial_say(t->checks, what, state, e,
		    "there is no guest agent to ask (package qemu-guest-agent)");
	if (ri_trial_exec(&t->vm, command, t->until, ran, &why) == 0)
		return 1;
	if (why.code != RI_E_CANCELLED && why.code != RI_E_NOMEM)
		return ri_trial_say(t->checks, what, RI_TRIAL_FAILED, e, "the guest agent: %s",
		    why.msg);
	*e = why;
	return -1;
}

int ri_trial_ask_root(struct ri_trial_now *t, struct ri_err *e)
{
	RI_ON_EXIT(ri_trial_ran_free) struct ri_trial_ran ran = { 0 };
	struct ri_span mounts;
	int rc;

	if (!t->agent || t->heard.any)
		return ri_trial_judge_root(t->checks, &t->heard, NULL, e);
	rc = ask(t, RI_TRIAL_ROOT, RI_TRIAL_FAILED, "cat /proc/mounts\n", &ran, e);
	mounts = ri_buf_span(&ran.out);
	return rc <= 0 ? rc : ri_trial_judge_root(t->checks, &t->heard, &mounts, e);
}

/* The status where there is nothing to ask. */
#define NO_SYSTEMD 77

int ri_trial_ask_units(struct ri_trial_now *t, struct ri_err *e)
{
	static const char command[] =
	    "[ -d /run/systemd/system ] || exit 77\n"
	    "systemctl is-system-running --wait >/dev/null 2>&1\n"
	    "systemctl list-units --state=failed --no-legend --plain --no-pager | cut -d' ' -f1\n";
	RI_ON_EXIT(ri_trial_ran_free) struct ri_trial_ran ran = { 0 };
	int rc = ask(t, RI_TRIAL_UNITS, RI_TRIAL_SKIPPED, command, &ran, e);

	if (rc <= 0)
		return rc;
	if (ran.status == NO_SYSTEMD)
		return ri_trial_say(t->checks, RI_TRIAL_UNITS, RI_TRIAL_SKIPPED, e,
		    "the guest has no systemd");
	return ri_trial_judge_units(t->checks, ri_buf_span(&ran.out), e);
}

int ri_trial_ask_files(struct ri_trial_now *t, struct ri_err *e)
{
	static const char command[] = "find / -xdev -type f -exec cat -- {} + >/dev/null\n"
				      "find / -xdev -type f | wc -l\n";
	RI_ON_EXIT(ri_trial_ran_free) struct ri_trial_ran ran = { 0 };
	int rc = ask(t, RI_TRIAL_FILES, RI_TRIAL_SKIPPED, command, &ran, e);

	return rc <= 0 ? rc
		       : ri_trial_judge_files(t->checks, ri_buf_span(&ran.out),
			     ri_buf_span(&ran.err), e);
}

int ri_trial_ask_memory(struct ri_trial_now *t, struct ri_err *e)
{
	RI_ON_EXIT(ri_trial_ran_free) struct ri_trial_ran ran = { 0 };
	int rc = ask(t, RI_TRIAL_MEMORY, RI_TRIAL_SKIPPED, "cat /proc/meminfo\n", &ran, e);

	return rc <= 0 ? rc
		       : ri_trial_judge_memory(t->checks, ri_buf_span(&ran.out), t->o->reserve, e);
}

int ri_trial_ask_exec(struct ri_trial_now *t, struct ri_err *e)
{
	RI_ON_EXIT(ri_trial_ran_free) struct ri_trial_ran ran = { 0 };
	int rc = ask(t, RI_TRIAL_EXEC, RI_TRIAL_FAILED, t->o->exec, &ran, e);
	struct ri_span said = ri_span_trim(ri_buf_span(ran.err.n > 0 ? &ran.err : &ran.out));

	if (rc <= 0)
		return rc;
	/* The beginning of what a person would have seen. */
	said.n = said.n < 400 ? said.n : 400;
	return ri_trial_say(t->checks, RI_TRIAL_EXEC,
	    ran.status == 0 ? RI_TRIAL_PASSED : RI_TRIAL_FAILED, e, "it ended with status %d%s%.*s",
	    ran.status, said.n > 0 ? ": " : "", (int)said.n, said.p);
}
