// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a qcow2 can hold besides clusters of its own: commits to it go right, and can be taken back. */
#include "unit/commit/commit_fixture.h"
#include "unit/run.h"

static char *before, *after; /* the disk's bytes */

static int set_up(void **state)
{
	cf_fault.at = 0;
	cf_fault.dies = cf_fault.torn = false;
	if (tmp_set_up(state) < 0)
		return -1;
	cf_image(tmp_path("base.raw"), "raw");
	cf_image(tmp_path("d.raw"), "raw");
	before = cf_bytes(tmp_path("d.raw"), "raw");
	assert_int_equal(cf_commit_beside(tmp_path("d.raw"), true), RI_OK);
	after = cf_bytes(tmp_path("d.raw"), "raw");
	assert_int_not_equal(memcmp(before, after, CF_BYTES), 0);
	return 0;
}

static int tear_down(void **state)
{
	free(before);
	free(after);
	return tmp_tear_down(state);
}

static void make(const char *script)
{
	RUN(tmpdir, NULL, NULL, "sh", "-ec", script);
}

static const struct {
	const char *name, *script;
} kinds[] = {
	{ "compressed clusters", "qemu-img convert -c -O qcow2 base.raw d.qcow2" },
	{ "compressed by zstd",
	    "qemu-img convert -c -o compression_type=zstd -O qcow2 base.raw d.qcow2" },
	{ "clusters of sub-clusters",
	    "qemu-img convert -o extended_l2=on,cluster_size=128k -O qcow2 base.raw d.qcow2" },
	{ "version 2", "qemu-img convert -o compat=0.10 -O qcow2 base.raw d.qcow2" },
	{ "a snapshot", "qemu-img convert -O qcow2 base.raw d.qcow2; "
			"qemu-img snapshot -c kept d.qcow2" },
	{ "a snapshot of compressed clusters", "qemu-img convert -c -O qcow2 base.raw d.qcow2; "
					       "qemu-img snapshot -c kept d.qcow2" },
	{ "a backing file", "qemu-img create -q -f qcow2 -b base.raw -F raw d.qcow2" },
};

/* The snapshot of that name, if there is one, has the disk as it was. */
static bool snapshot_is_whole(void)
{
	const char *argv[] = { "qemu-img", "convert", "-l", "kept", "-O", "raw",
		tmp_path("d.qcow2"), tmp_path("kept.raw"), NULL };
	RI_FREE char *bytes = NULL;

	if (run_to(NULL, NULL, NULL, "/dev/null", argv) != 0)
		return false;
	bytes = cf_bytes(argv[7], "raw");
	return memcmp(bytes, before, CF_BYTES) == 0;
}

static void test_committed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		make(kinds[i].script);
		assert_int_equal(cf_commit_beside(tmp_path("d.qcow2"), true), RI_OK);
		if (!cf_is(tmp_path("d.qcow2"), "qcow2", after))
			fail_msg("%s", kinds[i].name);
		if (strstr(kinds[i].name, "a snapshot") && !snapshot_is_whole())
			fail_msg("%s: the snapshot", kinds[i].name);
		if (!cf_is(tmp_path("base.raw"), "raw", before))
			fail_msg("%s: the backing file", kinds[i].name);
		make("qemu-img check -q d.qcow2");
	}
	cf_is_swept();
}

static void test_cut_off(void **state)
{
	static const enum ri_recover_how ways[] = { RI_RECOVER_COMPLETE, RI_RECOVER_UNDO };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof kinds / sizeof kinds[0]; i++) {
		const char *path = tmp_path("d.qcow2");
		struct ri_recovered r;
		struct ri_err e = { 0 };

		make(kinds[i / 2].script);
		cf_fault.at = 3;
		cf_fault.dies = true;
		assert_int_equal(cf_commit_beside(path, true), -1);
		cf_fault.at = 0;
		check_ok(kinds[i / 2].name, cf_recover(path, ways[i % 2], &r, &e), &e);
		assert_true(r.found);
		if (!cf_is(path, "qcow2", i % 2 == 0 ? after : before))
			fail_msg("%s", kinds[i / 2].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_committed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_off, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
