// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stage on real images with the real qemu-img: what reaches the volume, and when. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "base/buf.h"
#include "host/hostfile.h"
#include "host/process.h"
#include "volume/stage.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char *stage_dir(void)
{
	static char dir[160];

	snprintf(dir, sizeof dir, "%s/stage", tmpdir);
	return dir;
}

static void run(const char *const *argv)
{
	struct ri_err e = { 0 };
	int rc = ri_process_check(argv, NULL, NULL, &e);

	if (rc < 0)
		fail_msg("%s", e.msg);
}

/* qemu-io's way of writing: a pattern into the overlay, as the appliance would. */
static void scribble(const char *image)
{
	const char *argv[] = { "qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 64k 64k", image,
		NULL };

	run(argv);
}

static bool scribbled(const char *image, const char *format)
{
	const char *argv[] = { "qemu-io", "-f", format, "-c", "read -vP 0x5a 64k 64k", image,
		NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	struct ri_err e = { 0 };

	assert_int_equal(ri_process_run(argv, NULL, &r, &e), 0);
	return !memmem(r.out.p, r.out.n, "Pattern verification failed", 27);
}

static void make_image(const char *path, const char *format)
{
	const char *argv[] = { "qemu-img", "create", "-q", "-f", format, path, "8M", NULL };

	run(argv);
}

static void open_volume(const char *path, struct ri_volume *v)
{
	struct ri_err e = { 0 };

	check_ok("volume", ri_volume_open(path, NULL, RI_VOLUME_WRITE, v, &e), &e);
}

static bool there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void test_discard_leaves_nothing(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), false, &s, &e), &e);
	scribble(s.overlay);
	ri_stage_discard(&s);
	assert_false(scribbled(path, "raw"));
	assert_int_equal(rmdir(stage_dir()), 0);
}

/* The overlay shows the volume as it is once more. */
static void test_renewed(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), true, &s, &e), &e);
	scribble(s.overlay);
	assert_true(scribbled(s.overlay, "qcow2"));
	check_ok("renew", ri_stage_renew(&s, &e), &e);
	assert_false(scribbled(s.overlay, "qcow2"));
	assert_false(scribbled(path, "raw"));
}

/* A run that was killed before its commit: its overlay goes, the volume is as it was. */
static void test_a_leftover_is_swept(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage again = { 0 };
	struct ri_stage killed = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), false, &killed, &e), &e);
	scribble(killed.overlay);
	make_image(killed.handover, "raw");
	check_ok("again", ri_stage_new(&v, stage_dir(), false, &again, &e), &e);
	assert_int_equal(access(again.handover, F_OK), -1);
	assert_false(scribbled(again.overlay, "qcow2"));
	assert_false(scribbled(path, "raw"));
	killed.keep = true; /* its process is gone: it removes nothing */
	ri_stage_discard(&killed);
}

/* A record is somebody's to end: the stage is left as it is, and found again. */
static void test_a_recorded_commit_is_found(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	RI_ON_EXIT(ri_stage_discard) struct ri_stage next = { 0 };
	RI_ON_EXIT(ri_stage_discard) struct ri_stage found = { 0 };
	struct ri_err e = { 0 };
	bool yes = true;

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), false, &s, &e), &e);
	check_ok("find", ri_stage_find(&v, stage_dir(), &found, &yes, &e), &e);
	assert_false(yes);
	check_ok("record", put_file(s.record, ri_str("x"), 0600, &e), &e);
	s.keep = true;
	check_ok("pending", ri_stage_pending(&v, stage_dir(), &yes, &e), &e);
	assert_true(yes);
	assert_int_equal(ri_stage_new(&v, stage_dir(), false, &next, &e), -1);
	assert_int_equal(e.code, RI_E_COMMIT);
	e = (struct ri_err){ 0 };
	check_ok("find", ri_stage_find(&v, stage_dir(), &found, &yes, &e), &e);
	assert_true(yes && found.keep);
	assert_true(there(found.overlay));
	found.keep = s.keep = false;
}

