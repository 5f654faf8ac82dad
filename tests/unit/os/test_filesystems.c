// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/filesystems.h"

#include <string.h>

static void test_table(void **state)
{
	static const struct {
		const char *type, *module;
		bool root, e2fsck;
	} cases[] = {
		{ "ext2", "ext2", true, true },
		{ "ext3", "ext2", true, true },
		{ "ext4", "ext2", true, true },
		{ "ext4dev", NULL, false, true },
		{ "xfs", "xfs", true, false },
		{ "btrfs", "btrfs", true, false },
		{ "vfat", "fat", false, false },
		{ "f2fs", "f2fs", false, false },
		{ "jfs", "jfs", false, false },
		{ "exfat", NULL, false, false },
		{ "ext", NULL, false, false },
		{ "ext44", NULL, false, false },
		{ "EXT4", NULL, false, false },
		{ "zfs_member", NULL, false, false },
		{ "", NULL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *type = cases[i].type;
		const char *module = ri_filesystem_grub_module(type);

		if (ri_filesystem_is_root(type) != cases[i].root ||
		    ri_filesystem_has_e2fsck(type) != cases[i].e2fsck)
			fail_msg("%s: root %d, e2fsck %d", type, ri_filesystem_is_root(type),
			    ri_filesystem_has_e2fsck(type));
		if (!module != !cases[i].module || (module && strcmp(module, cases[i].module) != 0))
			fail_msg("%s: GRUB's module is %s", type, module ? module : "none");
	}
	assert_string_equal(ri_filesystem_check("ext3"), "e2fsck -f");
	assert_string_equal(ri_filesystem_check("xfs"), "xfs_repair");
	assert_string_equal(ri_filesystem_check("jfs"), "fsck");
	assert_string_equal(ri_filesystem_check("nilfs2"), "fsck");
	assert_string_equal(ri_filesystem_find("xfs")->type, "xfs");
	assert_null(ri_filesystem_find("nilfs2"));
}

/* GRUB under Secure Boot loads no module: Debian's signed image has these (grub-efi-amd64-signed 2.06-13+deb12u2). */
static void test_modules_of_a_signed_grub(void **state)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs",
		"vfat" };
	static const char *const in_it[] = { "ext2", "xfs", "btrfs", "fat", "f2fs" };

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		bool found = !ri_filesystem_is_root(types[i]);

		for (size_t k = 0; k < sizeof in_it / sizeof *in_it; k++)
			found = found || strcmp(ri_filesystem_grub_module(types[i]), in_it[k]) == 0;
		if (!found)
			fail_msg("%s: its module is in no signed image", types[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_modules_of_a_signed_grub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
