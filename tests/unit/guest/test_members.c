// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Members of what spans disks: refused before anything is checked, mounted or written. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"

#include "guest/members.h"

#define SPANS "which spans disks; ramimg builds no part of one: "
#define ARRAY                                                                                         \
	"in the guest, take it out of the array (mdadm --fail, --remove, wipefs), and move what the " \
	"system needs of that to this disk"

static void test_refused(void **state)
{
	static const struct {
		const char *type, *msg;
	} rows[] = {
		{ "linux_raid_member",
		    "/dev/sda2 is a member of a software RAID (linux_raid_member), " SPANS ARRAY },
		{ "ddf_raid_member",
		    "/dev/sda2 is a member of a DDF RAID (ddf_raid_member), " SPANS ARRAY },
		{ "isw_raid_member",
		    "/dev/sda2 is a member of an Intel RAID (isw_raid_member), " SPANS ARRAY },
		{ "bcache",
		    "/dev/sda2 is a part of a bcache (bcache), " SPANS
		    "in the guest, move what the system needs of it to a file system of its own, and stop the "
		    "bcache" },
		{ "drbd", "/dev/sda2 is a side of a DRBD resource (drbd), " SPANS
			  "give the resource a disk of its own, which stays with the VM" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(fake_free) struct fake_guest k = { 0 };
		RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
		char first[] = "/dev/sda1", second[] = "/dev/sda2", ext4[] = "ext4", type[32];
		const struct ri_guest_fs fs[] = { { first, ext4 }, { second, type },
			{ NULL, NULL } };
		struct ri_err e = { 0 };

		snprintf(type, sizeof type, "%s", rows[i].type);
		small_fresh(&k);
		small.fs = fs;
		check_err(rows[i].type, ri_inspect(&k.w.g, false, &f, &e), &e, RI_E_UNSUPPORTED,
		    rows[i].msg);
		assert_int_equal(k.calls, 1); /* the list, and nothing after it */
	}
}

static void test_passed(void **state)
{
	static const char *const types[] = { "", "ext4", "swap", "LVM2_member", "vfat" };

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		char device[] = "/dev/sda1", type[32];
		struct ri_guest_fs fs = { device, type };
		const struct ri_guest_fslist l = { &fs, 1 };
		struct ri_err e = { 0 };

		snprintf(type, sizeof type, "%s", types[i]);
		check_ok(types[i], ri_refuse_members(&l, &e), &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
