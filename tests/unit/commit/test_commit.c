// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Commits to real images that go right, fail or are cut off: the volume is as it was or completely changed. */
#include "unit/commit/commit_fixture.h"

static char *before, *after; /* the disk's bytes */

static int set_up(void **state)
{
	(void)state;
	cf_fault.at = 0;
	cf_fault.dies = cf_fault.torn = false;
	return tmp_set_up(state);
}

/* A raw volume, and what a commit makes of it, tried on a copy. */
static const char *fresh(void)
{
	static char path[160];
	const char *trial = tmp_path("trial.raw");

	snprintf(path, sizeof path, "%s/d.raw", tmpdir);
	cf_image(path, "raw");
	if (!before) {
		before = cf_bytes(path, "raw");
		cf_image(trial, "raw");
		assert_int_equal(cf_commit_beside(trial, true), RI_OK);
		after = cf_bytes(trial, "raw");
		assert_int_not_equal(memcmp(before, after, CF_BYTES), 0);
	}
	return path;
}

static void test_formats(void **state)
{
	static const char *const formats[] = { "raw", "qcow2", "vmdk" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof name, "d.%s", formats[i]);
		fresh();
		cf_image(tmp_path(name), formats[i]);
		assert_int_equal(cf_commit_beside(tmp_path(name), i % 2 == 0), RI_OK);
		assert_true(cf_is(tmp_path(name), formats[i], after));
	}
	cf_is_swept();
}

/* Each step of writing fails, or is the last that the process does; then either way out. */
static void each_step(const char *path, const char *format, bool dies, enum ri_recover_how how)
{
	const char *want = how == RI_RECOVER_UNDO ? before : after;
	struct ri_recovered r;
	struct ri_err e;
	size_t n = 0;
	int ended;

	for (;;) {
		cf_fault.at = ++n;
		cf_fault.dies = dies;
		cf_image(path, format);
		ended = cf_commit_beside(path, true);
		if (ended == RI_OK)
			break;
		check_ok("recover", cf_recover(path, how, &r, &e), &e);
		if (dies || ended == RI_E_COMMIT) {
			assert_int_equal(ended, dies ? -1 : RI_E_COMMIT);
			assert_true(r.found);
			assert_true(cf_is(path, format, want));
		} else { /* nothing had been written, and there is no record */
			assert_int_equal(n, 1);
			assert_false(r.found);
			assert_true(cf_is(path, format, before));
		}
		cf_is_swept();
	}
	assert_true(cf_is(path, format, after));
	assert_in_range(n, 6, 12); /* writes and a flush */
}

static void test_each_step_fails(void **state)
{
	const char *path = fresh();

	(void)state;
	each_step(path, "raw", false, RI_RECOVER_COMPLETE);
	each_step(path, "raw", false, RI_RECOVER_UNDO);
}

static void test_killed_at_each_step(void **state)
{
	const char *path = fresh();
	RI_FREE char *qcow2 = strdup(tmp_path("d.qcow2"));

	(void)state;
	each_step(path, "raw", true, RI_RECOVER_COMPLETE);
	each_step(path, "raw", true, RI_RECOVER_UNDO);
	each_step(qcow2, "qcow2", true, RI_RECOVER_UNDO);
}

static void cut_off(const char *path, size_t at, bool undo)
{
	cf_fault.at = at;
	cf_fault.dies = true;
	cf_image(path, "raw");
	assert_int_equal(cf_commit_beside(path, undo), -1);
	cf_fault.dies = false;
}

/* A recovery is itself cut off, and done again. */
static void test_a_recovery_that_is_cut_off(void **state)
{
	static const enum ri_recover_how ways[] = { RI_RECOVER_COMPLETE, RI_RECOVER_UNDO };
	const char *path = fresh();
	struct ri_recovered r;
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;

		cut_off(path, 3, true);
		cf_volume(path, &v);
		cf_fault.at = 2;
		cf_fault.steps = 0;
		assert_int_equal(ri_recover(&v, cf_stage_dir(), ways[i % 2], &cf_io, &r, &e), -1);
		assert_int_equal(e.code, RI_E_COMMIT);
		assert_non_null(strstr(e.msg, "began and is not complete"));
		ri_volume_close(&v);
		check_ok("again", cf_recover(path, ways[i / 2], &r, &e), &e);
		assert_true(r.found);
		assert_true(cf_is(path, "raw", ways[i / 2] == RI_RECOVER_UNDO ? before : after));
	}
}

