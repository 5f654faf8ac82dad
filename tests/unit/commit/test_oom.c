// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of a commit's beginning and of a recovery: each says so, and the volume is one or the other. */
#include "unit/commit/small.h"
#include "unit/oom.h"

#include "commit/growth.h"
#include "commit/open_target.h"
#include "commit/overlay.h"
#include "host/process.h"

static size_t paused;

static void pause_it(void)
{
	paused = oom_left;
	oom_left = 0;
}

static void go_on(void)
{
	oom_left = paused;
}

static int begin(const void *undo, struct ri_err *e)
{
	pause_it();
	small_again();
	go_on();
	return small_begin(undo != NULL, e);
}

static int recover(const void *how, struct ri_err *e)
{
	const enum ri_recover_how way = *(const enum ri_recover_how *)how;
	const char *want = way == RI_RECOVER_UNDO ? small.before : small.after;
	struct ri_recovered r;
	int rc;

	pause_it();
	small_again();
	check_ok("begin", small_begin(true, e), e);
	small_write(small.after, 2 * RI_BLOCK + 512);
	go_on();
	rc = ri_recover(&small.volume, small.dir, way, &small_io, &r, e);
	pause_it();
	if (rc == 0) {
		assert_true(small_is(want));
		assert_false(small_recorded());
		/* What is left of the stage is removed by the next one. */
		if (oom_failed && access(small.stage.dir, F_OK) == 0)
			rc = ri_nomem(e);
	} else {
		small_recover(way, want);
		e->code = strstr(e->msg, "out of memory") ? RI_E_NOMEM : e->code;
	}
	go_on();
	return rc;
}

static void test_each(void **state)
{
	static const enum ri_recover_how ways[] = { RI_RECOVER_COMPLETE, RI_RECOVER_UNDO };

	(void)state;
	assert_true(oom_each("begin", begin, "undo") > 5);
	assert_true(oom_each("begin without what was there", begin, NULL) > 5);
	assert_true(oom_each("complete", recover, &ways[0]) > 10);
	assert_true(oom_each("undo", recover, &ways[1]) > 10);
}

/* An image that a program has open for us, to be read and to be written. */
static int ends(const void *v, struct ri_err *e)
{
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;
	RI_ON_EXIT(ri_target_freep) struct ri_target *t = NULL;

	return ri_overlay_open(&small.stage, &i, e) < 0 || ri_target_open(v, small.dir, &t, e) < 0
		   ? -1
		   : 0;
}

static void test_images(void **state)
{
	const char *path = tmp_path("d.qcow2");
	const char *create[] = { "/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", path, "1M",
		NULL };
	struct ri_volume v = small.volume;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("image", ri_process_check(create, NULL, NULL, &e), &e);
	create[5] = small.stage.overlay;
	check_ok("overlay", ri_process_check(create, NULL, NULL, &e), &e);
	v.path = strdup(path);
	v.format = strdup("qcow2");
	v.fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(v.path && v.format && v.fd >= 0);
	assert_true(oom_each("images", ends, &v) > 4);
	close(v.fd);
	free(v.path);
	free(v.format);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, small_set_up, small_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_each), TEST(test_images) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