/* Where an earlier version staged: what it recorded is named, with the way, which is tried. */
static void test_a_record_in_the_old_place(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	char old[160], way[1400];
	const char *argv[] = { "sh", "-c", way, NULL };
	struct ri_err e = { 0 };
	char *end;
	bool yes;

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	snprintf(old, sizeof old, "%s/old", tmpdir);
	check_ok("no place", ri_stage_check_old(&v, old, stage_dir(), &e), &e);
	check_ok("none", ri_stage_check_old(&v, NULL, stage_dir(), &e), &e);
	check_ok("stage", ri_stage_new(&v, old, false, &s, &e), &e);
	check_ok("no record", ri_stage_check_old(&v, old, stage_dir(), &e), &e);
	check_ok("record", put_file(s.record, ri_str("x"), 0600, &e), &e);
	s.keep = true;
	assert_int_equal(ri_stage_check_old(&v, old, stage_dir(), &e), -1);
	assert_int_equal(e.code, RI_E_COMMIT);
	snprintf(way, sizeof way, "%s", strstr(e.msg, "mkdir -p"));
	end = strstr(way, " && ramimg recover ");
	assert_non_null(end);
	*end = '\0';
	run(argv);
	e = (struct ri_err){ 0 };
	check_ok("moved", ri_stage_check_old(&v, old, stage_dir(), &e), &e);
	check_ok("pending", ri_stage_pending(&v, stage_dir(), &yes, &e), &e);
	assert_true(yes);
	/* Somebody else's directory holds no record of ours. */
	assert_int_equal(chmod(stage_dir(), 0777), 0);
	check_ok("theirs", ri_stage_check_old(&v, stage_dir(), old, &e), &e);
}

static void test_readers_beside_each_other(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage reader = { 0 };
	RI_ON_EXIT(ri_stage_discard) struct ri_stage writer = { 0 };
	char dead[200];
	struct ri_err e = { 0 };

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("reader", ri_stage_new(&v, stage_dir(), true, &reader, &e), &e);
	/* No process has a pid beyond the kernel's largest (PID_MAX_LIMIT, 4194304). */
	snprintf(dead, sizeof dead, "%s/d-x.reader-4194305", stage_dir());
	assert_int_equal(mkdir(dead, 0700), 0);
	check_ok("writer", ri_stage_new(&v, stage_dir(), false, &writer, &e), &e);
	assert_string_not_equal(reader.dir, writer.dir);
	assert_true(there(reader.overlay));
	assert_false(there(dead));
}

static void test_a_stage_directory_of_somebody_else(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };
	bool yes;

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	assert_int_equal(mkdir(stage_dir(), 0700), 0);
	assert_int_equal(chmod(stage_dir(), 0777), 0);
	assert_int_equal(ri_stage_new(&v, stage_dir(), false, &s, &e), -1);
	assert_non_null(strstr(e.msg, "stage.dir: other users can write to "));
	assert_int_equal(ri_stage_pending(&v, stage_dir(), &yes, &e), -1);
	assert_non_null(strstr(e.msg, "stage.dir: other users can write to "));
	assert_int_equal(tmp_count(stage_dir()), 0);
}

static void export_to(const struct ri_stage *s, const char *path, bool replace)
{
	RI_ON_EXIT(ri_output_close) struct ri_output to = RI_OUTPUT_INIT;
	struct ri_err e = { 0 };

	check_ok("output", ri_output_open(path, replace, s->volume, &to, &e), &e);
	check_ok("export", ri_stage_export(s, &to, &e), &e);
	assert_true(scribbled(path, to.format));
}

static mode_t mode_of(const char *path, struct stat *st)
{
	assert_int_equal(stat(path, st), 0);
	return st->st_mode & 07777;
}

static void test_export(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_FREE char *to = strdup(tmp_path("new.qcow2"));
	struct ri_output nowhere = RI_OUTPUT_INIT;
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), true, &s, &e), &e);
	scribble(s.overlay);
	export_to(&s, to, false);
	assert_int_equal(mode_of(to, &st), 0600);
	assert_false(scribbled(path, "raw"));
	nowhere.path = "/proc/none/x.raw";
	nowhere.format = "raw";
	assert_int_equal(ri_stage_export(&s, &nowhere, &e), -1);
	assert_non_null(strstr(e.msg, "cannot create a file beside /proc/none/x.raw"));
}

/* Whether the image at @path has compressed clusters, and by what; its content is the same. */
static void check_compressed(const char *path, const char *type, bool any)
{
	RI_BUF info = { 0 };
	RI_BUF map = { 0 };
	RI_BUF want = { 0 };
	const char *told[] = { "qemu-img", "info", "--output=json", path, NULL };
	const char *clusters[] = { "qemu-img", "check", "--output=json", path, NULL };
	struct ri_err e = { 0 };

	ri_buf_addf(&want, "\"compression-type\": \"%s\"", type);
	check_ok("info", ri_process_check(told, NULL, &info, &e), &e);
	assert_non_null(strstr(info.p, want.p));
	check_ok("check", ri_process_check(clusters, NULL, &map, &e), &e);
	assert_int_equal(strstr(map.p, "\"compressed-clusters\": 0") == NULL &&
			     strstr(map.p, "\"compressed-clusters\"") != NULL,
	    any);
	assert_true(scribbled(path, "qcow2"));
}

