// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A commit and a recovery in which a call of the kernel fails, each in turn: the volume is one or the other. */
#include "unit/calls.h"
#include "unit/commit/small.h"

#include "commit/open_target.h"
#include "host/process.h"

/* How it ended, as ri_commit and ri_recover say; the next begins as this one did. */
static void check_end(int now, const struct ri_err *e, const char *want)
{
	if (now == 0) {
		assert_false(small_recorded());
		assert_true(small_is(want));
	} else if (small_recorded()) {
		small_recover(RI_RECOVER_COMPLETE, small.after);
	} else if (strstr(e->msg, "removed")) { /* but maybe not from the disk */
		assert_int_equal(e->code, RI_E_COMMIT);
		assert_true(small_is(want));
	} else {
		assert_true(small_is(small.before));
	}
}

static int commit(const void *undo, struct ri_err *e)
{
	const struct ri_commit_opts o = { .undo = undo != NULL, .io = &small_io };

	return ri_commit(&small.stage, &o, e);
}

static void after_commit(const void *undo, int now, const struct ri_err *e)
{
	(void)undo;
	if (now < 0 && e->code == RI_E_COMMIT && small_recorded())
		assert_true((strstr(e->msg, "do not start the VM") && strstr(e->msg, small.path)) ||
			    (strstr(e->msg, "the commit is done") && small_is(small.after)));
	else if (now < 0)
		assert_true(e->code == RI_E_COMMIT || !small_recorded());
	assert_true(small.stage.keep || !small_recorded());
	check_end(now, e, small.after);
	small_again();
}

/* Not what looks for others that have the volume open: it reads all of /proc. */
static void test_commit(void **state)
{
	static const struct {
		const char *call;
		int errnum;
		size_t least;
	} calls[] = {
		{ "fork", EAGAIN, 2 },
		{ "fsync", EIO, 8 },
		{ "pwrite64", ENOSPC, 5 },
		{ "pread64", EIO, 2 },
		{ "unlinkat", EIO, 3 },
		{ "renameat", EIO, 1 },
		{ "fallocate64", ENOSPC, 1 },
		{ "lseek64", EIO, 1 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof calls / sizeof *calls; i++) {
		calls_again = i % 2;
		assert_true(
		    calls_each_of_all(calls[i / 2].call, calls[i / 2].call, calls[i / 2].errnum,
			commit, after_commit, "undo") >= calls[i / 2].least);
	}
	calls_again = false;
	assert_true(calls_each_of_all("without what was there", "pwrite64", EIO, commit,
			after_commit, NULL) > 0);
}

/* A commit that was cut off in the middle of a block. */
static void cut_off(void)
{
	struct ri_err e = { 0 };

	small_again();
	check_ok("begin", small_begin(true, &e), &e);
	small_write(small.after, 2 * RI_BLOCK + 512);
}

static int recover(const void *how, struct ri_err *e)
{
	struct ri_recovered r;

	return ri_recover(&small.volume, small.dir, *(const enum ri_recover_how *)how, &small_io,
	    &r, e);
}

static void after_recover(const void *how, int now, const struct ri_err *e)
{
	check_end(now, e,
	    *(const enum ri_recover_how *)how == RI_RECOVER_UNDO ? small.before : small.after);
	cut_off();
}

static void test_recover(void **state)
{
	static const enum ri_recover_how ways[] = { RI_RECOVER_COMPLETE, RI_RECOVER_UNDO };

	(void)state;
	cut_off();
	for (size_t i = 0; i < 4; i++) {
		calls_again = i / 2;
		assert_true(calls_each_of_all("recover", NULL, EIO, recover, after_recover,
				&ways[i % 2]) > 30);
	}
	calls_again = false;
}

/* The volume is what it was. */
static void after_discard(const void *how, int now, const struct ri_err *e)
{
	char found[SMALL_BYTES];

	(void)how;
	assert_int_equal(ri_file_read_at(small.volume.fd, found, SMALL_BYTES, 0), SMALL_BYTES);
	assert_memory_equal(found, small.after, 2 * RI_BLOCK + 512);
	assert_memory_equal(found + 2 * RI_BLOCK + 512, small.before + 2 * RI_BLOCK + 512,
	    SMALL_BYTES - 2 * RI_BLOCK - 512);
	assert_true(now < 0 || !small_recorded());
	if (now < 0 && !small_recorded())
		assert_non_null(strstr(e->msg, "removed"));
	cut_off();
}

static void test_discard(void **state)
{
	static const enum ri_recover_how discard = RI_RECOVER_DISCARD;

	(void)state;
	cut_off();
	assert_true(calls_each_of_all("discard", NULL, EIO, recover, after_discard, &discard) > 5);
}

static int begin(const void *undo, struct ri_err *e)
{
	return small_begin(undo != NULL, e);
}

/* Nothing was written; what is recorded is whole. */
static void after_begin(const void *undo, int now, const struct ri_err *e)
{
	(void)undo, (void)e;
	assert_true(small_is(small.before));
	assert_true(now < 0 || small_recorded());
	if (small_recorded())
		small_recover(RI_RECOVER_COMPLETE, small.after);
	small_again();
}

static void test_begin(void **state)
{
	(void)state;
	assert_true(calls_each_of_all("begin", NULL, EIO, begin, after_begin, "undo") > 20);
	assert_true(calls_each_of_all("begin", NULL, EIO, begin, after_begin, NULL) > 15);
}

static int reserve(const void *t, struct ri_err *e)
{
	struct ri_target *target = *(struct ri_target *const *)t;

	return target->reserve(target, 0, RI_BLOCK, true, e);
}

/* What was wrong with the room. */
static void after_reserve(const void *t, int now, const struct ri_err *e)
{
	(void)t;
	if (now == 0)
		assert_true(calls_errnum == EOPNOTSUPP || calls_errnum == ENOSYS || !calls_failed);
	else if (calls_errnum == ENOSPC || calls_errnum == EDQUOT)
		assert_int_equal(e->code, RI_E_BUDGET);
	else
		assert_int_equal(e->code, RI_E_IO);
	if (now < 0)
		assert_int_equal(e->sys, calls_errnum);
	if (now < 0 && e->code == RI_E_BUDGET)
		assert_int_equal(!!strstr(e->msg, "an unknown number of bytes"), calls_again);
}

static void test_room(void **state)
{
	static const int errnums[] = { EOPNOTSUPP, ENOSYS, ENOSPC, EDQUOT, EIO };
	RI_ON_EXIT(ri_target_freep) struct ri_target *t = NULL;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("target", small_target(&small.volume, small.dir, &t, &e), &e);
	for (size_t i = 0; i < sizeof errnums / sizeof *errnums; i++)
		assert_int_equal(calls_each_of_all("reserve", "fallocate64", errnums[i], reserve,
				     after_reserve, &t),
		    1);
	calls_again = true;
	assert_int_equal(calls_each_of_all("reserve", NULL, ENOSPC, reserve, after_reserve, &t), 1);
	calls_again = false;
}

/* A vmdk's file is lengthened before a grain is put into it, and gets its length back where none was. */
static int put_grain(const void *v, struct ri_err *e)
{
	RI_ON_EXIT(ri_target_freep) struct ri_target *t = NULL;
	char bytes[RI_BLOCK];

	memset(bytes, 7, sizeof bytes);
	return ri_target_open(v, tmpdir, &t, e) < 0 ||
		       t->reserve(t, 0, sizeof bytes, true, e) < 0 ||
		       t->write(t, 0, bytes, sizeof bytes, e) < 0 || t->flush(t, e) < 0
		   ? -1
		   : 0;
}

static off_t length; /* of its file, before */

static void after_put_grain(const void *v, int now, const struct ri_err *e)
{
	const struct ri_volume *volume = v;
	struct stat st;

	(void)e;
	assert_int_equal(fstat(volume->fd, &st), 0);
	assert_true(now == 0 ? st.st_size > length : st.st_size == length);
}

static void test_vmdk(void **state)
{
	static const char *const calls[] = { "fstatvfs64", "fstat64", "ftruncate64", "fsync" };
	RI_FREE char *path = strdup(tmp_path("d.vmdk"));
	const char *create[] = { "/usr/bin/qemu-img", "create", "-q", "-f", "vmdk", path, "1M",
		NULL };
	struct ri_volume v = { .path = path, .format = (char[]){ "vmdk" }, .size = 1 << 20 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	check_ok("image", ri_process_check(create, NULL, NULL, &e), &e);
	v.fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(v.fd, &st), 0);
	length = st.st_size;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		assert_true(
		    calls_each_of_all(calls[i], calls[i], EIO, put_grain, after_put_grain, &v) > 0);
		check_ok("image", ri_process_check(create, NULL, NULL, &e), &e);
	}
	close(v.fd);
}