/* Half of a block's sectors are written: known for what it is while what was there is kept. */
static void test_a_torn_block(void **state)
{
	const char *path = fresh();
	struct ri_recovered r;
	struct ri_err e;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		cf_fault.torn = true;
		cut_off(path, 2, i < 2);
		cf_fault.torn = false;
		if (i == 2) {
			assert_int_equal(cf_recover(path, RI_RECOVER_COMPLETE, &r, &e), -1);
			assert_int_equal(e.code, RI_E_COMMIT);
			continue;
		}
		check_ok("recover",
		    cf_recover(path, i ? RI_RECOVER_UNDO : RI_RECOVER_COMPLETE, &r, &e), &e);
		assert_int_equal(r.torn, 1);
		assert_true(cf_is(path, "raw", i ? before : after));
	}
}

static void poke(const char *path, off_t at, const char *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, at), n);
	close(fd);
}

/* Nothing is done, neither way, and the record stays. */
static void is_refused(const char *path, const char *words)
{
	RI_FREE char *now = cf_bytes(path, "raw");
	struct ri_recovered r;
	struct ri_err e;

	for (enum ri_recover_how how = RI_RECOVER_COMPLETE; how <= RI_RECOVER_UNDO; how++) {
		assert_int_equal(cf_recover(path, how, &r, &e), -1);
		assert_int_equal(e.code, RI_E_COMMIT);
		if (!strstr(e.msg, words))
			fail_msg("[%s] does not say [%s]", e.msg, words);
		assert_true(r.found);
		assert_true(cf_is(path, "raw", now));
	}
}

static void forget(const char *path)
{
	RI_FREE char *now = cf_bytes(path, "raw");
	struct ri_recovered r;
	struct ri_err e;

	check_ok("discard", cf_recover(path, RI_RECOVER_DISCARD, &r, &e), &e);
	assert_true(r.found);
	assert_true(cf_is(path, "raw", now));
	cf_is_swept();
	check_ok("nothing left", cf_recover(path, RI_RECOVER_COMPLETE, &r, &e), &e);
	assert_false(r.found);
}

/* The VM ran, or a backup was restored: what is newer is not lost. */
static void test_a_volume_that_was_written_to_since(void **state)
{
	static const struct {
		off_t at;
		const char *words;
	} cases[] = {
		{ 70000, "at byte 69632 it holds neither what was there nor what was to be" },
		{ 512, "at byte 0 it holds neither" }, /* not the commit's, in the sample */
		{ 3210 * 1024 + 100, "at byte 3284992" },
		{ CF_BYTES - 1, "holds neither" },
	};
	const char *path = fresh();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cut_off(path, 3, true);
		poke(path, cases[i].at, "x", 1);
		is_refused(path, cases[i].words);
		forget(path);
	}
}

static void test_a_file_system_that_was_mounted_since(void **state)
{
	const char *path = fresh();
	char super[1024] = { 0 };

	(void)state;
	super[0x38] = 0x53;
	super[0x39] = (char)0xef;
	super[0x2c] = 1; /* a second after the epoch */
	super[0x30] = 61;
	cut_off(path, 3, true);
	poke(path, 64 * 1024 + 1024, super, sizeof super);
	is_refused(path,
	    "the file system that begins at byte 65536 was written to since: it was last mounted at "
	    "1970-01-01 00:00:01 UTC and written at 1970-01-01 00:01:01 UTC");
}

/* Put back as it was, byte for byte, it is the volume that the record is of. */
static void test_a_volume_that_was_restored(void **state)
{
	const char *path = fresh();
	struct ri_recovered r;
	struct ri_err e;

	(void)state;
	cut_off(path, 3, true);
	assert_int_equal(unlink(path), 0);
	cf_image(path, "raw");
	check_ok("complete", cf_recover(path, RI_RECOVER_COMPLETE, &r, &e), &e);
	assert_int_equal(r.written, 0);
	assert_true(cf_is(path, "raw", after));
}

static void spoil(const char *name, off_t at)
{
	RI_BUF line = { 0 };
	const char *argv[] = { "sh", "-c", NULL, NULL };

	ri_buf_addf(&line,
	    "printf x | dd of=$(echo %s/*/%s) bs=1 seek=%lld conv=notrunc status=none",
	    cf_stage_dir(), name, (long long)at);
	assert_false(line.oom);
	argv[2] = line.p;
	cf_run(argv);
}

static void test_files_that_are_damaged(void **state)
{
	static const struct {
		const char *name;
		off_t at;
		const char *words;
	} cases[] = {
		{ "commit", 0, "another version of ramimg recorded it" },
		{ "commit", 25, "it is of a volume of another name, format or size" },
		{ "blocks", 5, "the list of blocks beside it is damaged" },
	};
	const char *path = fresh();
	struct ri_recovered r;
	struct ri_err e;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cut_off(path, 3, true);
		spoil(cases[i].name, cases[i].at);
		is_refused(path, cases[i].words);
		forget(path);
	}
	cut_off(path, 3, true);
	spoil("undo", 100);
	assert_int_equal(cf_recover(path, RI_RECOVER_UNDO, &r, &e), -1);
	assert_non_null(strstr(e.msg, "the copy of what was there is damaged"));
	check_ok("complete", cf_recover(path, RI_RECOVER_COMPLETE, &r, &e), &e);
	assert_true(cf_is(path, "raw", after));
}

