// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The root among the subvolumes of a btrfs, what is mounted of it, and a failure at every call. */
#include "unit/guest/btrfs_guest.h"

#define GUEST RI_ON_EXIT(fake_free) struct fake_guest
#define SUBVOLS RI_ON_EXIT(ri_subvols_free) struct ri_subvols

static int find(struct fake_guest *k, struct ri_subvols *roots, struct ri_err *e)
{
	SUBVOLS l = { 0 };

	return btrfs_subvolumes(&k->w.g, "/dev/sda1", &l, e) < 0
		   ? -1
		   : ri_find_subvols(&k->w.g, "/dev/sda1", &l, roots, e);
}

/* Who else looks like the root: its snapshots, with its own fstab in them. */
static void put_copies(struct fake_guest *k, const char *fstab)
{
	btrfs_root(k, "/@rootfs/.snapshots/1/snapshot", fstab);
	btrfs_root(k, "/timeshift/@rootfs", fstab);
}

static void test_the_root(void **state)
{
	static const struct {
		const char *path, *fstab;
		bool copies;
		uint64_t id;
	} rows[] = {
		{ "/@rootfs", BTRFS_FSTAB, true, 256 },
		{ "/@rootfs", "UUID=u / btrfs subvolid=256\n", true, 256 },
		{ "", "UUID=u / btrfs defaults\n", true, 5 },
		/* Where the kernel's line alone says it, or nothing that can be read. */
		{ "/@rootfs", "UUID=u / btrfs defaults\n", false, 256 },
		{ "/@rootfs", "# nothing\n", false, 256 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		SUBVOLS roots = { 0 };
		struct ri_err e = { 0 };

		btrfs_fresh(&k);
		btrfs_root(&k, rows[i].path, rows[i].fstab);
		if (rows[i].copies)
			put_copies(&k, rows[i].fstab);
		check_ok(rows[i].fstab, find(&k, &roots, &e), &e);
		assert_int_equal(roots.n, 1);
		assert_int_equal(roots.v[0].id, rows[i].id);
	}
}

/* A build has made a tmpfs of it; its copy of the fstab says what was there, in a snapshot of it too. */
static void test_a_built_root(void **state)
{
	static const char *const places[] = { "/@rootfs", "/timeshift/@rootfs" };
	GUEST k = { 0 };
	SUBVOLS roots = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	btrfs_fresh(&k);
	for (size_t i = 0; i < 2; i++) {
		char copy[100];

		btrfs_root(&k, places[i], "none / tmpfs defaults 0 0\n");
		snprintf(copy, sizeof copy, "%s/etc/fstab.ramimg-orig", places[i]);
		fake_put(&k, copy, BTRFS_FSTAB, strlen(BTRFS_FSTAB), 0644);
	}
	btrfs_root(&k, "/@rootfs/.snapshots/1/snapshot", BTRFS_FSTAB);
	check_ok("built", find(&k, &roots, &e), &e);
	assert_int_equal(roots.n, 1);
	assert_int_equal(roots.v[0].id, 256);
}

static void test_several(void **state)
{
	GUEST k = { 0 };
	SUBVOLS roots = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	btrfs_fresh(&k);
	check_ok("none", find(&k, &roots, &e), &e);
	assert_int_equal(roots.n, 0);
	btrfs_root(&k, "/@rootfs", "UUID=u / btrfs subvol=@none\n");
	put_copies(&k, "UUID=u / btrfs subvol=@none\n");
	check_err("none is sure", find(&k, &roots, &e), &e, RI_E_UNSUPPORTED,
	    "the btrfs on /dev/sda1 has 3 subvolumes with a system in them, the first is "
	    "\"@rootfs/.snapshots/1/snapshot\", and the fstab of none of them mounts its own as /; write subvol=… "
	    "into the guest's /etc/fstab");
	e = (struct ri_err){ 0 };
	btrfs_root(&k, "/@rootfs", BTRFS_FSTAB);
	btrfs_root(&k, "/@home", "UUID=u / btrfs subvol=@home\n");
	check_ok("two", find(&k, &roots, &e), &e);
	assert_int_equal(roots.n, 2);
}

/* A link in a circle where the fstab should be is no reason to find nothing at all. */
static void test_an_odd_fstab(void **state)
{
	GUEST k = { 0 };
	SUBVOLS roots = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	btrfs_fresh(&k);
	btrfs_root(&k, "/@rootfs", "");
	fake_find(&k, "/@rootfs/etc/fstab")->dir = true;
	check_ok("a directory", find(&k, &roots, &e), &e);
	assert_int_equal(roots.n, 1);
	assert_int_equal(roots.v[0].id, 256);
}

#define FSTAB BTRFS_FSTAB "UUID=u /home btrfs subvol=/@home\n"

static int mount_all(struct fake_guest *k, const char *fstab, struct ri_facts *f, struct ri_err *e)
{
	struct ri_ondisk_fs *fs = ri_ondisk_add(&f->disk, "/dev/sda1", "btrfs", e);

	memset(btrfs.at, 0, sizeof btrfs.at);
	if (!fs || ri_strv_add(&fs->names, "UUID=u", e) < 0 ||
	    btrfs_subvolumes(&k->w.g, "/dev/sda1", &fs->subvols, e) < 0)
		return -1;
	btrfs_root(k, "/@rootfs", fstab);
	return ri_inspect_mount_all(&k->w.g, "/dev/sda1", 256, true, f, e);
}

/* That of the snapshots, each is looked at where it is seen: not below another, not under a mount. */
static void test_mounts(void **state)
{
	static const char *const dirs[] = { "/@rootfs/.snapshots/1/snapshot",
		"/@rootfs/.snapshots/1/snapshot/deeper", "/@rootfs/var/lib/machines",
		"/@rootfs/home/old", "/@rootfs/home/hidden" };
	GUEST k = { 0 };
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	btrfs_fresh(&k);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		fake_put(&k, dirs[i], "", 0, 0755)->dir = true;
	check_ok("mount", mount_all(&k, FSTAB, &f, &e), &e);
	assert_string_equal(btrfs.at, "5 /\n256 /\n257 /home\n");
	assert_int_equal(f.mounts_n, 2);
	assert_string_equal(f.mounts[0].subvol.path, "@rootfs");
	assert_string_equal(f.mounts[1].subvol.path, "@home");
	assert_int_equal(f.mounts[1].subvol.id, 257);
	assert_int_equal(f.snapshots.n, 2);
	assert_string_equal(f.snapshots.v[0], "/.snapshots/1/snapshot");
	assert_string_equal(f.snapshots.v[1], "/home/old");
}

static void test_no_such_subvolume(void **state)
{
	GUEST k = { 0 };
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 }, g = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	btrfs_fresh(&k);
	check_err("none", mount_all(&k, BTRFS_FSTAB "UUID=u /srv btrfs subvol=@srv\n", &f, &e), &e,
	    RI_E_GUEST,
	    "mounting /srv: /etc/fstab, line 2: the btrfs on /dev/sda1 has no such subvolume");
	check_ok("nofail",
	    mount_all(&k, BTRFS_FSTAB "UUID=u /srv btrfs nofail,subvol=@srv\n", &g, &e), &e);
	assert_int_equal(g.mounts_n, 1);
}

static void test_a_failure_at_every_call(void **state)
{
	GUEST k = { 0 };
	size_t n;

	(void)state;
	btrfs_fresh(&k);
	fake_put(&k, "/@rootfs/.snapshots/1/snapshot", "", 0, 0755)->dir = true;
	k.fail_sys = EIO;
	for (n = 1;; n++) {
		RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
		SUBVOLS roots = { 0 };
		struct ri_err e = { 0 };
		int rc;

		btrfs_root(&k, "/@rootfs", FSTAB);
		k.calls = 0;
		k.fail_at = n;
		rc = find(&k, &roots, &e) < 0 ? -1 : mount_all(&k, FSTAB, &f, &e);
		if (k.calls < n) {
			check_ok("no failure", rc, &e);
			break;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_non_null(strstr(e.msg, "fake "));
	}
	assert_in_range(n, 60, 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_root),
		cmocka_unit_test(test_a_built_root),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_an_odd_fstab),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_no_such_subvolume),
		cmocka_unit_test(test_a_failure_at_every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
