// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Volumes that have to be asked for: what is run, what is taken back, and each program failing. */
#include "unit/fake_host.h"

#include "pveconf/volid_path.h"
#include "pvehost/activate.h"

static const struct row {
	const char *cfg, *storage, *volname;
	const char *on, *off;
	size_t optional; /* the call that may fail, as another is made then; 0 */
} rows[] = {
	{ "lvm: san\n\tvgname san\n", "san", "vm-105-disk-1",
	    "lvchange -aey san/vm-105-disk-1\nlvchange --refresh san/vm-105-disk-1\n",
	    "lvchange -aln san/vm-105-disk-1\n", 0 },
	{ "lvm: san\n\tvgname san\n", "san", "vm-105-disk-1.qcow2",
	    "lvchange -aey --select vg_name = \"san\" && lv_name =~ "
	    "\"^(vm-105-disk-1|snap_vm-105-disk-1_.+)\\.qcow2$\"\n",
	    "lvchange -aln --select vg_name = \"san\" && lv_name =~ "
	    "\"^(vm-105-disk-1|snap_vm-105-disk-1_.+)\\.qcow2$\"\n",
	    0 },
	{ "lvm: far\n\tvgname san\n\tbase lun:0.0.0.scsi-1\n", "far", "vm-105-disk-1",
	    "pvesm status --storage lun\nlvchange -aey san/vm-105-disk-1\n"
	    "lvchange --refresh san/vm-105-disk-1\n",
	    "lvchange -aln san/vm-105-disk-1\n", 0 },
	{ "lvmthin: thin\n\tvgname pve\n\tthinpool data\n", "thin", "vm-105-disk-1",
	    "lvchange -ay -K pve/vm-105-disk-1\n", "lvchange -an pve/vm-105-disk-1\n", 0 },
	{ "zfspool: zfs1\n\tpool tank/vms\n", "zfs1", "vm-105-disk-1",
	    "zpool list -H -o name tank\nzfs list -H -o name tank/vms/vm-105-disk-1\n"
	    "udevadm wait --timeout=10 /dev/zvol/tank/vms/vm-105-disk-1\n",
	    "", 1 },
	{ "nfs: n1\n\tserver s\n\texport /e\n", "n1", "105/vm-105-disk-1.raw",
	    "pvesm status --storage n1\n", "", 0 },
	{ "cifs: c1\n\tserver s\n\tshare e\n", "c1", "105/vm-105-disk-1.raw",
	    "pvesm status --storage c1\n", "", 0 },
	{ "btrfs: b1\n\tpath /b\n\tis_mountpoint /mounted\n", "b1", "105/vm-105-disk-1.raw",
	    "pvesm status --storage b1\n", "", 0 },
	{ "rbd: far\n\tmonhost 10.0.0.1;10.0.0.2 [::1]\n\tpool vms\n\tnamespace ns\n\tusername u\n",
	    "far", "vm-105-disk-1",
	    "rbd -p vms --namespace ns -c /etc/pve/priv/ceph/far.conf -m 10.0.0.1,10.0.0.2,[::1] "
	    "--auth_supported cephx -n client.u --keyring /etc/pve/priv/ceph/far.keyring map "
	    "vm-105-disk-1\n",
	    "rbd -p vms --namespace ns -c /etc/pve/priv/ceph/far.conf -m 10.0.0.1,10.0.0.2,[::1] "
	    "--auth_supported cephx -n client.u --keyring /etc/pve/priv/ceph/far.keyring unmap "
	    "/there\n",
	    0 },
	{ "rbd: open\n\tmonhost 10.0.0.1\n", "open", "vm-105-disk-1",
	    "rbd -p rbd -m 10.0.0.1 --auth_supported none -n client.admin map vm-105-disk-1\n",
	    "rbd -p rbd -m 10.0.0.1 --auth_supported none -n client.admin unmap /there\n", 0 },
	{ "rbd: near\n", "near", "vm-105-disk-1", "rbd -p rbd -n client.admin map vm-105-disk-1\n",
	    "rbd -p rbd -n client.admin unmap /there\n", 0 },
};

/* Every program makes the volume be there, and says where. */
static char *begin(const struct row *r, struct ri_volname *v)
{
	static const char *const programs[] = { "lvchange", "zpool", "zfs", "udevadm", "pvesm",
		"rbd" };
	const struct ri_storage *s;
	struct ri_err e = { 0 };
	struct ri_buf path = { 0 };
	RI_BUF script = { 0 };

	host_open(r->cfg);
	host_put("etc/pve/priv/ceph/far.conf", "");
	host_put("etc/pve/priv/ceph/far.keyring", "");
	unlink(tmp_path("mounted"));
	assert_int_equal(symlink("/proc", tmp_path("mounted")), 0);
	s = ri_storages_find(&host.storages, r->storage);
	check_ok(r->storage, ri_volname_parse(s, r->volname, v, &e), &e);
	ri_buf_add_str(&path, tmpdir);
	check_ok(r->storage, ri_volname_path(s, v, &path, &e), &e);
	unlink(path.p);
	ri_buf_addf(&script, "mkdir -p %.*s; : > %s; : > %s/there; echo %s/there",
	    (int)(strrchr(path.p, '/') - path.p), path.p, path.p, tmpdir, tmpdir);
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		host_program(programs[i], script.p);
	return path.p;
}

