// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a volume was built, for a list. */
#include "unit/fake_build.h"

#include "build/is_built.h"

#include <fcntl.h>

static const char *const *types; /* of its devices, NULL at the end */

static int filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e)
{
	if (fake_step(g, e, "filesystems") < 0)
		return -1;
	out->v = calloc(4, sizeof *out->v);
	assert_non_null(out->v);
	for (; types[out->n]; out->n++) {
		out->v[out->n].device = strdup("/dev/sda1");
		out->v[out->n].type = strdup(types[out->n]);
	}
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	fb_fresh();
	fb.ops.filesystems = filesystems;
	fb_image(tmp_path("vm.raw"));
	return 0;
}

static enum ri_built ask(const char *format)
{
	struct ri_err e = { 0 };
	enum ri_built built;

	check_ok("ask", ri_is_built_by(&fb_openers, tmp_path("vm.raw"), format, &built, &e), &e);
	return built;
}

static void test_what_is_on_it(void **state)
{
	static const struct {
		const char *types[4], *trace;
		enum ri_built want;
	} cases[] = {
		{ { "ext4" }, NULL, RI_BUILT_NO },
		{ { "ext4" }, RI_PATH_INITRD, RI_BUILT_YES },
		{ { "ext4" }, RI_PATH_STATE, RI_BUILT_YES },
		{ { "vfat", "ext2", "swap" }, "/initrd.img-ramboot", RI_BUILT_YES },
		{ { "vfat", "ext2", "swap" }, NULL, RI_BUILT_NO },
		{ { "ext2", "LVM2_member", "" }, NULL, RI_BUILT_NO },
		{ { "ext2", "xfs" }, NULL, RI_BUILT_UNKNOWN },
		{ { "xfs", "ext2" }, "/initrd.img-ramboot", RI_BUILT_YES },
		{ { "ext2", "crypto_LUKS" }, NULL, RI_BUILT_UNKNOWN },
		{ { "swap" }, NULL, RI_BUILT_UNKNOWN },
		{ { NULL }, NULL, RI_BUILT_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fresh(state);
		types = cases[i].types;
		if (cases[i].trace)
			fb_text(cases[i].trace, "");
		if (ask("raw") != cases[i].want)
			fail_msg("case %zu", i);
	}
}

/* Whatever fails, it only tells nothing. */
static void test_a_reader_that_fails(void **state)
{
	static const char *const ext4[] = { "ext4", NULL };
	size_t calls;

	types = ext4;
	assert_int_equal(ask("raw"), RI_BUILT_NO);
	calls = fb.direct.calls;
	assert_true(calls > 5);
	for (size_t i = 1; i <= calls; i++) {
		fresh(state);
		fb.direct.fail_at = i;
		assert_int_equal(ask("raw"), RI_BUILT_UNKNOWN);
	}
	assert_int_equal(fb.appliances, 0);
}

/* It is neither kept from whoever works on it nor read as what it is not. */
static void test_the_volume(void **state)
{
	static const char *const ext4[] = { "ext4", NULL };
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };

	(void)state;
	types = ext4;
	check_ok("open", ri_volume_open(tmp_path("vm.raw"), NULL, RI_VOLUME_WRITE, &v, &e), &e);
	assert_int_equal(ask("raw"), RI_BUILT_NO);
	ri_volume_close(&v);
	fb.readers = 0;
	assert_int_equal(ask("qcow2"), RI_BUILT_UNKNOWN);
	assert_int_equal(unlink(tmp_path("vm.raw")), 0);
	assert_int_equal(ask("raw"), RI_BUILT_UNKNOWN);
	assert_int_equal(mkfifo(tmp_path("vm.raw"), 0600), 0);
	assert_int_equal(ask("raw"), RI_BUILT_UNKNOWN);
	assert_int_equal(unlink(tmp_path("vm.raw")), 0);
	assert_int_equal(fb.readers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_on_it),
		cmocka_unit_test_setup(test_a_reader_that_fails, fresh),
		cmocka_unit_test_setup(test_the_volume, fresh),
	};

	return cmocka_run_group_tests(tests, fb_set_up, fb_tear_down);
}