static void test_export_compressed(void **state)
{
	static const struct {
		const char *name, *compress, *type;
		bool any;
	} rows[] = {
		{ "zstd.qcow2", "zstd", "zstd", true },
		{ "zlib.qcow2", "zlib", "zlib", true },
		{ "off.qcow2", NULL, "zlib", false }, /* QEMU's word for what has none */
		{ "plain.raw", "zstd", NULL, false },
		{ "plain.vmdk", "zstd", NULL, false },
	};
	const char *path = tmp_path("d.raw");
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), true, &s, &e), &e);
	scribble(s.overlay);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_output_close) struct ri_output to = RI_OUTPUT_INIT;
		RI_FREE char *name = strdup(tmp_path(rows[i].name));

		check_ok(name, ri_output_open(name, false, s.volume, &to, &e), &e);
		to.compress = rows[i].compress;
		check_ok(name, ri_stage_export(&s, &to, &e), &e);
		if (rows[i].type)
			check_compressed(name, rows[i].type, rows[i].any);
		else
			assert_true(scribbled(name, to.format));
	}
}

/* Of a linked clone with a snapshot: the new image builds on nothing, and has no snapshot. */
static void test_export_of_a_clone(void **state)
{
	const char *argv[] = { "qemu-img", "info", "--output=json", NULL, NULL };
	RI_FREE char *path = strdup(tmp_path("d.qcow2"));
	RI_FREE char *to = strdup(tmp_path("new.qcow2"));
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	RI_BUF clone = { 0 };
	RI_BUF made = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_image(tmp_path("base.raw"), "raw");
	RUN(tmpdir, NULL, NULL, "qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.raw", "-F",
	    "raw", path);
	RUN(tmpdir, NULL, NULL, "qemu-img", "snapshot", "-c", "kept", path);
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), true, &s, &e), &e);
	scribble(s.overlay);
	export_to(&s, to, false);
	argv[3] = path;
	check_ok("info", ri_process_check(argv, NULL, &clone, &e), &e);
	argv[3] = to;
	check_ok("info", ri_process_check(argv, NULL, &made, &e), &e);
	assert_non_null(strstr(clone.p, "\"backing-filename\""));
	assert_non_null(strstr(clone.p, "\"snapshots\""));
	assert_null(strstr(made.p, "\"backing-filename\""));
	assert_null(strstr(made.p, "\"snapshots\""));
}

/* What takes its place has its mode and, where that can be, its owner. */
static void test_export_over_a_file(void **state)
{
	static const mode_t modes[] = { 0640, 0666, 0600 };
	const char *path = tmp_path("d.raw");
	RI_FREE char *to = strdup(tmp_path("old.raw"));
	uid_t owner = geteuid() == 0 ? 1234 : geteuid();
	gid_t group = geteuid() == 0 ? 4321 : getegid();
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), true, &s, &e), &e);
	scribble(s.overlay);
	make_image(to, "raw");
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		assert_int_equal(chown(to, owner, group), 0);
		assert_int_equal(chmod(to, modes[i]), 0);
		export_to(&s, to, true);
		assert_int_equal(mode_of(to, &st), modes[i]);
		assert_int_equal(st.st_uid, owner);
		assert_int_equal(st.st_gid, group);
	}
}

/* A file that came while the image was made is left alone, and nothing stays beside it. */
static void test_export_too_late(void **state)
{
	const char *path = tmp_path("d.raw");
	RI_FREE char *to = strdup(tmp_path("new.raw"));
	RI_ON_EXIT(ri_output_close) struct ri_output o = RI_OUTPUT_INIT;
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_image(path, "raw");
	open_volume(path, &v);
	check_ok("stage", ri_stage_new(&v, stage_dir(), true, &s, &e), &e);
	scribble(s.overlay);
	check_ok("output", ri_output_open(to, true, &v, &o, &e), &e);
	make_image(to, "raw");
	assert_int_equal(ri_stage_export(&s, &o, &e), -1);
	assert_int_equal(e.code, RI_E_BUSY);
	assert_non_null(strstr(e.msg, "new.raw appeared while the image was made"));
	assert_false(scribbled(to, "raw"));
	assert_int_equal(tmp_count(tmpdir), 3); /* the volume, the stage, and the file */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_discard_leaves_nothing, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_renewed, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_leftover_is_swept, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_recorded_commit_is_found, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_record_in_the_old_place, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_readers_beside_each_other, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_stage_directory_of_somebody_else, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_export, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_export_compressed, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_export_of_a_clone, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_export_over_a_file, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_export_too_late, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
