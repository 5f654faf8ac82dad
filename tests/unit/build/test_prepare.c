// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Getting ready: the payload is made while the appliance starts, or after what an earlier build left is taken
 * back. Each in a process of its own: where one side fails it ends the other by a request that stays.
 */
#include "unit/fake_build.h"

#include "base/cancel.h"
#include "build/prepare.h"

#include <sys/mman.h>

static struct seen {
	int rc;
	struct ri_err err;
	bool cancelled, reader, appliance, made;
	size_t readers, stage_readers, appliances;
	size_t uploads; /* actions that name a file that is there */
	char log[4096]; /* what was done in the guest by then */
} * got;

/* What the reader is asked before the appliance is started: what is left out, and how much is free. */
#define ROOM_CALLS 24

/* Who fails, and at which call once the facts are known. */
struct way {
	const char *name;
	bool built, unsure, limited;
	size_t reader_at, appliance_at;
	bool no_appliance;
	enum ri_code code;
	const char *want; /* the error; NULL: none */
	size_t appliances, stage_readers;
};

static void count_uploads(const struct ri_actions *l)
{
	for (size_t i = 0; i < l->n; i++)
		got->uploads += l->v[i].kind == RI_ACT_UPLOAD && l->v[i].host_path &&
				access(l->v[i].host_path, R_OK) == 0;
}

static void prepare(const struct way *w, struct ri_session *s, const struct ri_job *job,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_payload_free) struct ri_payload pl = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir dir = { 0 };

	if (ri_plan_make(job, &s->facts, &plan, e) < 0 ||
	    ri_dir_open(tmp_path("made"), 0, &dir, e) < 0)
		_exit(2);
	fb.appliance.calls = fb.direct.calls = 0;
	fb.direct.unsure = w->unsure;
	fb.direct.limited = w->limited;
	fb.direct.fail_at = w->reader_at;
	fb.appliance.fail_at = w->appliance_at;
	if (w->no_appliance)
		ri_fail(&fb.refused, RI_E_IO, 0, "no luck");
	got->rc = ri_prepare(s, job, &plan, &dir, &pl, e);
	got->err = *e;
	got->cancelled = ri_cancelled();
	got->reader = s->reader != NULL;
	got->appliance = s->appliance != NULL;
	got->made = pl.archive != NULL;
	got->stage_readers = fb.stage_readers;
	got->appliances = fb.appliances;
	count_uploads(&plan.actions);
	snprintf(got->log, sizeof got->log, "%s", fb.appliance.log);
}

static void child(const struct way *w)
{
	const struct ri_named_target t = { tmp_path("vm.raw"), NULL, NULL };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	fb_job(&job, true);
	s.openers = &fb_openers;
	if (w->built) {
		fb_text("/var/lib/ramimg/fstab.orig", FX_FSTAB);
		fb_text(RI_PATH_INITRD, "of the earlier build");
	}
	if (ri_session_open(&t, RI_SESSION_CHANGE, &job, &s, &e) < 0)
		_exit(1);
	prepare(w, &s, &job, &e);
}

static void run(const struct way *w)
{
	int status;
	pid_t pid;

	*got = (struct seen){ 0 };
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "made");
	RUN(tmpdir, NULL, NULL, "mkdir", "made");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		child(w);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: status 0x%x", w->name, (unsigned)status);
	if (w->want ? got->rc != -1 || got->err.code != w->code || !strstr(got->err.msg, w->want)
		    : got->rc != 0)
		fail_msg("%s: returned %d, code %d, said [%s]", w->name, got->rc,
		    (int)got->err.code, got->err.msg);
	if (got->appliances != w->appliances || got->stage_readers != w->stage_readers)
		fail_msg("%s: %zu appliances, %zu readers of the stage", w->name, got->appliances,
		    got->stage_readers);
}

static void test_it_is_ready(void **state)
{
	static const struct way ways[] = {
		{ .name = "beside each other", .appliances = 1 },
		{ .name = "the reader does not know whether there is room",
		    .unsure = true,
		    .reader_at = ROOM_CALLS,
		    .appliances = 1 },
		{ .name = "the reader cannot fetch",
		    .unsure = true,
		    .reader_at = ROOM_CALLS + 1,
		    .appliances = 1 },
		{ .name = "the reader cannot pack",
		    .unsure = true,
		    .reader_at = 2 * ROOM_CALLS + 3,
		    .appliances = 1 },
		{ .name = "built before", .built = true, .appliances = 1, .stage_readers = 1 },
		{ .name = "built before, and the stage is not read directly",
		    .built = true,
		    .unsure = true,
		    .reader_at = 1,
		    .appliances = 1,
		    .stage_readers = 1 },
		{ .name = "built before, and the reader cannot fetch from the stage",
		    .built = true,
		    .unsure = true,
		    .reader_at = 5,
		    .appliances = 1,
		    .stage_readers = 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		run(&ways[i]);
		/* The appliance has the guest, the reader is gone, and what is to be uploaded is there. */
		assert_true(got->made && got->appliance && !got->reader && !got->cancelled);
		assert_int_equal(got->uploads, 2);
		assert_string_equal(got->log,
		    ways[i].built ? "remove " RI_PATH_INITRD "\nsync /\n" : "");
	}
}

/* Either side's failure is the one that is told, and not that the other was interrupted by it. */
static void test_it_fails(void **state)
{
	static const struct way ways[] = {
		{ .name = "no appliance",
		    .no_appliance = true,
		    .code = RI_E_IO,
		    .want = "starting the appliance: no luck",
		    .appliances = 1 },
		{ .name = "the appliance cannot mount",
		    .appliance_at = 6,
		    .code = RI_E_IO,
		    .want = "mounting /: fake mount",
		    .appliances = 1 },
		{ .name = "the reader fails before the appliance is started",
		    .reader_at = 1,
		    .code = RI_E_IO,
		    .want = "fake glob" },
		{ .name = "the reader meets a limit before the appliance is started",
		    .unsure = true,
		    .limited = true,
		    .reader_at = ROOM_CALLS,
		    .code = RI_E_BUDGET,
		    .want = "fake space" },
		{ .name = "the reader's host is full",
		    .reader_at = ROOM_CALLS + 1,
		    .code = RI_E_IO,
		    .want = "fake download",
		    .appliances = 1 },
		{ .name = "the reader meets a limit",
		    .unsure = true,
		    .limited = true,
		    .reader_at = ROOM_CALLS + 1,
		    .code = RI_E_BUDGET,
		    .want = "fake download",
		    .appliances = 1 },
		{ .name = "the earlier build stays",
		    .built = true,
		    .appliance_at = 8,
		    .code = RI_E_IO,
		    .want = "taking back the earlier build: ",
		    .appliances = 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		run(&ways[i]);
		/* Beside an appliance that fails the payload may be whole by then. */
		if (ways[i].reader_at == 0 && !ways[i].built)
			continue;
		assert_false(got->made);
		assert_int_equal(got->uploads, 0);
	}
}

static int set_up(void **state)
{
	got = mmap(NULL, sizeof *got, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (got == MAP_FAILED || fb_set_up(state) < 0)
		return -1;
	fb_fresh();
	fb.plain = true;
	fb_image(tmp_path("vm.raw"));
	fb_qemu_img(FB_PLAIN_QEMU_IMG);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_ready),
		cmocka_unit_test(test_it_fails),
	};

	return cmocka_run_group_tests(tests, set_up, fb_tear_down);
}