static void test_without_what_was_there(void **state)
{
	const char *path = fresh();
	struct ri_recovered r;
	struct ri_err e;

	(void)state;
	cut_off(path, 3, false);
	assert_int_equal(cf_recover(path, RI_RECOVER_UNDO, &r, &e), -1);
	assert_non_null(strstr(e.msg, "it can only be completed"));
	check_ok("complete", cf_recover(path, RI_RECOVER_COMPLETE, &r, &e), &e);
	assert_true(cf_is(path, "raw", after));
}

/* A device has another path after a reboot, and its old one may be another's. */
static void test_a_volume_under_another_path(void **state)
{
	const char *path = fresh(), *moved = tmp_path("dm-5.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT, now = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_recovered r;
	struct ri_err e = { 0 };

	(void)state;
	cf_volume(path, &v);
	free(v.id);
	v.id = strdup("dm:LVM-x");
	cf_stage(&v, &s);
	cf_fault.at = 3;
	cf_fault.steps = 0;
	assert_int_equal(cf_commit(&s, true, &e), -1);
	assert_int_equal(e.code, RI_E_COMMIT);
	assert_non_null(strstr(e.msg, "ramimg recover --undo"));
	cf_fault.at = 0;
	ri_stage_discard(&s);
	ri_volume_close(&v);
	assert_int_equal(rename(path, moved), 0);
	cf_image(path, "raw"); /* somebody else's */
	cf_volume(moved, &now);
	e = (struct ri_err){ 0 };
	free(now.id);
	now.id = strdup("dm:LVM-x");
	check_ok("recover", ri_recover(&now, cf_stage_dir(), RI_RECOVER_COMPLETE, &cf_io, &r, &e),
	    &e);
	assert_true(r.found);
	assert_true(cf_is(moved, "raw", after));
	assert_true(cf_is(path, "raw", before));
}

/* Between opening and commit somebody else comes: nothing is written, nothing recorded. */
static void test_somebody_comes_before_the_commit(void **state)
{
	const char *path = fresh(), *aside = tmp_path("aside.raw");
	struct ri_err e = { 0 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
		pid_t pid = 0;
		int p[2];

		cf_image(path, "raw");
		cf_volume(path, &v);
		cf_stage(&v, &s);
		if (i == 0) {
			assert_int_equal(rename(path, aside), 0);
		} else if (i == 1) {
			assert_int_equal(rename(path, aside), 0);
			cf_image(path, "raw");
		} else {
			assert_int_equal(pipe2(p, 0), 0);
			pid = fork();
			if (pid == 0) {
				int held = open(path, O_RDWR);
				bool ok = held >= 0 && write(p[1], "x", 1) == 1;

				close(v.fd); /* its own is what is to be found */
				pause();
				_exit(ok);
			}
			assert_int_equal(read(p[0], &(char){ 0 }, 1), 1);
		}
		assert_int_equal(cf_commit(&s, true, &e), -1);
		assert_int_equal(e.code, RI_E_BUSY);
		assert_non_null(
		    strstr(e.msg, i == 0   ? "was moved or removed"
				  : i == 1 ? "is another file now than the one that was opened"
					   : "has it open for writing"));
		assert_false(cf_there(s.record));
		assert_false(s.keep);
		if (pid > 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			close(p[0]);
			close(p[1]);
		}
		assert_true(cf_is(i < 2 ? aside : path, "raw", before));
		assert_true(i == 0 || cf_is(path, "raw", before));
	}
}

/* It keeps its length, whatever QEMU makes of its last sector. */
static void test_a_file_that_ends_within_a_sector(void **state)
{
	static char want[CF_BYTES + 1000];
	static const off_t bytes = CF_BYTES + 777;
	const char *path = fresh();
	struct ri_recovered r;
	struct stat st;
	struct ri_err e;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		int fd;

		cf_image(path, "raw");
		assert_int_equal(truncate(path, bytes), 0);
		cf_fault.at = i ? 3 : 0;
		cf_fault.dies = i;
		assert_int_equal(cf_commit_beside(path, true), i ? -1 : RI_OK);
		if (i)
			check_ok("undo", cf_recover(path, RI_RECOVER_UNDO, &r, &e), &e);
		memset(want, 0, sizeof want);
		memcpy(want, i ? before : after, CF_BYTES);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_size, bytes);
		for (size_t at = 0; at < (size_t)bytes; at += RI_BLOCK) {
			char have[RI_BLOCK];
			size_t n = ri_block_length(at, (uint64_t)bytes);

			assert_int_equal(pread(fd, have, n, (off_t)at), n);
			assert_memory_equal(have, want + at, n);
		}
		close(fd);
	}
}

