// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Initrds in every way that generators write them: checked, extended, read back.
 */
#include "unit/check.h"
#include "initrd/filter.h"

#include "unit/initrds.h"

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (int early = 0; early < 2; early++) {
			struct ri_initrd_info info;
			struct ri_err e = { 0 };

			make_base(&rows[i], early);
			check_ok(rows[i].name, initrd_check(tmp_path("base"), &info, &e), &e);
			assert_string_equal(ri_initrd_comp_name(info.comp), rows[i].name);
			assert_int_equal(info.comp, rows[i].comp);
			assert_int_equal(info.early, early);
			assert_false(info.ours);
			assert_ptr_equal(info.made_by, ri_initramfs_find("initramfs-tools"));
			assert_string_equal(info.hook->script, "scripts/ramimg");
			/*
			 * ., conf, init, sbin, scripts with three, usr/sbin/modprobe; .,
			 * kernel/x86/microcode/…
			 */
			assert_int_equal(info.entries, early ? 16 : 11);
			assert_in_range(info.unpacked_bytes, 200000, 201000);
		}
}

/* Those of dracut, by where it has its hooks: 106, 059, and one without a merged /usr. */
static void test_check_dracut(void **state)
{
	static const struct {
		const char *names[6], *hook;
		bool ours;
	} cases[] = {
		{ { "init", "usr/lib/dracut/dracut-106-6", "var/lib/dracut/hooks/pre-pivot/x.sh" },
		    "var/lib/dracut/hooks/pre-pivot/00-ramimg.sh", false },
		{ { "init", "usr/lib/dracut/hooks/pre-pivot/x.sh" },
		    "usr/lib/dracut/hooks/pre-pivot/00-ramimg.sh", false },
		{ { "init", "lib/dracut/hooks/pre-pivot/x.sh" },
		    "lib/dracut/hooks/pre-pivot/00-ramimg.sh", false },
		{ { "init", "usr/lib/dracut/hooks/pre-pivot/00-ramimg.sh" },
		    "usr/lib/dracut/hooks/pre-pivot/00-ramimg.sh", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_initrd_info info;
		struct ri_err e = { 0 };

		make_other(cases[i].names);
		check_ok(cases[i].hook, initrd_check(tmp_path("base"), &info, &e), &e);
		assert_ptr_equal(info.made_by, ri_initramfs_find("dracut"));
		assert_string_equal(info.hook->script, cases[i].hook);
		assert_int_equal(info.ours, cases[i].ours);
	}
}

/* The added archive as cpio lists it: name, mode and size of each. */
static void list_segment(size_t base_n, struct ri_buf *list)
{
	RI_BUF all = { 0 };
	size_t at = base_n + 4;

	slurp(tmp_path("out"), &all);
	for (at += (4 - at % 4) % 4; all.p[at] == 0; at += 4)
		assert_in_range(at, 1, all.n - 4);
	for (size_t i = base_n; i < at; i++)
		assert_int_equal(all.p[i], 0);
	spit(tmp_path("segment"), ri_span(all.p + at, all.n - at));
	list->n = 0;
	RUN(NULL, tmp_path("segment"), tmp_path("list"), "cpio", "--quiet", "-t");
	slurp(tmp_path("list"), list);
}

static void check_appended(const struct row *row, bool early)
{
	RI_BUF base = { 0 }, out = { 0 }, list = { 0 };
	struct ri_initrd_info info;
	struct ri_err e = { 0 };

	make_base(row, early);
	check_ok(row->name, initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e),
	    &e);
	slurp(tmp_path("base"), &base);
	slurp(tmp_path("out"), &out);
	/* The base, zeros, the segment at a multiple of four. */
	check_span(row->name, ri_span(out.p, base.n), ri_buf_span(&base));
	check_span(row->name, ri_span(out.p + base.n, 4), LIT("\0\0\0\0"));
	list_segment(base.n, &list);
	/* No entry for scripts, which is there; sbin is not touched. */
	check_span(row->name, ri_buf_span(&list),
	    LIT("ramimg\nscripts/ramimg\nramimg/ramload\nramimg/manifest\n"));
	check_ok(row->name, initrd_check(tmp_path("out"), &info, &e), &e);
	assert_true(info.ours);
	assert_int_equal(info.comp, row->comp);
	assert_int_equal(info.early, early);
	assert_int_equal(info.entries, (early ? 16 : 11) + MEMBERS + 1);
	for (size_t i = 0; i < MEMBERS; i++) {
		RI_BUF got = { 0 };

		ri_buf_add_str(&got, "before ");
		check_ok(row->name, initrd_read_member(tmp_path("out"), members[i].path, &got, &e),
		    &e);
		check_span(row->name, ri_span(got.p + 7, got.n - 7), members[i].bytes);
	}
}

