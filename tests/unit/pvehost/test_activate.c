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
	    RI_E_IO, want.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_there_and_back),
		HOST_TEST(test_each_program_fails),
		HOST_TEST(test_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
