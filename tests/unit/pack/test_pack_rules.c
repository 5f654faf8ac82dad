// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is left out of an archive, and what is put in another's place.
 */
#include "unit/check.h"

#include "unit/packing.h"

static void add_rule(struct ri_rules *rules, const char *pattern)
{
	struct ri_err e = { 0 };

	assert_int_equal(ri_strv_add(&rules->patterns, pattern, &e), 0);
}

static void list(const char *archive, struct ri_buf *names)
{
	const char *argv[] = { "tar", "-tf", archive, NULL };

	run_ok(NULL, NULL, tmp_path("names"), argv);
	names->n = 0;
	slurp(tmp_path("names"), names);
}

static void test_left_out(void **state)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	RI_ON_EXIT(ri_rules_free) struct ri_rules rules = { 0 };
	struct ri_pack_result r;
	struct ri_err e = { 0 };
	RI_BUF names = { 0 };

	(void)state;
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "full/tmp/deep/er", "full/cache", "full/gone/below");
	spit(tmp_path("full/tmp/one"), LIT("1"));
	spit(tmp_path("full/tmp/deep/er/two"), LIT("22"));
	spit(tmp_path("full/cache/a.deb"), LIT("333"));
	spit(tmp_path("full/cache/b.deb"), LIT("4444"));
	spit(tmp_path("full/cache/c.txt"), LIT("55555"));
	spit(tmp_path("full/gone/below/six"), LIT("666666"));
	RUN(tmpdir, NULL, NULL, "ln", "full/tmp/one", "full/tmp/zwei");
	add_rule(&rules, "/tmp/");
	add_rule(&rules, "/cache/*.deb");
	add_rule(&rules, "/gone");
	add_rule(&rules, "/never");
	o.rules = &rules;
	RUN(NULL, NULL, NULL, "tar", "--format=posix", "--sort=name", "-C", tmp_path("full"), "-cf",
	    tmp_path("tar"), ".");
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out.gz"), &o, &r, &e), &e);
	list(tmp_path("out.gz"), &names);
	check_span("names", ri_buf_span(&names), LIT("./\n./cache/\n./cache/c.txt\n./tmp/\n"));
	assert_int_equal(r.entries, 4);
	assert_int_equal(r.left_out.n, 3);
	assert_string_equal(r.left_out.v[0].what, "/cache/*.deb");
	assert_int_equal(r.left_out.v[0].entries, 2);
	assert_int_equal(r.left_out.v[0].bytes, 7);
	assert_string_equal(r.left_out.v[1].what, "/gone");
	assert_int_equal(r.left_out.v[1].entries, 3);
	assert_int_equal(r.left_out.v[1].bytes, 6);
	assert_string_equal(r.left_out.v[2].what, "/tmp/");
	assert_int_equal(r.left_out.v[2].entries, 5);
	assert_int_equal(r.left_out.v[2].bytes, 3);
	ri_pack_result_free(&r);
}

/* The first name of an inode carries the data. Where the rules drop it, the others have none. */
static void test_link_to_left_out(void **state)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	RI_ON_EXIT(ri_rules_free) struct ri_rules rules = { 0 };
	struct ri_pack_result r;
	struct ri_err e = { 0 };

	(void)state;
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "linked/a");
	spit(tmp_path("linked/a/name"), LIT("1"));
	assert_int_equal(link(tmp_path("linked/a/name"), tmp_path("linked/kept")), 0);
	RUN(NULL, NULL, NULL, "tar", "--format=posix", "--sort=name", "-C", tmp_path("linked"),
	    "-cf", tmp_path("tar"), ".");
	add_rule(&rules, "/a/");
	o.rules = &rules;
	check_err("link", pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e), &e, RI_E_GUEST,
	    "/kept: it is a hard link to /a/name, which the rule \"/a/\" leaves out: leave both out, "
	    "or none");
	add_rule(&rules, "/kept");
	e = (struct ri_err){ 0 };
	check_ok("both", pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e), &e);
	assert_int_equal(r.entries, 2);
	ri_pack_result_free(&r);
}

static void make_replaced(void)
{
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "re");
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "re/etc/dir");
	spit(tmp_path("re/etc/fstab"), LIT("UUID=1 / ext4 defaults 0 1\n"));
	RUN(tmpdir, NULL, NULL, "chmod", "2640", "re/etc/fstab");
	if (geteuid() == 0) /* else it has an owner all the same, who has to stay */
		RUN(tmpdir, NULL, NULL, "chown", "7:8", "re/etc/fstab");
	RUN(tmpdir, NULL, NULL, "touch", "-d", "2001-02-03 04:05:06.789 UTC", "re/etc/fstab");
	RUN(tmpdir, NULL, NULL, "setfattr", "-n", "user.note", "-v", "kept", "re/etc/fstab");
	tar_tree(tmp_path("re"), tmp_path("tar"), false);
}