static void check_calls(const struct row *r, const char *on, const char *off)
{
	struct ri_buf got = host_calls();
	RI_BUF want = { 0 };

	ri_buf_addf(&want, "%s%s", on, off);
	check_span(r->storage, ri_buf_span(&got), ri_buf_span(&want));
	ri_buf_free(&got);
}

static void test_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
		RI_FREE char *path = begin(r, &v);
		const struct ri_storage *s = ri_storages_find(&host.storages, r->storage);
		struct ri_active a = { 0 };
		struct ri_err e = { 0 };

		host_calls_begin(0);
		check_ok(r->storage, ri_activate(tmpdir, s, &v, path, &a, &e), &e);
		check_calls(r, r->on, "");
		ri_deactivate(&a);
		check_calls(r, r->on, r->off);
		assert_null(a.device);
		/* What was there before is left there. */
		spit(path, LIT(""));
		host_calls_begin(0);
		check_ok(r->storage, ri_activate(tmpdir, s, &v, path, &a, &e), &e);
		ri_deactivate(&a);
		check_calls(r, "", "");
	}
	check_log("");
}

static size_t lines(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

/* Whatever fails, what was made active by then is not left so. */
static void test_each_program_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *r = &rows[i];
		const size_t calls = lines(r->on);

		for (size_t nth = 1; nth <= calls; nth++) {
			RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
			RI_FREE char *path = begin(r, &v);
			struct ri_active a = { 0 };
			struct ri_err e = { 0 };
			struct ri_buf got;
			int rc;

			host_calls_begin(nth);
			rc = ri_activate(tmpdir, ri_storages_find(&host.storages, r->storage), &v,
			    path, &a, &e);
			got = host_calls();
			if (nth == r->optional) {
				check_ok(r->storage, rc, &e);
				assert_non_null(strstr(got.p, "zpool import -d /dev/disk/by-id/"));
				ri_deactivate(&a);
			} else {
				assert_int_equal(rc, -1);
				assert_non_null(strstr(e.msg, "failed with status 1: broken"));
				assert_true(strncmp(e.msg, "activating ", 11) == 0);
				assert_null(a.device);
				assert_int_equal(a.off.n, 0);
				/* lvchange --refresh comes after -aey. */
				assert_true((strstr(got.p, "-aln") != NULL) ==
					    (strstr(got.p, "--refresh") != NULL));
			}
			ri_buf_free(&got);
		}
	}
}

/* A pool that cannot be imported either, and a group whose LUN has no name. */
static void test_what_cannot_be(void **state)
{
	static const struct {
		struct row row;
		const char *said;
	} cases[] = {
		{ { "zfspool: zfs1\n\tpool tank/vms\n", "zfs1", "vm-105-disk-1",
		      "zpool list -H -o name tank\nzpool import -d /dev/disk/by-id/ -o cachefile=none "
		      "tank\n",
		      "", 0 },
		    "activating zfs1:vm-105-disk-1: zpool failed with status 1: no" },
		{ { "lvm: far\n\tvgname san\n\tbase lun\n", "far", "vm-105-disk-1", "", "", 0 },
		    "activating far:vm-105-disk-1: 'lun' is not a volume id (STORAGE:VOLUME)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
		RI_FREE char *path = begin(&cases[i].row, &v);
		struct ri_active a = { 0 };
		struct ri_err e = { 0 };

		host_program("zpool", "echo no >&2; exit 1");
		host_calls_begin(0);
		assert_int_equal(ri_activate(tmpdir,
				     ri_storages_find(&host.storages, cases[i].row.storage), &v,
				     path, &a, &e),
		    -1);
		assert_string_equal(e.msg, cases[i].said);
		check_calls(&cases[i].row, cases[i].row.on, "");
	}
}

/* What rbd says is taken for a device only if it is one; the image is unmapped by its name then. */
static void test_no_device(void **state)
{
	static const struct row row = { "rbd: near\n", "near", "vm-105-disk-1",
		"rbd -p rbd -n client.admin map vm-105-disk-1\n",
		"rbd -p rbd -n client.admin unmap vm-105-disk-1\n", 0 };
	static const char *const answers[] = { ":", "echo rbd0", "printf '/a\\n/b\\n'" };

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
		RI_FREE char *path = begin(&row, &v);
		struct ri_active a = { 0 };
		struct ri_err e = { 0 };

		host_program("rbd", answers[i]);
		host_calls_begin(0);
		check_err(answers[i],
		    ri_activate(tmpdir, ri_storages_find(&host.storages, "near"), &v, path, &a, &e),
		    &e, RI_E_IO, "activating near:vm-105-disk-1: rbd map printed no device");
		check_calls(&row, row.on, row.off);
	}
	check_log("");
}

