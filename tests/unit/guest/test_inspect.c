// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What inspection finds in a small guest, what it refuses, and a failure at every single call. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"

#include "guest/mounts.h"

#define FACTS RI_ON_EXIT(ri_facts_free) struct ri_facts
#define GUEST RI_ON_EXIT(fake_free) struct fake_guest

static void put_link(struct fake_guest *k, const char *path, const char *to)
{
	fake_put(k, path, to, strlen(to), 0777)->link = true;
}

static void test_facts(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
	assert_string_equal(f.os.id, "debian");
	assert_string_equal(f.arch, "x86_64");
	assert_string_equal(f.initramfs, "initramfs-tools");
	assert_string_equal(f.root_spec, "UUID=" FAKE_UUID);
	assert_int_equal(f.mounts_n, 1);
	assert_ptr_equal(f.boot, &f.mounts[0]);
	assert_int_equal(f.boot_files_n, 2);
	assert_int_equal(f.modules.n, 1);
	assert_int_equal(f.defaults_n, 3);
	assert_string_equal(f.defaults[1].path, RI_PATH_DEFAULT_DIR "/a.cfg");
	assert_true(
	    f.grub && f.defaults_dir && !f.built && !f.defaults_dir_ours && !f.grubenv_ours);
}

/* The nth call fails, for every n: no failure is taken for something that is not there. */
static void test_a_failure_at_every_call(void **state)
{
	GUEST k = { 0 };
	size_t n;

	(void)state;
	small_fresh(&k);
	fake_put(&k, "/etc/fstab", "/etc/real", 9, 0777)->link = true;
	small_text(&k, "/etc/real", FX_FSTAB);
	put_link(&k, "/var/lib/docker", "/srv");
	fake_put(&k, "/srv", "", 0, 0755)->dir = true;
	fake_put(&k, "/srv/overlay2", "", 0, 0755)->dir = true;
	small_text(&k, "/lib/systemd/systemd-makefs", "ELF");
	fake_put(&k, "/etc/modules-load.d", "", 0, 0755)->dir = true;
	fake_put(&k, "/etc/udev/rules.d", "", 0, 0755)->dir = true;
	k.fail_sys = EIO;
	for (n = 1;; n++) {
		FACTS f = { 0 };
		struct ri_err e = { 0 };
		int rc;

		k.calls = 0;
		k.fail_at = n;
		rc = ri_inspect(&k.w.g, true, &f, &e);
		if (k.calls < n) {
			check_ok("no failure", rc, &e);
			break;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_int_equal(e.sys, EIO);
		assert_non_null(strstr(e.msg, "fake "));
		assert_null(f.mounts); /* nothing is told by halves */
	}
	assert_in_range(n, 40, 150);
}

/* What stands where a text is wanted, and may not. */
static void test_refused_files(void **state)
{
	static const struct {
		const char *path;
		bool dir, link;
		struct ri_span bytes;
		const char *msg;
	} rows[] = {
		{ RI_PATH_CFG, true, false, BYTES(""), RI_PATH_CFG " in the guest is not a file" },
		{ RI_PATH_DEFAULT, false, true, BYTES("/etc"),
		    RI_PATH_DEFAULT " in the guest is not a file" },
		{ "/etc/os-release", false, false, BYTES("ID=a\0b\n"), "a NUL byte in os-release" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		struct fake_file *file;
		struct ri_err e = { 0 };

		small_fresh(&k);
		file = fake_put(&k, rows[i].path, rows[i].bytes.p, rows[i].bytes.n, 0644);
		file->dir = rows[i].dir;
		file->link = rows[i].link;
		check_err(rows[i].path, ri_inspect(&k.w.g, true, &f, &e), &e, RI_E_GUEST,
		    rows[i].msg);
	}
}

static int circle(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	if (strcmp(path, "/lib/modules") == 0)
		return fake_resolve(g, path, out, e);
	g->ask_appliance = true; /* as the direct reader has it of every error */
	return ri_fail(e, RI_E_IO, ELOOP, "%s", path);
}

/* There is no doubt of a link in a circle: the appliance need not be asked. */
static void test_a_circle(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	small_ops.resolve = circle;
	put_link(&k, RI_PATH_DEFAULT, RI_PATH_DEFAULT);
	check_err("a circle", ri_inspect(&k.w.g, true, &f, &e), &e, RI_E_GUEST,
	    RI_PATH_DEFAULT " in the guest is a symbolic link that leads round in a circle");
	assert_false(k.w.g.ask_appliance);
}

static void test_a_long_fstab(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	RI_BUF fstab = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	for (int i = 0; i < 1001; i++)
		ri_buf_add_str(&fstab, "LABEL=x /x ext4 noauto 0 0\n");
	small_text(&k, RI_PATH_FSTAB, fstab.p);
	check_err("fstab", ri_inspect(&k.w.g, true, &f, &e), &e, RI_E_BUDGET,
	    "/etc/fstab: more than 1000 entries, which is the most; line 1001 is one too many");
}

/* What is on the disk instead of one Linux. */
static void test_refused_disks(void **state)
{
	static char sda[] = "/dev/sda", sda1[] = "/dev/sda1", sda2[] = "/dev/sda2";
	static char none[] = "", luks[] = "crypto_LUKS", swap[] = "swap", ext4[] = "ext4",
		    btrfs[] = "btrfs", ntfs[] = "ntfs", ufs[] = "ufs";
	static const struct ri_guest_fs nothing[] = { { NULL, NULL } },
					bare[] = { { sda, none }, { NULL, NULL } },
					locked[] = { { sda1, swap }, { sda2, luks },
						{ NULL, NULL } },
					subvolume[] = { { sda1, swap }, { sda2, btrfs },
						{ NULL, NULL } },
					bsd[] = { { sda1, ntfs }, { sda2, ufs }, { NULL, NULL } },
					some[] = { { sda1, swap }, { sda2, none }, { NULL, NULL } },
					good[] = { { sda1, ext4 }, { sda2, ext4 }, { NULL, NULL } };
	static const char *const no_root[] = { NULL }, *const two[] = { sda1, sda2, NULL };
	static const struct {
		const struct ri_guest_fs *fs;
		const char *const *roots;
		const char *describes, *msg;
	} rows[] = {
		{ nothing, no_root, NULL,
		    "no partition and no file system on the disk; is it the VM's system disk?" },
		{ bare, no_root, "not asked",
		    "no partition and no file system on the disk; is it the VM's system disk?" },
		{ bsd, no_root, "not asked",
		    "it is a BSD (UFS on /dev/sda2); ramimg builds Linux guests" },
		{ some, no_root, NULL,
		    "no operating system on the disk (found: /dev/sda1 swap, /dev/sda2 unknown); is it the "
		    "VM's system disk, and undamaged?" },
		{ locked, no_root, NULL,
		    "the root is encrypted (LUKS on /dev/sda2); ramimg cannot open it, and would leave a "
		    "readable copy of it" },
		{ good, two, NULL,
		    "several operating systems on the disk (Debian GNU/Linux 12 (bookworm) on /dev/sda1, "
		    "Debian GNU/Linux 12 (bookworm) on /dev/sda2): it is not clear which to load; leave one "
		    "on it" },
		{ some, no_root, "MS-DOS (dos) on /dev/sda2",
		    "the guest is MS-DOS (dos) on /dev/sda2; ramimg builds Linux guests" },
		{ subvolume, no_root, NULL,
		    "no operating system on the disk (found: /dev/sda1 swap, /dev/sda2 btrfs); is it the VM's "
		    "system disk, and undamaged?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		struct ri_err e = { 0 };

		small_fresh(&k);
		small.fs = rows[i].fs;
		small.roots = rows[i].roots;
		small.describes = rows[i].describes;
		check_err(rows[i].msg, ri_inspect(&k.w.g, true, &f, &e), &e, RI_E_UNSUPPORTED,
		    rows[i].msg);
	}
}

/* A btrfs, of one subvolume here; which of several is the root, test_find_subvol.c has. */
static void test_btrfs(void **state)
{
	static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", type[] = "btrfs", ext4[] = "ext4";
	static const struct ri_guest_fs one[] = { { sda1, type }, { NULL, NULL } },
					two[] = { { sda1, type }, { sda2, ext4 }, { NULL, NULL } };
	static const char *const both[] = { sda1, sda2, NULL };
	GUEST k = { 0 };
	FACTS f = { 0 }, g = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	small.fs = one;
	check_ok("btrfs", ri_inspect(&k.w.g, true, &f, &e), &e);
	assert_int_equal(f.mounts[0].subvol.id, RI_SUBVOL_TOP);
	assert_string_equal(f.mounts[0].subvol.path, "");
	small.fails = "/";
	check_err("damaged", ri_inspect(&k.w.g, true, &g, &e), &e, RI_E_UNSUPPORTED,
	    "the file system on /dev/sda1 (btrfs) cannot be mounted; run btrfs check --readonly on it from a "
	    "rescue system first: /dev/sda1 cannot be mounted");
	small.fails = NULL;
	small.pool = true;
	check_err("a pool", ri_inspect(&k.w.g, true, &g, &e), &e, RI_E_UNSUPPORTED,
	    "looking for the root: /dev/sda1 is on several devices");
	small.pool = false;
	small.fs = two;
	small.roots = both;
	check_err("two", ri_inspect(&k.w.g, true, &g, &e), &e, RI_E_UNSUPPORTED,
	    "several operating systems on the disk (Debian GNU/Linux 12 (bookworm) on /dev/sda1 (/), "
	    "Debian GNU/Linux 12 (bookworm) on /dev/sda2): it is not clear which to load; leave one on it");
}

/* The damage is named, and what checks it. */
static void test_a_root_that_cannot_be_mounted(void **state)
{
	static char sda1[] = "/dev/sda1", xfs[] = "xfs";
	static const struct ri_guest_fs one[] = { { sda1, xfs }, { NULL, NULL } };
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	small.fs = one;
	small.fails = "/";
	check_err("xfs", ri_inspect(&k.w.g, true, &f, &e), &e, RI_E_UNSUPPORTED,
	    "the file system on /dev/sda1 (xfs) cannot be mounted; run xfs_repair on it from a rescue system "
	    "first: /dev/sda1 cannot be mounted");
}

static int unclean(struct ri_guest *g, const char *device, enum ri_unclean *out, struct ri_err *e)
{
	*out = strcmp(device, "/dev/sda1") == 0   ? RI_UNCLEAN_STOPPED
	       : strcmp(device, "/dev/sda4") == 0 ? RI_UNCLEAN_NOT
						  : RI_UNCLEAN_ERROR;
	return fake_step(g, e, "unclean");
}

/* An error is a fact, of every ext there is; what comes of it is the plan's to say. A journal to replay is none. */
static void test_unclean(void **state)
{
	static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", sda3[] = "/dev/sda3",
		    sda4[] = "/dev/sda4", sda5[] = "/dev/sda5", ext4[] = "ext4", ext2[] = "ext2",
		    swap[] = "swap";
	static const struct ri_guest_fs five[] = { { sda1, ext4 }, { sda2, swap }, { sda3, ext2 },
		{ sda4, ext4 }, { sda5, ext4 }, { NULL, NULL } };
	static const char *const root[] = { sda1, NULL };
	GUEST k = { 0 };
	FACTS f = { 0 };
	FACTS none = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	small.fs = five;
	small.roots = root;
	small_ops.unclean = unclean;
	check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
	check_span("unclean", ri_buf_span(&f.unclean),
	    ri_str("/dev/sda3 (ext2), /dev/sda5 (ext4)"));
	k.calls = 0;
	k.fail_at = 2;
	k.fail_sys = EIO;
	assert_int_equal(ri_inspect(&k.w.g, true, &none, &e), -1);
	assert_string_equal(e.msg, "fake unclean: Input/output error");
}

static void test_too_many(void **state)
{
	static const struct {
		const char *full, *msg;
	} rows[] = {
		{ "/boot", "/boot has 10001 entries, and may have 10000 at most" },
		{ "/lib/modules", "/lib/modules has 10001 entries, and may have 10000 at most" },
		{ RI_PATH_DEFAULT_DIR "/*.cfg",
		    RI_PATH_DEFAULT_DIR " has 10001 files *.cfg, and may have 100 at most" },
		{ RI_PATH_BLS_DIR "/*.conf",
		    RI_PATH_BLS_DIR " has 10001 files *.conf, and may have 100 at most" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		struct ri_err e = { 0 };

		small_fresh(&k);
		fake_put(&k, RI_PATH_BLS_DIR, "", 0, 0755)->dir = true;
		small.full = rows[i].full;
		check_err(rows[i].full, ri_inspect(&k.w.g, true, &f, &e), &e, RI_E_BUDGET,
		    rows[i].msg);
	}
}

/* What a guest may lack, and what an earlier build left. */
static void test_less_and_more(void **state)
{
	static const char *const gone[] = { "/etc/os-release", "/boot", "/lib/modules",
		"/usr/share/initramfs-tools/scripts/local", RI_PATH_DEFAULT_DIR, RI_PATH_CFG };
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		fake_forget(&k, gone[i]);
	small_text(&k, "/usr/lib/os-release", "ID=other\nNAME=Other\nPRETTY_NAME=Other\n");
	put_link(&k, RI_PATH_CUSTOM, "/nowhere");
	small_text(&k, RI_PATH_FSTAB_COPY, FX_FSTAB);
	small_text(&k, RI_PATH_STATE_DIR_OURS, "");
	small_text(&k, RI_PATH_STATE_GRUBENV_OURS, "");
	check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
	assert_string_equal(f.os.id, "other");
	assert_string_equal(f.initramfs, "");
	assert_int_equal(f.boot_files_n, 0);
	assert_int_equal(f.modules.n, 0);
	assert_int_equal(f.defaults_n, 1);
	assert_false(f.grub || f.defaults_dir || f.now[RI_TEXT_CUSTOM].present);
	assert_true(f.built && f.defaults_dir_ours && f.grubenv_ours);
}

/* A menu of entry files, where GRUB's directory has its other name; and one that is not read. */
static void put_entries(struct fake_guest *k, const char *cfg)
{
	small_fresh(k);
	fake_forget(k, RI_PATH_CFG);
	small_text(k, RI_PATH_CFG2, cfg);
	small_text(k, RI_PATH_GRUBENV2, "here");
	small_text(k, RI_PATH_SELINUX, "SELINUX=permissive\n");
	fake_put(k, RI_PATH_BLS_DIR, "", 0, 0755)->dir = true;
	small_text(k, FX_BLS_STOCK, FX_BLS_ENTRY(FX_FEDORA));
	small_text(k, FX_BLS_OURS, "title ours\n");
}

static void test_entry_files(void **state)
{
	GUEST k = { 0 };
	GUEST other = { 0 };
	FACTS f = { 0 };
	FACTS unread = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	put_entries(&k, FX_BLS_CFG);
	small_text(&k, RI_PATH_STATE_SAVED, "before\n");
	check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
	assert_true(f.grub && f.grub2 && f.bls && f.built);
	assert_string_equal(f.now[RI_TEXT_CFG].path, RI_PATH_CFG2);
	check_span("grubenv", ri_buf_span(&f.grubenv.bytes), ri_str("here"));
	check_span("SELinux", ri_buf_span(&f.selinux.bytes), ri_str("SELINUX=permissive\n"));
	check_span("default", ri_buf_span(&f.saved_entry.bytes), ri_str("before\n"));
	assert_int_equal(f.entries_n, 2);
	assert_string_equal(f.entries[1].path, FX_BLS_OURS);
	assert_string_equal(f.entries[0].path, FX_BLS_STOCK);
	put_entries(&other, "insmod blscfg\n");
	fake_forget(&other, FX_BLS_OURS);
	check_ok("inspect", ri_inspect(&other.w.g, true, &unread, &e), &e);
	assert_true(unread.grub2 && !unread.bls && !unread.built && unread.entries_n == 1);
}

/* cloud-init is told what a root in RAM is, unless somebody has written a file of that name. */
static void test_cloud_init(void **state)
{
	static const struct {
		const char *config, *dir, *ours;
		bool want;
	} rows[] = {
		{ RI_PATH_CLOUD, RI_PATH_CLOUD_DIR, NULL, true },
		{ NULL, RI_PATH_CLOUD_DIR, NULL, false },
		{ RI_PATH_CLOUD, NULL, NULL, false },
		{ RI_PATH_CLOUD, RI_PATH_CLOUD_DIR, RI_PATH_CLOUD_OURS, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		struct ri_err e = { 0 };

		small_fresh(&k);
		if (rows[i].config)
			small_text(&k, rows[i].config, "users: [default]\n");
		if (rows[i].dir)
			fake_put(&k, rows[i].dir, "", 0, 0755)->dir = true;
		if (rows[i].ours)
			small_text(&k, rows[i].ours, "");
		check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
		assert_int_equal(f.cloud_init, rows[i].want);
	}
}

/* The archive's own service of that name takes the place of dracut's, and not of an administrator's. */
static void test_dracut_shutdown(void **state)
{
	static const char unit[] = "/usr/lib/systemd/system/dracut-shutdown.service";
	static const struct {
		const char *unit, *dir, *ours;
		bool want, link;
	} rows[] = {
		{ unit, RI_PATH_UNITS, NULL, true, false },
		{ unit, RI_PATH_UNITS, NULL, true, true },
		{ unit + 4 /* "/usr" */, RI_PATH_UNITS, NULL, true, false },
		{ NULL, RI_PATH_UNITS, NULL, false, false },
		{ unit, NULL, NULL, false, false },
		{ unit, RI_PATH_UNITS, RI_PATH_DRACUT_SHUTDOWN_OURS, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		struct ri_err e = { 0 };

		small_fresh(&k);
		if (rows[i].unit)
			small_text(&k, rows[i].unit, "[Unit]\n");
		if (rows[i].link)
			fake_put(&k, rows[i].unit, "../../dracut/unit", 17, 0777)->link = true;
		if (rows[i].dir)
			fake_put(&k, rows[i].dir, "", 0, 0755)->dir = true;
		if (rows[i].ours)
			small_text(&k, rows[i].ours, "");
		check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
		assert_int_equal(f.dracut_shutdown, rows[i].want);
	}
}

/* Where engines of containers have their stores, and whether they mount overlays there. */
static void test_stores(void **state)
{
	GUEST k = { 0 }, other = { 0 };
	FACTS f = { 0 }, g = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	fake_put(&k, "/var/lib/docker", "", 0, 0710)->dir = true;
	fake_put(&k, "/var/lib/docker/overlay2", "", 0, 0710)->dir = true;
	fake_put(&k, "/var/lib/docker/overlay2/l", "", 0, 0710)->dir = true;
	put_link(&k, "/var/lib/containers/storage", "/nowhere");
	fake_put(&k, "/var/lib/containerd", "", 0, 0700)->dir = true;
	fake_put(&k, "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots", "", 0,
	    0700)
	    ->dir = true;
	check_ok("inspect", ri_inspect(&k.w.g, true, &f, &e), &e);
	assert_string_equal(f.stores[0].dir, "/var/lib/docker");
	assert_true(f.stores[0].layers);
	assert_null(f.stores[1].dir);
	assert_string_equal(f.stores[2].dir, "/var/lib/containerd");
	assert_false(f.stores[2].layers);

	small_fresh(&other);
	put_link(&other, "/var/lib/docker", "/srv/docker");
	fake_put(&other, "/srv/docker", "", 0, 0710)->dir = true;
	fake_put(&other, "/srv/docker/overlay2", "", 0, 0710)->dir = true;
	fake_put(&other, "/srv/docker/overlay2/l", "", 0, 0710)->dir = true;
	small_text(&other, "/var/lib/containerd", "a file\n");
	check_ok("inspect", ri_inspect(&other.w.g, true, &g, &e), &e);
	assert_string_equal(g.stores[0].dir, "/srv/docker");
	assert_true(g.stores[0].layers);
	assert_null(g.stores[2].dir);
}

/* The nth call fails, for every n, on such a guest as well. */
static void test_a_failure_at_every_call_of_it(void **state)
{
	GUEST k = { 0 };

	(void)state;
	put_entries(&k, FX_BLS_CFG);
	k.fail_sys = EIO;
	for (size_t n = 1;; n++) {
		FACTS f = { 0 };
		struct ri_err e = { 0 };
		int rc;

		k.calls = 0;
		k.fail_at = n;
		rc = ri_inspect(&k.w.g, true, &f, &e);
		if (k.calls < n)
			break;
		assert_int_equal(rc, -1);
		assert_int_equal(e.sys, EIO);
	}
}

/* A second file system: by its UUID or PARTUUID in the fstab, and whether it has to be there. */
static void test_a_second_file_system(void **state)
{
	static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", ext4[] = "ext4";
	static const struct ri_guest_fs both[] = { { sda1, ext4 }, { sda2, ext4 }, { NULL, NULL } };
	static const struct {
		const char *line, *fails;
		size_t mounts;
		const char *boot, *msg;
	} rows[] = {
		{ "UUID=2 /boot ext4 defaults 0 2", NULL, 2, "/boot", NULL },
		{ "UUID=2 /srv ext4 defaults 0 2", NULL, 2, "/", NULL },
		{ "PARTUUID=abc /srv ext4 defaults 0 2", NULL, 2, "/", NULL },
		{ "PARTUUID=abd /srv ext4 defaults 0 2", NULL, 1, "/", NULL },
		{ "UUID=2 /srv ext4 nofail 0 2", "/srv", 1, "/", NULL },
		{ "UUID=2 /srv ext4 defaults 0 2", "/srv", 0, NULL,
		    "mounting /srv: /dev/sda2 cannot be mounted" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		RI_BUF fstab = { 0 };
		struct ri_err e = { 0 };
		int rc;

		small_fresh(&k);
		small.fs = both;
		small.tags = strncmp(rows[i].line, "UUID", 4) == 0 ? "UUID=2" : "PARTUUID=abc";
		small.fails = rows[i].fails;
		ri_buf_addf(&fstab, FX_FSTAB "%s\n", rows[i].line);
		small_text(&k, RI_PATH_FSTAB, fstab.p);
		rc = ri_inspect(&k.w.g, true, &f, &e);
		if (rows[i].msg) {
			check_err(rows[i].line, rc, &e, RI_E_IO, rows[i].msg);
			continue;
		}
		check_ok(rows[i].line, rc, &e);
		assert_int_equal(f.mounts_n, rows[i].mounts);
		assert_string_equal(f.boot->mountpoint, rows[i].boot);
	}
}

/* The file system of a path is the longest mount point that is a directory above it. */
static void test_mount_of(void **state)
{
	static char root[] = "/", var[] = "/var", lib[] = "/var/lib";
	struct ri_mount mounts[] = { { .mountpoint = root }, { .mountpoint = lib },
		{ .mountpoint = var } };
	const struct ri_facts f = { .mounts = mounts, .mounts_n = 3 };

	(void)state;
	assert_ptr_equal(ri_guest_mount_of(&f, "/variable"), &mounts[0]);
	assert_ptr_equal(ri_guest_mount_of(&f, "/etc/var"), &mounts[0]);
	assert_ptr_equal(ri_guest_mount_of(&f, "/var/x"), &mounts[2]);
	assert_ptr_equal(ri_guest_mount_of(&f, "/var/lib/x"), &mounts[1]);
	assert_ptr_equal(ri_guest_mount_of(&f, "/var/library"), &mounts[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_a_failure_at_every_call),
		cmocka_unit_test(test_refused_files),
		cmocka_unit_test(test_a_circle),
		cmocka_unit_test(test_entry_files),
		cmocka_unit_test(test_cloud_init),
		cmocka_unit_test(test_dracut_shutdown),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_a_failure_at_every_call_of_it),
		cmocka_unit_test(test_a_long_fstab),
		cmocka_unit_test(test_refused_disks),
		cmocka_unit_test(test_btrfs),
		cmocka_unit_test(test_a_root_that_cannot_be_mounted),
		cmocka_unit_test(test_unclean),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_less_and_more),
		cmocka_unit_test(test_a_second_file_system),
		cmocka_unit_test(test_mount_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