static void test_replaced(void **state)
{
	const struct ri_pack_replace fstab = { .path = "/etc/fstab",
		.bytes = BYTES("none / tmpfs defaults 0 0\n") };
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	RI_BUF text = { 0 }, note = { 0 };
	struct ri_pack_result r;
	struct ri_err e = { 0 };
	struct stat before, after;

	(void)state;
	make_replaced();
	o.replace = &fstab;
	o.replace_n = 1;
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out.gz"), &o, &r, &e), &e);
	assert_int_equal(r.data_bytes, 4096);
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "re2");
	RUN(tmpdir, NULL, NULL, "tar", "-xpf", "out.gz", "--xattrs", "-C", "re2");
	slurp(tmp_path("re2/etc/fstab"), &text);
	check_span("text", ri_buf_span(&text), fstab.bytes);
	assert_int_equal(stat(tmp_path("re/etc/fstab"), &before), 0);
	assert_int_equal(stat(tmp_path("re2/etc/fstab"), &after), 0);
	assert_int_equal(before.st_mode, after.st_mode);
	assert_int_equal(before.st_uid, after.st_uid);
	assert_int_equal(before.st_gid, after.st_gid);
	assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	RUN(tmpdir, NULL, tmp_path("note"), "getfattr", "--only-values", "-n", "user.note",
	    "re2/etc/fstab");
	slurp(tmp_path("note"), &note);
	check_span("attribute", ri_buf_span(&note), LIT("kept"));
	ri_pack_result_free(&r);
}

/*
 * The second name of an inode is replaced: it becomes a file of its own, the first keeps its text.
 */
static void test_replaced_link(void **state)
{
	const struct ri_pack_replace fstab = { .path = "/etc/fstab", .bytes = BYTES("new\n") };
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	RI_BUF text = { 0 }, other = { 0 };
	struct ri_pack_result r;
	struct ri_err e = { 0 };

	(void)state;
	make_replaced();
	assert_int_equal(link(tmp_path("re/etc/fstab"), tmp_path("re/etc/a-copy")), 0);
	RUN(NULL, NULL, NULL, "tar", "--format=posix", "--sort=name", "-C", tmp_path("re"), "-cf",
	    tmp_path("tar"), ".");
	o.replace = &fstab;
	o.replace_n = 1;
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out.gz"), &o, &r, &e), &e);
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "re2");
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "re2");
	RUN(tmpdir, NULL, NULL, "tar", "-xpf", "out.gz", "-C", "re2");
	slurp(tmp_path("re2/etc/fstab"), &text);
	slurp(tmp_path("re2/etc/a-copy"), &other);
	check_span("replaced", ri_buf_span(&text), fstab.bytes);
	check_span("the other", ri_buf_span(&other), LIT("UUID=1 / ext4 defaults 0 1\n"));
	ri_pack_result_free(&r);
}

static void test_cannot_replace(void **state)
{
	static const struct {
		const char *path, *msg;
	} rows[] = {
		{ "/etc/absent", "/etc/absent did not come: its content cannot be replaced" },
		{ "/etc/dir",
		    "/etc/dir: its content is to be replaced, but it is not a regular file" },
	};

	(void)state;
	make_replaced();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_pack_replace with = { .path = rows[i].path, .bytes = LIT("x") };
		struct ri_pack_opts o = pack_opts(RI_GZIP);
		struct ri_pack_result r;
		struct ri_err e = { 0 };

		o.replace = &with;
		o.replace_n = 1;
		check_err(rows[i].path, pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e), &e,
		    RI_E_GUEST, rows[i].msg);
	}
}

static void make_cloud(void)
{
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "cloud");
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "cloud/etc/cloud/cloud.cfg.d/below");
	spit(tmp_path("cloud/etc/cloud/cloud.cfg.d/05_x.cfg"), LIT("x: 1\n"));
	RUN(tmpdir, NULL, NULL, "touch", "-d", "2001-02-03 04:05:06.789 UTC",
	    "cloud/etc/cloud/cloud.cfg.d");
	tar_tree(tmp_path("cloud"), tmp_path("tar"), false);
}

static void unpack_again(void)
{
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "re2");
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "re2");
	RUN(tmpdir, NULL, NULL, "tar", "-xpf", "out.gz", "-C", "re2");
}

