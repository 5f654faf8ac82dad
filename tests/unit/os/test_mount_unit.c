// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/mount_unit.h"

static void test_read(void **state)
{
	struct ri_fstab_entry u;

	(void)state;
	ri_mount_unit_read(
	    LIT("[Unit]\nWhat=no\n\n[Mount]\n# What=no\n;What=no\n What = /dev/sda2 \n"
		"Where=/data\nType=ext4\nOptions=noatime,_netdev\n[Install]\nWhat=no\n"),
	    &u);
	check_span("what", u.spec, ri_str("/dev/sda2"));
	check_span("where", u.file, ri_str("/data"));
	check_span("type", u.type, ri_str("ext4"));
	check_span("options", u.opts, ri_str("noatime,_netdev"));
	/* A drop-in is behind it, and the last counts. */
	ri_mount_unit_read(LIT("[Mount]\nWhat=a\nWhere=/b\n[Mount]\nWhat=LABEL=c"), &u);
	check_span("what", u.spec, ri_str("LABEL=c"));
	check_span("where", u.file, ri_str("/b"));
	ri_mount_unit_read(LIT("What=a\n[Automount]\nWhere=/b\n"), &u);
	assert_int_equal(u.spec.n + u.file.n + u.type.n + u.opts.n, 0);
}

static void test_point(void **state)
{
	static const char *const rows[][2] = { { "data", "/data" }, { "var-lib-x", "/var/lib/x" },
		{ "a\\x2db-c", "/a-b/c" }, { "a\\x2", "/a\\x2" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF point = { 0 };

		ri_mount_unit_point(ri_str(rows[i][0]), &point);
		check_span(rows[i][0], ri_buf_span(&point), ri_str(rows[i][1]));
	}
}

static void test_check(void **state)
{
	static const struct {
		const char *text, *msg;
	} rows[] = {
		{ "[Mount]\nWhat=UUID=9\nWhere=/a\n", NULL },
		{ "[Mount]\nWhat=tmpfs\nWhere=/a\nType=tmpfs\n", NULL },
		{ "[Mount]\nWhat=nas:/x\nWhere=/a\nType=nfs\n", NULL },
		{ "[Mount]\nWhat=/srv/a\nWhere=/a\nOptions=bind\n", NULL },
		{ "[Mount]\nWhat=/dev/disk/by-uuid/2\nWhere=/data\n",
		    "/x/data.mount mounts /dev/disk/by-uuid/2, which is /dev/sda2 of this disk; only what "
		    "/etc/fstab mounts is packed: write the mount into it, and disable the unit (systemctl "
		    "disable)" },
		{ "[Mount]\nWhat=/dev/sdb1\nWhere=/data\n",
		    "/x/data.mount mounts /dev/sdb1: that name does not tell which disk it is on; write UUID=… "
		    "for it, as blkid tells it in the guest" },
	};
	RI_ON_EXIT(ri_ondisk_free) struct ri_ondisk disk = { 0 };
	struct ri_err none = { 0 };
	struct ri_ondisk_fs *fs = ri_ondisk_add(&disk, "/dev/sda2", "ext4", &none);

	(void)state;
	assert_non_null(fs);
	check_ok("name", ri_strv_add(&fs->names, "UUID=2", &none), &none);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_fstab_entry u;
		struct ri_err e = { 0 };
		int rc;

		ri_mount_unit_read(ri_str(rows[i].text), &u);
		rc = ri_mount_unit_check("/x/data.mount", &u, &disk, &e);
		if (rows[i].msg)
			check_err(rows[i].text, rc, &e, RI_E_GUEST, rows[i].msg);
		else
			check_ok(rows[i].text, rc, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_point),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
