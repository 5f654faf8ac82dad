// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sources other than a tar stream, and what is told of the progress.
 */
#include "unit/check.h"

#include "unit/packing.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/log.h"

static void add_rule(struct ri_rules *rules, const char *pattern)
{
	struct ri_err e = { 0 };

	assert_int_equal(ri_strv_add(&rules->patterns, pattern, &e), 0);
}

/* What a second source may give: here entries out of a table. */
struct table_source {
	struct ri_source base;
	struct archive_entry *entry;
	unsigned at;
};

static const struct {
	const char *path;
	unsigned type;
} table[] = {
	{ ".", AE_IFDIR },
	{ "file", AE_IFREG },
	{ "run", AE_IFDIR },
	{ "run/socket", AE_IFSOCK },
	{ "fifo", AE_IFIFO },
	{ "odd", 0170000 },
};

static int table_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct table_source *s = (struct table_source *)base;

	(void)e;
	*entry = NULL;
	if (s->at == sizeof table / sizeof *table)
		return 0;
	archive_entry_clear(s->entry);
	archive_entry_copy_pathname(s->entry, table[s->at].path);
	archive_entry_set_mode(s->entry, (__LA_MODE_T)(table[s->at].type | 0644));
	archive_entry_set_nlink(s->entry, 3);
	archive_entry_set_ino(s->entry, 77);
	archive_entry_set_atime(s->entry, 5, 5);
	archive_entry_set_ctime(s->entry, 5, 5);
	archive_entry_set_birthtime(s->entry, -5, 5);
	archive_entry_copy_uname(s->entry, "root");
	s->at++;
	*entry = s->entry;
	return 0;
}

static int table_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	(void)base, (void)b, (void)e;
	return 0;
}

/* What is not of the format does not get into it; a socket is counted; a strange type is refused. */
static void test_other_source(void **state)
{
	static const struct ri_source_ops ops = { table_next, table_data, NULL };
	struct table_source s = { .base.ops = &ops, .entry = archive_entry_new() };
	RI_FD int fd = open(tmp_path("out.gz"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	RI_ON_EXIT(ri_rules_free) struct ri_rules rules = { 0 };
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_pack_result r;
	RI_BUF tar = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("type", ri_pack(&s.base, &o, fd, &r, &e), &e, RI_E_GUEST,
	    "/odd: an inode of the unknown type 0170000");
	add_rule(&rules, "/odd");
	o.rules = &rules;
	s.at = 0;
	e = (struct ri_err){ 0 };
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	check_ok("rest", ri_pack(&s.base, &o, fd, &r, &e), &e);
	assert_int_equal(r.sockets, 1);
	assert_int_equal(r.entries, 4);
	RUN(NULL, tmp_path("out.gz"), tmp_path("out.tar"), "gzip", "-dc");
	slurp(tmp_path("out.tar"), &tar);
	for (const char *const *p = (const char *const[]){ "atime", "ctime", "creationtime",
		 "SCHILY", "root", "hdrcharset", NULL };
	     *p; p++)
		if (memmem(tar.p, tar.n, *p, strlen(*p)))
			fail_msg("the tar holds \"%s\"", *p);
	archive_entry_free(s.entry);
	ri_pack_result_free(&r);
}

static uint64_t last_done;
static unsigned reports, ends, stops;

static void on_progress(void *arg, const char *phase, uint64_t done, uint64_t total, int how)
{
	(void)arg;
	assert_string_equal(phase, "packing");
	assert_true(done >= last_done);
	assert_int_equal(total, 12345678);
	assert_int_equal(ends + stops, 0);
	assert_int_not_equal(how, RI_PROGRESS_RUNS); /* how long it gets is an estimate */
	last_done = done;
	reports++;
	ends += how == RI_PROGRESS_ENDS;
	stops += how == RI_PROGRESS_STOPS;
}

/* It never goes back, and ends once; when packing fails, it is cut off. */
static void test_progress(void **state)
{
	const struct ri_log_sink sink = { .progress = on_progress };
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_pack_result r;
	struct ri_err e = { 0 };

	(void)state;
	o.expected_bytes = 12345678;
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "big");
	for (char name[] = "big/a"; name[4] < 'k'; name[4]++)
		RUN(tmpdir, "/dev/urandom", tmp_path(name), "head", "-c", "4000000");
	tar_tree(tmp_path("big"), tmp_path("tar"), false);
	ri_log_set_sink(&sink);
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e), &e);
	assert_int_equal(last_done, r.tar_bytes);
	assert_int_equal(ends, 1);
	assert_in_range(reports, 50, 400);
	last_done = ends = reports = 0;
	spit(tmp_path("tar"), LIT(""));
	assert_int_equal(pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e), -1);
	assert_int_equal(ends, 0);
	assert_int_equal(stops, 1);
	ri_log_set_sink(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_other_source),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
