// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A whole build, from opening the volume to its commit, in a process of its own, with a failure at one call: the
 * volume is as it was or completely built, what was on the way is gone or recorded, and the error says what
 * failed.
 */
#include "unit/fake_build.h"
#include "unit/sanitized.h"

#include "build/artifacts_dir.h"
#include "build/prepare.h"
#include "guest/verify_read.h"
#include "plan/verdict.h"

#include <sys/mman.h>

/* What a build in a process of its own came to: one that failed on one thread has ended the other for good. */
static struct outcome {
	int rc;
	struct ri_err err;
	size_t appliance_calls, direct_calls, stage_readers;
	size_t bad; /* of verify; SIZE_MAX: it did not come to that */
} * got;

/* Which call fails, and of whom. */
struct trial {
	const char *name;
	bool direct; /* there is a direct reader */
	bool unsure; /* whose failure means that it does not know */
	size_t appliance_at, direct_at;
};

static inline int wb_spine(struct ri_session *s, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { tmp_path("vm.raw"), NULL, NULL };
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts out = { 0 };
	RI_ON_EXIT(ri_payload_free) struct ri_payload pl = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };

	s->openers = &fb_openers;
	s->uploads = true;
	if (ri_session_open(&t, RI_SESSION_CHANGE, job, s, e) < 0)
		return -1;
	if (ri_plan_make(job, &s->facts, &plan, e) < 0)
		return ri_ctx(e, "planning");
	if (ri_artifacts_open(tmp_path("out"), &out, e) < 0 ||
	    ri_prepare(s, job, &plan, &out.making, &pl, e) < 0 ||
	    ri_session_stage(s, &plan.actions, pl.pack.archive_bytes + pl.initrd_bytes, e) < 0 ||
	    ri_session_commit(s, e) < 0)
		return -1;
	return ri_artifacts_keep(&out, e);
}

static inline int wb_build(const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;

	return wb_spine(&s, job, e);
}

static inline int wb_look(struct ri_guest *g, void *arg, struct ri_err *e)
{
	struct ri_session *s = arg;
	RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };

	if (ri_verify_read(g, &s->facts, s->stage.dir, &seen, e) < 0 ||
	    ri_verdict_make(&s->facts, &seen, &v, e) < 0)
		return -1;
	for (size_t i = 0; i < v.n; i++)
		if (!v.v[i].good)
			fprintf(stderr, "verify: %s: %s\n", v.v[i].what, v.v[i].detail);
	got->bad = v.bad;
	return 0;
}

static inline int wb_verify(const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { tmp_path("vm.raw"), NULL, NULL };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;

	s.openers = &fb_openers;
	if (ri_session_open(&t, RI_SESSION_LOOK, job, &s, e) < 0)
		return -1;
	return ri_session_read(&s, wb_look, &s, e);
}

/* In the child: no assertion of cmocka's, which would go on as the parent. */
static inline void wb_child(const struct trial *t)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	fb_job(&job, t->direct);
	fb.appliance.calls = fb.direct.calls = fb.stage_readers = 0;
	fb.appliance.fail_at = t->appliance_at;
	fb.direct.fail_at = t->direct_at;
	fb.direct.unsure = t->unsure;
	got->rc = wb_build(&job, &e);
	got->err = e;
	got->appliance_calls = fb.appliance.calls;
	got->direct_calls = fb.direct.calls;
	got->stage_readers = fb.stage_readers;
	fb.appliance.fail_at = fb.direct.fail_at = 0;
	setenv("FAILS", "0", 1);
	e = (struct ri_err){ 0 };
	if (got->rc == 0 && got->appliance_calls >= t->appliance_at &&
	    got->direct_calls >= t->direct_at && t->appliance_at + t->direct_at > 0)
		_exit(0); /* read back it is; verify needs no more than one build */
	if (got->rc == 0 && wb_verify(&job, &e) < 0) {
		fprintf(stderr, "verify: %s\n", e.msg);
		_exit(2);
	}
	_exit(0);
}

static inline void wb_run(const struct trial *t)
{
	int status;
	pid_t pid;

	*got = (struct outcome){ .bad = SIZE_MAX };
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		wb_child(t);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: appliance %zu, reader %zu: status 0x%x", t->name, t->appliance_at,
		    t->direct_at, (unsigned)status);
}

/* The volume holds what the appliance flushed last, and that is a build. */
static inline void wb_is_built(const char *name)
{
	RI_BUF want = { 0 };

	slurp(tmp_path("disk"), &want);
	if (!fb_image_is(tmp_path("vm.raw"), ri_buf_span(&want)))
		fail_msg("%s: the volume is not what was built", name);
	assert_non_null(memmem(want.p, want.n, "menuentry", 9));
	assert_non_null(memmem(want.p, want.n, RI_PATH_INITRD, strlen(RI_PATH_INITRD)));
	assert_non_null(memmem(want.p, want.n, RI_PATH_ARCHIVE_GZIP, strlen(RI_PATH_ARCHIVE_GZIP)));
	assert_true(got->bad == 0 || got->bad == SIZE_MAX);
	assert_true(fb_count(tmp_path("out")) >= 5);
	fb_image(tmp_path("vm.raw"));
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "out");
}

static inline void wb_is_untouched(const char *name)
{
	if (!fb_image_is(tmp_path("vm.raw"), ri_str("")))
		fail_msg("%s: the volume has changed", name);
	assert_int_equal(fb_count(tmp_path("out")), 0);
}

/* What failed is in the error, unless what was asked is allowed not to be there. */
static inline void wb_is_told(const struct trial *t)
{
	if (!strstr(got->err.msg, "fake ") && !strstr(got->err.msg, "/lib/modules"))
		fail_msg("%s: appliance %zu, reader %zu: said [%s]", t->name, t->appliance_at,
		    t->direct_at, got->err.msg);
}

static inline void wb_check(const struct trial *t)
{
	if (got->rc == 0) {
		wb_is_built(t->name);
	} else {
		wb_is_told(t);
		wb_is_untouched(t->name);
	}
	assert_int_equal(fb_count(tmp_path("stage")), 0);
}

/*
 * Calls from one that fails to the next. What each call's failure comes to is seen without sanitizers. They are for the
 * memory on the ways out, which neighbouring calls have in common.
 */
enum { WB_EVERY = SANITIZED ? 4 : 1 };

/* Run @t with each of the first @most calls of the appliance failing, and once more if they are all. */
static inline void wb_each_appliance_call(struct trial *t, size_t most)
{
	do {
		t->appliance_at += t->appliance_at == 0 ? 1 : WB_EVERY;
		wb_run(t);
		wb_check(t);
		if (t->appliance_at <= got->appliance_calls && got->rc == 0)
			fail_msg("%s: call %zu failed, and it was built", t->name, t->appliance_at);
	} while (t->appliance_at <= got->appliance_calls && t->appliance_at < most);
}

static inline void wb_fresh(void)
{
	fb_fresh();
	fb.plain = true;
}

static inline int wb_set_up(void **state)
{
	got = mmap(NULL, sizeof *got, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (got == MAP_FAILED || fb_set_up(state) < 0)
		return -1;
	wb_fresh();
	fb_qemu_img(FB_PLAIN_QEMU_IMG);
	fb_image(tmp_path("vm.raw"));
	return 0;
}
