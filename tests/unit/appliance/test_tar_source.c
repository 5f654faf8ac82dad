// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A writer of a tar stream on a thread, and its reader: who ends how, and whose error is told. */
#include "unit/check.h"
#include "unit/packing.h"

#include "appliance/tar_source.h"
#include "parse/shared.h"

#include <archive_entry.h>
#include <errno.h>
#include <signal.h>

/* What a writer does: so much of the tar file, then an end. */
struct writer {
	struct ri_guest g;
	size_t bytes; /* of the file that it writes; SIZE_MAX: all */
	bool fails, garbles;
	const struct ri_strv *excludes;
	int sys; /* of a write that failed */
};

static int write_tar(struct ri_guest *g, int fd, const struct ri_strv *excludes, struct ri_err *e)
{
	struct writer *w = (struct writer *)g;
	RI_BUF tar = { 0 };
	struct ri_span s;

	w->excludes = excludes;
	slurp(tmp_path("t.tar"), &tar);
	if (w->garbles)
		memset(tar.p + 512, 'x', 512);
	s = ri_span(tar.p, tar.n < w->bytes ? tar.n : w->bytes);
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0) {
			w->sys = errno;
			return ri_fail(e, RI_E_IO, errno, "the writer cannot write");
		}
		s = ri_span_skip(s, (size_t)n);
	}
	return w->fails ? ri_fail(e, RI_E_IO, EIO, "the writer's own error") : 0;
}

/*
 * More than a pipe holds and what the tar's reader reads ahead (parse/shared.h), so that a writer that nobody
 * reads waits.
 */
#define NOISE (2 * RI_SHARED_BYTES)

static int make_tar(void **state)
{
	static char noise[NOISE];

	if (tmp_set_up(state) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)(i * 2654435761u >> 24);
	RUN(tmpdir, NULL, NULL, "mkdir", "tree");
	spit(tmp_path("tree/a"), ri_span(noise, sizeof noise));
	spit(tmp_path("tree/b"), LIT("small\n"));
	RUN(tmpdir, NULL, NULL, "tar", "--format=gnu", "--sort=name", "-C", "tree", "-cf", "t.tar",
	    ".");
	return 0;
}

/* Read all as the packer does. *@entries and *@bytes are what came. */
static int read_all(struct ri_source *src, size_t *entries, size_t *bytes, struct ri_err *e)
{
	struct archive_entry *entry;
	struct ri_source_block b;
	int rc;

	*entries = *bytes = 0;
	while ((rc = src->ops->next(src, &entry, e)) == 0 && entry) {
		++*entries;
		while ((rc = src->ops->data(src, &b, e)) > 0)
			*bytes += b.n;
		if (rc < 0)
			return -1;
	}
	return rc;
}

static void test_who_is_to_blame(void **state)
{
	static const struct {
		const char *name;
		size_t bytes;
		bool fails, garbles;
		const char *want;
	} cases[] = {
		{ "all is well", SIZE_MAX, false, false, NULL },
		{ "it fails at once", 0, true, false, "the writer's own error" },
		{ "it fails amid a file", 100000, true, false, "the writer's own error" },
		{ "it fails when all is written", SIZE_MAX, true, false, "the writer's own error" },
		{ "it stops and says nothing", 100000, false, false, "is damaged or cut short" },
		{ "it writes what is no tar", SIZE_MAX, false, true, "is damaged or cut short" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct writer w = { .bytes = cases[i].bytes,
			.fails = cases[i].fails,
			.garbles = cases[i].garbles };
		RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
		const struct ri_strv excludes = { 0 };
		struct ri_err e = { 0 };
		size_t entries, bytes;
		int rc;

		check_ok("open", ri_tar_source(write_tar, &w.g, &excludes, &src, &e), &e);
		rc = read_all(src, &entries, &bytes, &e);
		assert_ptr_equal(w.excludes, &excludes);
		if (!cases[i].want) {
			check_ok(cases[i].name, rc, &e);
			assert_int_equal(entries, 3); /* the root, a, b */
			assert_int_equal(bytes, NOISE + strlen("small\n"));
			continue;
		}
		if (rc != -1 || e.code != RI_E_IO || !strstr(e.msg, cases[i].want))
			fail_msg("%s: said [%s]", cases[i].name, e.msg);
	}
}

/* The packer's disk is full: the writer, which waits in a full pipe, is not waited for in vain. */
static void test_a_reader_that_gives_up(void **state)
{
	struct writer w = { .bytes = SIZE_MAX };
	const struct ri_strv excludes = { 0 };
	struct ri_source *src = NULL;
	struct archive_entry *entry;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_tar_source(write_tar, &w.g, &excludes, &src, &e), &e);
	check_ok("next", src->ops->next(src, &entry, &e), &e);
	ri_source_freep(&src);
	assert_int_equal(w.sys, EPIPE);
}

static void test_never_read(void **state)
{
	struct writer w = { .bytes = SIZE_MAX };
	const struct ri_strv excludes = { 0 };
	struct ri_source *src = NULL;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_tar_source(write_tar, &w.g, &excludes, &src, &e), &e);
	ri_source_freep(&src);
	assert_int_equal(w.sys, EPIPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_to_blame),
		cmocka_unit_test(test_a_reader_that_gives_up),
		cmocka_unit_test(test_never_read),
	};

	return cmocka_run_group_tests(tests, make_tar, tmp_tear_down);
}