static void test_it_stays_active(void **state)
{
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	RI_FREE char *path = begin(&rows[0], &v);
	struct ri_active a = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_calls_begin(3);
	check_ok("on",
	    ri_activate(tmpdir, ri_storages_find(&host.storages, "san"), &v, path, &a, &e), &e);
	check_log("");
	ri_deactivate(&a);
	check_log("the volume stays active: lvchange failed with status 1: broken\n");
}

/* What lies below the directory that nothing is mounted at is not the storage's. */
static void test_not_mounted(void **state)
{
	static const struct row row = { "dir: d1\n\tpath /d\n\tis_mountpoint /mounted\n", "d1",
		"105/vm-105-disk-1.raw", "", "", 0 };
	static const struct {
		const char *to, *said;
	} cases[] = {
		{ "/proc", NULL },
		{ "/proc/self",
		    "the storage 'd1': nothing is mounted at %s/mounted (is_mountpoint in "
		    "storage.cfg)" },
		{ "/proc/none", "the storage 'd1': %s/mounted: No such file or directory" },
	};
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	RI_FREE char *path = begin(&row, &v);

	(void)state;
	host_put("d/images/105/vm-105-disk-1.raw", "");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_active a = { 0 };
		struct ri_err e = { 0 };
		int rc;

		assert_int_equal(unlink(tmp_path("mounted")), 0);
		assert_int_equal(symlink(cases[i].to, tmp_path("mounted")), 0);
		rc = ri_activate(tmpdir, ri_storages_find(&host.storages, "d1"), &v, path, &a, &e);
		if (cases[i].said)
			check_err(cases[i].to, rc, &e, RI_E_IO, rooted(cases[i].said));
		else
			check_ok(cases[i].to, rc, &e);
	}
}

static void test_what_is_not_there(void **state)
{
	static const struct row row = { "nfs: n1\n\tserver s\n\texport /e\n", "n1",
		"105/vm-105-disk-1.raw", "", "", 0 };
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	RI_FREE char *path = begin(&row, &v);
	struct ri_active a = { 0 };
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };

	(void)state;
	host_program("pvesm", "exit 0");
	host_calls_begin(0);
	ri_buf_addf(&want,
	    "n1:vm-105-disk-1.raw does not exist: there is no %s (pvesm list n1 shows what there is)",
	    path);
	check_err("n1",
	    ri_activate(tmpdir, ri_storages_find(&host.storages, "n1"), &v, path, &a, &e), &e,
	    RI_E_MISSING, want.p);
}

/* What a program says of a volume that is not there, and of one that it cannot make available. */
static void test_what_its_program_does_not_know(void **state)
{
	static const struct {
		const char *conf, *storage, *program, *says;
		enum ri_code code;
	} cases[] = {
		{ "lvm: st\n\tvgname g\n", "st", "lvchange",
		    "Failed to find logical volume \"g/vm-105-disk-1\"", RI_E_MISSING },
		{ "lvmthin: st\n\tvgname g\n\tthinpool p\n", "st", "lvchange",
		    "Failed to find logical volume \"g/vm-105-disk-1\"", RI_E_MISSING },
		{ "lvm: st\n\tvgname g\n", "st", "lvchange", "Cannot process volume group g",
		    RI_E_IO },
		{ "zfspool: st\n\tpool g\n", "st", "zfs",
		    "cannot open 'g/vm-105-disk-1': dataset does not exist", RI_E_MISSING },
		{ "rbd: st\n\tpool g\n", "st", "rbd",
		    "rbd: map failed: (2) No such file or directory", RI_E_MISSING },
		{ "rbd: st\n\tpool g\n", "st", "rbd",
		    "rbd: map failed: (1) Operation not permitted", RI_E_IO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct row row = { cases[i].conf, cases[i].storage, "vm-105-disk-1", "", "",
			0 };
		RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
		RI_FREE char *path = begin(&row, &v);
		RI_BUF script = { 0 };
		RI_BUF want = { 0 };
		struct ri_active a = { 0 };
		struct ri_err e = { 0 };

		ri_buf_addf(&script, "cat >&2 <<'.'\n%s\n.\nexit 5", cases[i].says);
		ri_buf_addf(&want, "activating st:vm-105-disk-1: %s failed with status 5: %s",
		    cases[i].program, cases[i].says);
		assert_true(script.p && want.p);
		host_program("zpool", "exit 0");
		host_program(cases[i].program, script.p);
		host_calls_begin(0);
		check_err(cases[i].says,
		    ri_activate(tmpdir, ri_storages_find(&host.storages, "st"), &v, path, &a, &e),
		    &e, cases[i].code, want.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_there_and_back),
		HOST_TEST(test_each_program_fails),
		HOST_TEST(test_what_cannot_be),
		HOST_TEST(test_no_device),
		HOST_TEST(test_it_stays_active),
		HOST_TEST(test_not_mounted),
		HOST_TEST(test_what_is_not_there),
		HOST_TEST(test_what_its_program_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