/* The program that has the image open is gone: nothing that is asked of it is done. */
static void test_without_its_program(void **state)
{
	RI_FREE char *path = strdup(tmp_path("d.qcow2"));
	const char *create[] = { "/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", path, "1M",
		NULL };
	struct ri_volume v = { .path = path, .format = (char[]){ "qcow2" }, .size = 1 << 20 };
	RI_ON_EXIT(ri_target_freep) struct ri_target *t = NULL;
	struct ri_err e = { 0 };
	char bytes[RI_BLOCK] = { 1 };

	(void)state;
	check_ok("image", ri_process_check(create, NULL, NULL, &e), &e);
	v.fd = open(path, O_RDWR | O_CLOEXEC);
	check_ok("target", ri_target_open(&v, tmpdir, &t, &e), &e);
	check_ok("read", t->read(t, 0, bytes, sizeof bytes, &e), &e);
	assert_int_equal(ri_process_kill_children("qemu-nbd"), 1);
	assert_int_equal(t->read(t, 0, bytes, sizeof bytes, &e), -1);
	assert_non_null(strstr(e.msg, "reading at byte 0, by qemu-nbd: "));
	assert_int_equal(t->write(t, RI_BLOCK, bytes, sizeof bytes, &e), -1);
	assert_non_null(strstr(e.msg, "writing at byte 4096, by qemu-nbd: "));
	assert_int_equal(t->flush(t, &e), -1);
	assert_non_null(strstr(e.msg, "flushing"));
	assert_int_equal(e.code, RI_E_IO);
	ri_target_freep(&t);
	close(v.fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, small_set_up, small_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commit),
		TEST(test_recover),
		TEST(test_discard),
		TEST(test_begin),
		TEST(test_room),
		TEST(test_vmdk),
		TEST(test_without_its_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
