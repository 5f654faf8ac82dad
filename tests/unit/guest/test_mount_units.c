// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which units of a small guest count, by a whole inspection. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"

#define DIR "/etc/systemd/system/"
#define MOUNT "[Mount]\nWhat=UUID=2\nWhere=/data\n"
#define REFUSED                                                                                    \
	" mounts UUID=2, which is /dev/sda2 of this disk; only what /etc/fstab mounts is packed: " \
	"write the mount into it, and disable the unit (systemctl disable)"

struct file {
	const char *path, *text;
};

static const struct {
	struct file files[4];
	const char *fstab, *msg; /* NULL: it is mounted as the fstab has it */
	size_t mounts;
} rows[] = {
	{ { { 0 } }, "UUID=2 /data ext4 noauto\n", NULL, 1 },
	{ { { DIR "data.mount", MOUNT } }, "", NULL, 1 }, /* not enabled */
	{ { { DIR "data.mount", MOUNT }, { DIR "x.target.wants/data.mount", "" } }, "",
	    DIR "data.mount" REFUSED, 0 },
	{ { { DIR "data.mount", MOUNT }, { DIR "x.service.requires/data.mount", "" } }, "",
	    DIR "data.mount" REFUSED, 0 },
	{ { { DIR "data.mount", MOUNT }, { DIR "x.target.wants/other.mount", "" } }, "", NULL, 1 },
	{ { { DIR "data.mount", "[Mount]\nWhat=UUID=9\nWhere=/data\n" },
	      { DIR "data.mount.d/10-disk.conf", "[Mount]\nWhat=UUID=2\n" },
	      { DIR "x.target.wants/data.mount", "" } },
	    "", DIR "data.mount" REFUSED, 0 },
	{ { { DIR "data.mount", "[Mount]\nWhat=UUID=9\nWhere=/data\n" },
	      { DIR "x.target.wants/data.mount", "" } },
	    "", NULL, 1 },
	/* By an automount: of a unit, or of a line */
	{ { { DIR "data.mount", MOUNT }, { DIR "data.automount", "[Automount]\nWhere=/data\n" },
	      { DIR "x.target.wants/data.automount", "" } },
	    "", DIR "data.mount" REFUSED, 0 },
	{ { { DIR "data.automount", "[Automount]\nWhere=/data\n" },
	      { DIR "x.target.wants/data.automount", "" } },
	    "UUID=2 /data ext4 noauto\n", NULL, 2 },
	{ { { DIR "srv-a\\x2db.automount", "[Automount]\nWhere=/srv/a-b\n" },
	      { DIR "x.target.wants/srv-a\\x2db.automount", "" } },
	    "UUID=2 /srv/a-b ext4 noauto\n", NULL, 2 },
	{ { { DIR "data.automount", "[Automount]\nWhere=/data\n" } }, "UUID=2 /data ext4 noauto\n",
	    NULL, 1 },
};

static void test_rows(void **state)
{
	static char sda1[] = "/dev/sda1", sda2[] = "/dev/sda2", ext4[] = "ext4";
	static const struct ri_guest_fs both[] = { { sda1, ext4 }, { sda2, ext4 }, { NULL, NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
		struct ri_err e = { 0 };
		RI_BUF fstab = { 0 };
		int rc;

		small_fresh(&k);
		small.fs = both;
		small.tags = "UUID=2";
		for (size_t n = 0; n < 4 && rows[i].files[n].path; n++)
			small_text(&k, rows[i].files[n].path, rows[i].files[n].text);
		ri_buf_addf(&fstab, FX_FSTAB "%s", rows[i].fstab);
		small_text(&k, RI_PATH_FSTAB, fstab.p);
		rc = ri_inspect(&k.w.g, true, &f, &e);
		if (rows[i].msg) {
			check_err(rows[i].msg, rc, &e, RI_E_GUEST, rows[i].msg);
			continue;
		}
		check_ok("inspect", rc, &e);
		assert_int_equal(f.mounts_n, rows[i].mounts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
