// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A hundred builds in a row, in one process: no descriptor, process, thread or file is left of them. */
#include "unit/sanitized.h"
#include "unit/whole_build.h"

#include <dirent.h>

/* What is in a directory, in order; of descriptors, what they lead to. */
static void add_names(const char *path, struct ri_buf *out)
{
	struct dirent **v;
	int n = scandir(path, &v, NULL, alphasort);

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		char link[300], to[300];
		ssize_t len;

		snprintf(link, sizeof link, "%s/%s", path, v[i]->d_name);
		len = readlink(link, to, sizeof to);
		/* The one by which they are listed is closed by now. */
		if (len > 0 || strcmp(path, "/proc/self/fd") != 0)
			ri_buf_addf(out, "%s/%s -> %.*s\n", path, v[i]->d_name,
			    (int)(len > 0 ? len : 0), to);
		free(v[i]);
	}
	free(v);
}

static void see(struct ri_buf *out)
{
	add_names("/proc/self/fd", out);
	add_names("/proc/self/task", out);
	add_names(tmpdir, out);
	add_names(tmp_path("stage"), out);
	ri_buf_addf(out, "%d children\n", ri_process_count_children(""));
	assert_false(out->oom);
}

static void build_once(bool direct)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	wb_fresh();
	fb_job(&job, direct);
	check_ok("build", wb_build(&job, &e), &e);
	wb_is_built("one of a hundred");
}

/* Sanitizers look at the memory of a build, which is the same in each. */
enum { BUILDS = SANITIZED ? 10 : 100 };

static void test_hundred(void **state)
{
	RI_BUF first = { 0 };
	RI_BUF last = { 0 };

	(void)state;
	got->bad = SIZE_MAX;
	/* What is opened once and kept is there after the first of each kind. */
	build_once(false);
	build_once(true);
	see(&first);
	for (size_t i = 0; i < BUILDS; i++)
		build_once(i % 2 == 0);
	see(&last);
	assert_string_equal(first.p, last.p);
	assert_non_null(strstr(first.p, "0 children"));
}

/* The comparison sees what is left. */
static void test_what_is_left_is_seen(void **state)
{
	RI_BUF before = { 0 };
	RI_BUF after = { 0 };
	int fd;

	(void)state;
	see(&before);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	see(&after);
	close(fd);
	assert_string_not_equal(before.p, after.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hundred),
		cmocka_unit_test(test_what_is_left_is_seen),
	};

	return cmocka_run_group_tests(tests, wb_set_up, fb_tear_down);
}
