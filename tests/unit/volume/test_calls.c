// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Calls of the kernel that fail in what is done to volumes. Nothing that is there is taken for absent. */
#include "unit/calls.h"

#include "unit/volume/scenes.h"

#include <sys/file.h>

static size_t open_before;

static void after(const void *arg, int now, const struct ri_err *e)
{
	(void)arg, (void)now, (void)e;
	assert_int_equal(tmp_count("/proc/self/fd"), open_before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* No more descriptors, at each call. */
static void test_looking(void **state)
{
	static const enum ri_volume_use look = RI_VOLUME_LOOK;
	static const struct {
		const char *name;
		int (*op)(const void *arg, struct ri_err *e);
		const void *arg;
		size_t least;
	} cases[] = { { "chain", do_chain, &look, 10 }, { "backing", do_backing, NULL, 8 },
		{ "id", do_id, NULL, 10 }, { "kernel", do_kernel, NULL, 5 },
		{ "look", do_look, NULL, 3 }, { "records", do_records, NULL, 20 } };

	(void)state;
	put_record();
	open_before = tmp_count("/proc/self/fd");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_true(calls_each(cases[i].name, NULL, EMFILE, cases[i].op, after,
				cases[i].arg) >= cases[i].least);
	/* What cannot be read for another reason is skipped, or said. */
	assert_true(calls_each("chain", NULL, EIO, do_chain, after, &look) > 10);
	assert_true(calls_each("records", NULL, EIO, do_look, after, NULL) > 3);
}

/* That @name fails at its @nth time with @errnum has @op say @want. */
struct failure {
	const char *name;
	size_t nth;
	int errnum;
	enum ri_code code;
	const char *want;
};

static void check_failures(const struct failure *v, size_t n,
    int (*op)(const void *arg, struct ri_err *e), const void *arg)
{
	for (size_t i = 0; i < n; i++) {
		struct ri_err e = { 0 };
		int rc = calls_one(v[i].name, v[i].nth, v[i].errnum, op, arg, &e);

		if (rc != -1 || e.code != v[i].code || !strstr(e.msg, v[i].want))
			fail_msg("%s at %zu: returned %d, code %d, said [%s]", v[i].name, v[i].nth,
			    rc, (int)e.code, e.msg);
		after(NULL, rc, &e);
	}
}

#define CHECK(op, arg, ...)                                                                        \
	do {                                                                                       \
		static const struct failure list[] = { __VA_ARGS__ };                              \
		check_failures(list, sizeof list / sizeof *list, op, arg);                         \
	} while (0)

static int reclaim(const void *v, struct ri_err *e)
{
	return ri_volume_reclaim(v, e);
}

static void test_claiming(void **state)
{
	static const enum ri_volume_use reading = RI_VOLUME_READ;
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("v", ri_volume_open(tmp_path("105/top.qcow2"), NULL, RI_VOLUME_WRITE, &v, &e), &e);
	open_before = tmp_count("/proc/self/fd");
	CHECK(reclaim, &v, { "fstat64", 1, EIO, RI_E_IO, "looking at it: " },
	    { "stat64", 1, EACCES, RI_E_BUSY, "was moved or removed while it was worked on" },
	    { "flock", 1, EIO, RI_E_IO, "locking it: " },
	    { "flock", 1, EWOULDBLOCK, RI_E_BUSY, "another ramimg is working on it" },
	    { "opendir", 1, EMFILE, RI_E_IO, "looking at /sys/block: " },
	    { "opendir", 2, EMFILE, RI_E_IO, "cannot open /proc: " },
	    { "fdopendir", 1, EMFILE, RI_E_IO, "looking at " },
	    { "openat64", 1, EMFILE, RI_E_IO, "looking at " },
	    { "fstatat64", 1, ENOMEM, RI_E_IO, "looking at " },
	    { "flock", 3, EIO, RI_E_IO, "its backing file: unlocking it: " });
	CHECK(do_chain, &reading, { "flock", 1, EWOULDBLOCK, RI_E_BUSY, "another ramimg" },
	    { "pread64", 1, EIO, RI_E_IO, "reading its beginning: " });
}

static void test_writing(void **state)
{
	struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("stage", ri_stage_new(&base, tmp_path("stage"), true, &s, &e), &e);
	open_before = tmp_count("/proc/self/fd");
	CHECK(do_output, "old.raw", { "lstat64", 1, EIO, RI_E_IO, "looking at it: " },
	    { "open64", 1, EIO, RI_E_IO, "cannot open what is there: " },
	    { "fstat64", 1, EIO, RI_E_IO, "cannot open what is there: " },
	    { "fstat64", 2, EIO, RI_E_IO, "looking at " },
	    { "fstat64", 3, EIO, RI_E_IO, "looking at " },
	    { "fstat64", 4, EIO, RI_E_IO, "looking at " });
	CHECK(do_output, "new.raw", { "lstat64", 2, EIO, RI_E_IO, "new.raw: " });
	CHECK(do_export, &s, { "fchown", 1, EPERM, RI_E_IO, "giving it to the owner" },
	    { "fchmod", 1, EPERM, RI_E_IO, "cannot create a file beside " },
	    { "fchmod", 2, EPERM, RI_E_IO, "setting its mode" },
	    { "fork", 1, EAGAIN, RI_E_IO, "writing " }, { "renameat", 1, EIO, RI_E_IO, "old.raw" });
	CHECK(do_stage, NULL, { "mkdirat", 1, ENOSPC, RI_E_IO, "the stage: " },
	    { "fork", 1, EAGAIN, RI_E_IO, "making the overlay: " },
	    { "fdopendir", 1, EMFILE, RI_E_IO, "stage.dir: " });
	CHECK(do_image, NULL, { "fork", 1, EAGAIN, RI_E_IO, "qemu-img" },
	    { "fork", 2, EAGAIN, RI_E_IO, "qemu-img" });
	CHECK(do_open, "plain.raw", { "stat64", 1, EIO, RI_E_IO, "cannot open it: " },
	    { "open64", 1, EACCES, RI_E_IO, "cannot open it for writing: " },
	    { "pread64", 1, EIO, RI_E_IO, "reading its beginning: " });
	ri_stage_discard(&s);
	assert_int_equal(tmp_count(tmp_path("stage")), 0);
	/* What was there is there, and nothing beside it. */
	RUN(tmpdir, NULL, NULL, "sh", "-ec", "cmp old.raw plain.raw; ! ls -A | grep ramimg");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_looking, scenes_set_up, scenes_tear_down),
		cmocka_unit_test_setup_teardown(test_claiming, scenes_set_up, scenes_tear_down),
		cmocka_unit_test_setup_teardown(test_writing, scenes_set_up, scenes_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
