// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* How many of everything a guest may have: at a limit it is taken, beyond it refused, by whoever reads. */
#include "unit/fake_build.h"
#include "unit/sanitized.h"

#include "build/room.h"
#include "guest/find_excluded.h"
#include "guest/inspect.h"

/* What there is more than one of: names in a directory, or paths that match a pattern. */
static struct {
	const char *where;
	size_t n;
} many;

static int many_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	uint64_t *grown;
	char name[32];

	if (fake_list(g, dir, names, sizes, e) < 0)
		return -1;
	if (strcmp(dir, many.where) != 0)
		return 0;
	grown = realloc(*sizes, (many.n + 1) * sizeof *grown);
	assert_non_null(grown);
	*sizes = grown;
	while (names->n < many.n) {
		snprintf(name, sizeof name, "vmlinuz-%zu", names->n);
		grown[names->n] = 1;
		if (ri_strv_add(names, name, e) < 0)
			return -1;
	}
	return 0;
}

static int many_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e)
{
	char path[64];

	if (strcmp(pattern, many.where) != 0)
		return fake_glob(g, pattern, out, e);
	for (size_t i = 0; i < many.n; i++) {
		snprintf(path, sizeof path, "%.*s%zu", (int)strcspn(pattern, "*"), pattern, i);
		if (ri_strv_add(out, path, e) < 0)
			return -1;
	}
	return 0;
}

/* Up to the question whether there is room, which is asked before the appliance is started. */
static int begin(bool direct, struct ri_err *e)
{
	const struct ri_named_target t = { tmp_path("vm.raw"), NULL, NULL };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir dir = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	fb_fresh();
	fb.plain = true;
	fb.ops.list = many_list;
	fb.ops.glob = many_glob;
	fb_job(&job, direct);
	s.openers = &fb_openers;
	if (ri_session_open(&t, RI_SESSION_CHANGE, &job, &s, e) < 0 ||
	    ri_plan_make(&job, &s.facts, &plan, e) < 0 ||
	    ri_dir_open(tmp_path("made"), 0, &dir, e) < 0)
		return -1;
	return ri_room_before(ri_session_guest(&s), &s.facts, &plan, &dir, e);
}

static const struct {
	const char *where;
	size_t most;
	const char *want;
} limits[] = {
	{ "/boot", RI_INSPECT_NAMES_MAX, "/boot has 10001 entries, and may have 10000 at most" },
	{ "/lib/modules", RI_INSPECT_NAMES_MAX,
	    "/lib/modules has 10001 entries, and may have 10000 at most" },
	{ "/etc/default/grub.d/*.cfg", RI_INSPECT_DEFAULTS_MAX,
	    "/etc/default/grub.d has 101 files *.cfg, and may have 100 at most" },
	{ "/var/cache/apt/archives/*.deb", RI_EXCLUDED_PATHS_MAX,
	    "/var/cache/apt/archives/*.deb: the rule matches 10001 paths, and may match 10000 at most" },
};

/* By both readers; with sanitizers, where a guest that large takes seconds, by each of them in turn. */
#define EACH (SANITIZED ? 2 : 1)
#define FIRST(i) (SANITIZED ? (int)((i) % 2) : 0)

static void test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		for (int direct = FIRST(i); direct < 2; direct += EACH) {
			struct ri_err e = { 0 };
			int rc;

			many.where = limits[i].where;
			many.n = limits[i].most;
			check_ok(limits[i].where, begin(direct, &e), &e);
			many.n++;
			rc = begin(direct, &e);
			if (rc != -1 || e.code != RI_E_BUDGET || !strstr(e.msg, limits[i].want))
				fail_msg("%s: returned %d, code %d, said [%s]", limits[i].where, rc,
				    (int)e.code, e.msg);
			/* The other reader is not asked. */
			assert_int_equal(fb.appliances, 1 - direct);
		}
}

static int set_up(void **state)
{
	if (fb_set_up(state) < 0)
		return -1;
	fb_fresh();
	fb.plain = true;
	fb_image(tmp_path("vm.raw"));
	fb_qemu_img(FB_PLAIN_QEMU_IMG);
	RUN(tmpdir, NULL, NULL, "mkdir", "made");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, set_up, fb_tear_down);
}