static const struct ri_pack_replace made = { "/etc/cloud/cloud.cfg.d/zz.cfg",
	BYTES("resize_rootfs: false\n"), .make = true };

/* What the guest has not is made beside what is there, and counted like it. */
static void test_made(void **state)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_pack_result without, r;
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };
	struct stat dir, file;

	(void)state;
	make_cloud();
	check_ok("without", pack_file(tmp_path("tar"), tmp_path("out.gz"), &o, &without, &e), &e);
	o.replace = &made;
	o.replace_n = 1;
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out.gz"), &o, &r, &e), &e);
	assert_int_equal(r.entries, without.entries + 1);
	assert_int_equal(r.inodes, without.inodes + 1);
	assert_int_equal(r.data_bytes, without.data_bytes + 4096);
	unpack_again();
	slurp(tmp_path("re2/etc/cloud/cloud.cfg.d/zz.cfg"), &text);
	check_span("text", ri_buf_span(&text), made.bytes);
	assert_int_equal(stat(tmp_path("re2/etc/cloud/cloud.cfg.d/zz.cfg"), &file), 0);
	assert_int_equal(stat(tmp_path("cloud/etc/cloud/cloud.cfg.d"), &dir), 0);
	assert_int_equal(file.st_mode, S_IFREG | 0644);
	if (geteuid() == 0) /* else what is unpacked is the user's */
		assert_true(file.st_uid == 0 && file.st_gid == 0);
	assert_int_equal(file.st_mtim.tv_sec, dir.st_mtim.tv_sec);
	assert_int_equal(file.st_mtim.tv_nsec, dir.st_mtim.tv_nsec);
	ri_pack_result_free(&without);
	ri_pack_result_free(&r);
}

/* One that the guest has keeps all but its content. */
static void test_made_is_there(void **state)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_pack_result r;
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };
	struct stat file;

	(void)state;
	make_cloud();
	spit(tmp_path("cloud/etc/cloud/cloud.cfg.d/zz.cfg"), LIT("their own\n"));
	RUN(tmpdir, NULL, NULL, "chmod", "0600", "cloud/etc/cloud/cloud.cfg.d/zz.cfg");
	tar_tree(tmp_path("cloud"), tmp_path("tar"), false);
	o.replace = &made;
	o.replace_n = 1;
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out.gz"), &o, &r, &e), &e);
	unpack_again();
	slurp(tmp_path("re2/etc/cloud/cloud.cfg.d/zz.cfg"), &text);
	check_span("text", ri_buf_span(&text), made.bytes);
	assert_int_equal(stat(tmp_path("re2/etc/cloud/cloud.cfg.d/zz.cfg"), &file), 0);
	assert_int_equal(file.st_mode, S_IFREG | 0600);
	ri_pack_result_free(&r);
}

/* Nothing is made where there is no directory for it in the archive, or a rule leaves it out. */
static void test_not_made(void **state)
{
	static const struct {
		const char *path, *rule;
	} rows[] = {
		{ "/etc/absent/zz.cfg", "/never" },
		{ "/etc/cloud/cloud.cfg.d/05_x.cfg/zz.cfg", "/never" },
		{ "/etc/cloud/cloud.cfg/zz.cfg", "/never" },
		{ "/etc/cloud/cloud.cfg.d/zz.cfg", "/etc/cloud" },
		{ "/etc/cloud/cloud.cfg.d/zz.cfg", "/etc/cloud/cloud.cfg.d/" },
		{ "/etc/cloud/cloud.cfg.d/zz.cfg", "/etc/cloud/cloud.cfg.d/zz*" },
	};

	(void)state;
	make_cloud();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_pack_replace with = { rows[i].path, LIT("x"), .make = true };
		RI_ON_EXIT(ri_rules_free) struct ri_rules rules = { 0 };
		struct ri_pack_opts o = pack_opts(RI_GZIP);
		struct ri_pack_result r;
		struct ri_err e = { 0 };
		RI_BUF names = { 0 };

		add_rule(&rules, rows[i].rule);
		o.rules = &rules;
		o.replace = &with;
		o.replace_n = 1;
		check_ok(rows[i].path, pack_file(tmp_path("tar"), tmp_path("out.gz"), &o, &r, &e),
		    &e);
		list(tmp_path("out.gz"), &names);
		assert_null(memmem(names.p, names.n, "zz.cfg", 6));
		ri_pack_result_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_link_to_left_out),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_replaced_link),
		cmocka_unit_test(test_cannot_replace),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_made_is_there),
		cmocka_unit_test(test_not_made),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