/* While it is written, no QEMU can open it. */
static void test_qemu_is_kept_out(void **state)
{
	const char *path = fresh();
	const char *argv[] = { "qemu-io", "-f", "raw", "-c", "read -q 0 512", path, NULL };
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_target_freep) struct ri_target *t = NULL;
	struct ri_err e = { 0 };

	(void)state;
	cf_volume(path, &v);
	check_ok("target", ri_target_open(&v, tmpdir, &t, &e), &e);
	assert_int_equal(ri_process_check(argv, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "lock"));
	ri_target_freep(&t);
	cf_run(argv);
}

static int no_room(struct ri_target *t, uint64_t at, uint64_t n, bool fresh, struct ri_err *e)
{
	(void)t, (void)at, (void)n, (void)fresh;
	return ri_fail(e, RI_E_BUDGET, ENOSPC, "no room");
}

static int open_without_room(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e)
{
	if (cf_open(v, dir, out, e) < 0)
		return -1;
	(*out)->reserve = no_room;
	return 0;
}

static void test_no_room(void **state)
{
	static const struct ri_commit_io io = { ri_overlay_open, open_without_room };
	static const struct ri_commit_opts o = { .undo = true, .io = &io };
	const char *path = fresh();
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	cf_volume(path, &v);
	cf_stage(&v, &s);
	assert_int_equal(ri_commit(&s, &o, &e), -1);
	assert_int_equal(e.code, RI_E_BUDGET);
	assert_false(cf_there(s.record));
	ri_volume_close(&v);
	assert_true(cf_is(path, "raw", before));
}

/* What is told of a commit's beginning and end: "b", "e"; each fails where its letter is in @fails. */
struct told {
	char of[8];
	const char *fails, *record, *path;
};

static int tell(struct told *t, char what, bool recorded, struct ri_err *e)
{
	t->of[strlen(t->of)] = what;
	assert_int_equal(cf_there(t->record), recorded);
	return strchr(t->fails, what) ? ri_fail(e, RI_E_IO, 0, "cannot %c", what) : 0;
}

static int begin(void *arg, struct ri_err *e)
{
	struct told *t = arg;

	assert_true(cf_is(t->path, "raw", before));
	return tell(t, 'b', true, e);
}

static int end(void *arg, struct ri_err *e)
{
	return tell(arg, 'e', false, e);
}

static void test_who_is_told(void **state)
{
	static const struct {
		const char *fails, *told;
		size_t step; /* of the target, that fails */
		enum ri_code code;
		bool changed, recorded;
	} cases[] = {
		{ "", "be", 0, RI_OK, true, false },
		{ "b", "be", 0, RI_E_IO, false, false },
		{ "e", "be", 0, RI_E_COMMIT, true, false },
		{ "", "be", 1, RI_E_IO, false, false },
		{ "", "b", 2, RI_E_COMMIT, false, true },
	};
	const char *path = fresh();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
		RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
		struct told t = { .fails = cases[i].fails, .path = path };
		const struct ri_commit_opts o = { .undo = true,
			.io = &cf_io,
			.begin = begin,
			.end = end,
			.arg = &t };
		struct ri_err e = { 0 };

		cf_image(path, "raw");
		cf_volume(path, &v);
		cf_stage(&v, &s);
		t.record = s.record;
		cf_fault.at = cases[i].step;
		cf_fault.steps = 0;
		assert_int_equal(ri_commit(&s, &o, &e) == 0, cases[i].code == RI_OK);
		assert_int_equal(e.code, cases[i].code);
		assert_string_equal(t.of, cases[i].told);
		assert_int_equal(cf_there(s.record), cases[i].recorded);
		if (!cases[i].recorded)
			assert_true(cf_is(path, "raw", cases[i].changed ? after : before));
		s.keep = false;
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tmp_tear_down)

static int group_tear_down(void **state)
{
	(void)state;
	free(before);
	free(after);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_formats),
		TEST(test_each_step_fails),
		TEST(test_killed_at_each_step),
		TEST(test_a_recovery_that_is_cut_off),
		TEST(test_a_torn_block),
		TEST(test_a_volume_that_was_written_to_since),
		TEST(test_a_file_system_that_was_mounted_since),
		TEST(test_a_volume_that_was_restored),
		TEST(test_files_that_are_damaged),
		TEST(test_without_what_was_there),
		TEST(test_a_volume_under_another_path),
		TEST(test_somebody_comes_before_the_commit),
		TEST(test_a_file_that_ends_within_a_sector),
		TEST(test_qemu_is_kept_out),
		TEST(test_no_room),
		TEST(test_who_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, group_tear_down);
}
