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

/* Proxmox VE's linked clone: the base is a template's, which nobody may write to. */
#define CLONE                                                                                           \
	"mkdir -p 100 105; rm -f 100/*; qemu-img convert -O qcow2 base.raw 100/base-100-disk-0.qcow2; " \
	"chmod 444 100/base-100-disk-0.qcow2; cp 100/base-100-disk-0.qcow2 below; "                     \
	"qemu-img create -q -f qcow2 -b ../100/base-100-disk-0.qcow2 -F qcow2 105/d.qcow2"
#define CLONE_IS_WHOLE                                                                             \
	"cmp 100/base-100-disk-0.qcow2 below; test $(stat -c %a 100/base-100-disk-0.qcow2) = 444"
#define SNAPSHOT "; qemu-img snapshot -c kept "

static const struct {
	const char *name, *script;
	const char *path;  /* NULL: d.qcow2 */
	const char *holds; /* what else is true afterwards, whatever comes of the commit; or NULL */
	bool snapshot;     /* it has one, "kept", of before */
} kinds[] = {
	{ .name = "compressed clusters",
	    .script = "qemu-img convert -c -O qcow2 base.raw d.qcow2" },
	{ .name = "compressed by zstd",
	    .script = "qemu-img convert -c -o compression_type=zstd -O qcow2 base.raw d.qcow2" },
	{ .name = "clusters of sub-clusters",
	    .script =
		"qemu-img convert -o extended_l2=on,cluster_size=128k -O qcow2 base.raw d.qcow2" },
	{ .name = "version 2",
	    .script = "qemu-img convert -o compat=0.10 -O qcow2 base.raw d.qcow2" },
	{ .name = "a snapshot",
	    .script = "qemu-img convert -O qcow2 base.raw d.qcow2" SNAPSHOT "d.qcow2",
	    .snapshot = true },
	{ .name = "a snapshot of compressed clusters",
	    .script = "qemu-img convert -c -O qcow2 base.raw d.qcow2" SNAPSHOT "d.qcow2",
	    .snapshot = true },
	{ .name = "a backing file",
	    .script = "cp base.raw below; qemu-img create -q -f qcow2 -b base.raw -F raw d.qcow2",
	    .holds = "cmp base.raw below" },
	{ .name = "a linked clone",
	    .script = CLONE,
	    .path = "105/d.qcow2",
	    .holds = CLONE_IS_WHOLE },
	{ .name = "a linked clone with a snapshot",
	    .script = CLONE SNAPSHOT "105/d.qcow2",
	    .path = "105/d.qcow2",
	    .holds = CLONE_IS_WHOLE,
	    .snapshot = true },
};

#define KINDS (sizeof kinds / sizeof kinds[0])

/* Its path, for free(). */
static char *made(size_t i)
{
	char *path = strdup(tmp_path(kinds[i].path ? kinds[i].path : "d.qcow2"));

	assert_non_null(path);
	make(kinds[i].script);
	return path;
}

/* The snapshot's disk is that of before, so that this is what a rollback gives. */
static bool snapshot_is_whole(const char *path)
{
	const char *argv[] = { "qemu-img", "convert", "-l", "kept", "-O", "raw", path,
		tmp_path("kept.raw"), NULL };
	RI_FREE char *bytes = NULL;

	if (run_to(NULL, NULL, NULL, "/dev/null", argv) != 0)
		return false;
	bytes = cf_bytes(argv[7], "raw");
	return memcmp(bytes, before, CF_BYTES) == 0;
}

/* After a kill clusters may be left that nothing uses (status 3), and nothing else. */
static void check_rest(size_t i, const char *path, bool killed)
{
	const char *check[] = { "qemu-img", "check", "-q", path, NULL };
	int status = run_to(NULL, NULL, NULL, "/dev/null", check);

	if (kinds[i].snapshot && !snapshot_is_whole(path))
		fail_msg("%s: the snapshot", kinds[i].name);
	if (kinds[i].holds)
		make(kinds[i].holds);
	if (status != 0 && !(killed && status == 3))
		fail_msg("%s: qemu-img check ended with status %d", kinds[i].name, status);
}

static void test_committed(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		RI_FREE char *path = made(i);

		assert_int_equal(cf_commit_beside(path, true), RI_OK);
		if (!cf_is(path, "qcow2", after))
			fail_msg("%s", kinds[i].name);
		check_rest(i, path, false);
	}
	cf_is_swept();
}

/* Rolled back it is what it was before, and can be built again; the snapshot stays. */
static void test_rolled_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		RI_FREE char *path = kinds[i].snapshot ? made(i) : NULL;

		for (int round = 0; path && round < 2; round++) {
			assert_int_equal(cf_commit_beside(path, true), RI_OK);
			assert_true(cf_is(path, "qcow2", after));
			RUN(tmpdir, NULL, NULL, "qemu-img", "snapshot", "-a", "kept", path);
			if (!cf_is(path, "qcow2", before))
				fail_msg("%s: rolled back", kinds[i].name);
			check_rest(i, path, false);
		}
	}
}

static void test_cut_off(void **state)
{
	static const enum ri_recover_how ways[] = { RI_RECOVER_COMPLETE, RI_RECOVER_UNDO };

	(void)state;
	for (size_t i = 0; i < 2 * KINDS; i++) {
		RI_FREE char *path = made(i / 2);
		struct ri_recovered r;
		struct ri_err e = { 0 };

		cf_fault.at = 3;
		cf_fault.dies = true;
		assert_int_equal(cf_commit_beside(path, true), -1);
		check_rest(i / 2, path, true);
		cf_fault.at = 0;
		check_ok(kinds[i / 2].name, cf_recover(path, ways[i % 2], &r, &e), &e);
		assert_true(r.found);
		if (!cf_is(path, "qcow2", i % 2 == 0 ? after : before))
			fail_msg("%s", kinds[i / 2].name);
		check_rest(i / 2, path, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_committed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rolled_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_off, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