static void test_append(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		for (int early = 0; early < 2; early++)
			check_appended(&rows[i], early);
}

/* Every remainder of the base's length by four, and the same bytes each time. */
static void test_alignment(void **state)
{
	RI_BUF packed = { 0 };

	(void)state;
	RUN(NULL, tmp_path("main.cpio"), tmp_path("packed"), "gzip", "-nc");
	slurp(tmp_path("packed"), &packed);
	for (size_t more = 0; more < 4; more++) {
		RI_BUF manifest = { 0 }, first = { 0 }, second = { 0 };
		struct ri_err e = { 0 };

		spit(tmp_path("base"), ri_buf_span(&packed));
		check_ok("append",
		    initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e), &e);
		slurp(tmp_path("out"), &first);
		check_ok("again",
		    initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e), &e);
		slurp(tmp_path("out"), &second);
		assert_true(ri_span_eq(ri_buf_span(&first), ri_buf_span(&second)));
		check_ok("read",
		    initrd_read_member(tmp_path("out"), "ramimg/manifest", &manifest, &e), &e);
		check_span("read", ri_buf_span(&manifest), members[2].bytes);
		ri_buf_add(&packed, "", 1); /* zeros may follow the compressed data */
	}
}

/* cpio unpacks mode, owner and time as they are said to be. */
static void test_segment_metadata(void **state)
{
	RI_BUF list = { 0 };
	struct ri_err e = { 0 };
	RI_BUF base = { 0 };

	(void)state;
	make_base(&rows[1], false);
	slurp(tmp_path("base"), &base);
	check_ok("append", initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e),
	    &e);
	list_segment(base.n, &list);
	list.n = 0;
	setenv("TZ", "UTC", 1);
	RUN(NULL, tmp_path("segment"), tmp_path("list"), "cpio", "--quiet", "-tvn");
	slurp(tmp_path("list"), &list);
	check_span("list", ri_buf_span(&list),
	    LIT("drwxr-xr-x   2 0        0               0 Jan  1  1970 ramimg\n"
		"-rw-r--r--   1 0        0              19 Jan  1  1970 scripts/ramimg\n"
		"-rwxr-xr-x   1 0        0               6 Jan  1  1970 ramimg/ramload\n"
		"-rw-r--r--   1 0        0               9 Jan  1  1970 ramimg/manifest\n"));
}

static void test_in_the_way(void **state)
{
	struct ri_err e = { 0 };
	char msg[300];

	(void)state;
	make_other(
	    (const char *const[]){ "init", "scripts/local", "scripts/functions", "ramimg", NULL });
	snprintf(msg, sizeof msg, "the initrd %s: its /ramimg is not a directory",
	    tmp_path("base"));
	check_err("file", initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e),
	    &e, RI_E_GUEST, msg);
	make_other((const char *const[]){ "init", "scripts/local", "scripts/ramimg", NULL });
	snprintf(msg, sizeof msg, "the initrd %s: it holds /scripts/ramimg already",
	    tmp_path("base"));
	check_err("member", initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e),
	    &e, RI_E_GUEST, msg);
	/* A directory that is a symbolic link, as after usrmerge, gets no entry. */
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "other");
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "other/usr/scripts");
	assert_int_equal(symlink("usr/scripts", tmp_path("other/scripts")), 0);
	cpio(tmp_path("other"), tmp_path("base"));
	e = (struct ri_err){ 0 };
	check_ok("link", initrd_append(tmp_path("base"), tmp_path("out"), members, 1, &e), &e);
	{
		RI_BUF base = { 0 }, list = { 0 };

		slurp(tmp_path("base"), &base);
		list_segment(base.n, &list);
		check_span("link", ri_buf_span(&list), LIT("scripts/ramimg\n"));
	}
}

static void test_read_nonsense(void **state)
{
	RI_BUF got = { 0 }, out = { 0 };
	struct ri_err e = { 0 };
	char msg[300];

	(void)state;
	ri_buf_add_str(&got, "before");
	make_base(&rows[3], true);
	snprintf(msg, sizeof msg,
	    "the initrd %s: it does not end with an archive that ramimg added", tmp_path("base"));
	check_err("base", initrd_read_member(tmp_path("base"), "ramimg/manifest", &got, &e), &e,
	    RI_E_VERIFY, msg);
	check_ok("append",
	    (e = (struct ri_err){ 0 },
		initrd_append(tmp_path("base"), tmp_path("out"), members, MEMBERS, &e)),
	    &e);
	snprintf(msg, sizeof msg, "the initrd %s: the archive at its end has no /ramimg/other",
	    tmp_path("out"));
	check_err("other", initrd_read_member(tmp_path("out"), "ramimg/other", &got, &e), &e,
	    RI_E_VERIFY, msg);
	snprintf(msg, sizeof msg,
	    "the initrd %s: its /ramimg is not a regular file, or is too large", tmp_path("out"));
	check_err("directory", initrd_read_member(tmp_path("out"), "ramimg", &got, &e), &e,
	    RI_E_VERIFY, msg);
	slurp(tmp_path("out"), &out);
	spit(tmp_path("cut"), ri_span(out.p, out.n - 700));
	snprintf(msg, sizeof msg,
	    "the initrd %s: it does not end with an archive that ramimg added", tmp_path("cut"));
	check_err("cut", initrd_read_member(tmp_path("cut"), "ramimg/manifest", &got, &e), &e,
	    RI_E_VERIFY, msg);
	ri_buf_add_str(&out, "junk");
	spit(tmp_path("more"), ri_buf_span(&out));
	snprintf(msg, sizeof msg,
	    "the initrd %s: it does not end with an archive that ramimg added", tmp_path("more"));
	check_err("more", initrd_read_member(tmp_path("more"), "ramimg/manifest", &got, &e), &e,
	    RI_E_VERIFY, msg);
	check_span("nothing added", ri_buf_span(&got), LIT("before"));
}

static void test_append_failures(void **state)
{
	struct ri_err e = { 0 };
	char msg[300];

	(void)state;
	make_base(&rows[1], false);
	check_err("full", initrd_append(tmp_path("base"), "/dev/full", members, MEMBERS, &e), &e,
	    RI_E_IO, "writing /dev/full: No space left on device");
	snprintf(msg, sizeof msg, "creating %s/out: No such file or directory",
	    tmp_path("nowhere"));
	check_err("directory",
	    initrd_append(tmp_path("base"), tmp_path("nowhere/out"), members, MEMBERS, &e), &e,
	    RI_E_IO, msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_dracut),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_segment_metadata),
		cmocka_unit_test(test_in_the_way),
		cmocka_unit_test(test_read_nonsense),
		cmocka_unit_test(test_append_failures),
	};

	return cmocka_run_group_tests(tests, make_trees, tmp_tear_down);
}
