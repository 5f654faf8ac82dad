// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which files and devices an image may name. */
#include "unit/check.h"

#include "volume/near.h"

#define GROUP "0123456789abcdef0123456789abcdef"

static void test_files(void **state)
{
	static const struct {
		const char *image, *file;
		bool near;
	} cases[] = {
		{ "/srv/a/x.qcow2", "/srv/a/base.raw", true },
		{ "/srv/a/x.qcow2", "/srv/a/b/c/base.raw", true },
		{ "/srv/a/x.qcow2", "/srv/ab/base.raw", false },
		{ "/srv/a/x.qcow2", "/srv/base.raw", false },
		{ "/srv/a/x.qcow2", "/etc/shadow", false },
		{ "/srv/a/x.qcow2", "/srv/b/base-1.raw", false },
		/* In the root directory: only what is beside it. */
		{ "/x.qcow2", "/base.raw", true },
		{ "/x.qcow2", "/etc/shadow", false },
		/* Linked clones. */
		{ "/v/images/105/vm.qcow2", "/v/images/100/base-100-disk-0.qcow2", true },
		{ "/v/images/105/vm.qcow2", "/v/images/100/vm-100-disk-0.qcow2", false },
		{ "/v/images/105/vm.qcow2", "/v/images/100/x/base-100-disk-0.qcow2", false },
		{ "/v/images/105/vm.qcow2", "/v/images/abc/base-100-disk-0.qcow2", false },
		{ "/v/images/abc/vm.qcow2", "/v/images/100/base-100-disk-0.qcow2", false },
		{ "/v/images/105/vm.qcow2", "/w/images/100/base-100-disk-0.qcow2", false },
		{ "/v/images/105/vm.qcow2", "/v/images/base-100-disk-0.qcow2", false },
		{ "/105/vm.qcow2", "/100/base-100-disk-0.qcow2", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_near_file(cases[i].image, cases[i].file) != cases[i].near)
			fail_msg("%s of %s", cases[i].file, cases[i].image);
}

static void test_devices(void **state)
{
	static const struct {
		const char *image, *device;
		bool near;
	} cases[] = {
		{ "dm:LVM-" GROUP "vm", "dm:LVM-" GROUP "snapshot", true },
		{ "dm:LVM-" GROUP "vm", "dm:LVM-1123456789abcdef0123456789abcdefsnapshot", false },
		{ "dm:LVM-" GROUP "vm", "dm:LVM-" GROUP, true },
		{ "dm:LVM-" GROUP, "dm:LVM-" GROUP "vm", false },
		{ "dm:LVM-0123", "dm:LVM-0123", false },
		{ "loop:/a@0", "loop:/a@0", false },
		{ "dm:CRYPT-LUKS2-" GROUP "vm", "dm:CRYPT-LUKS2-" GROUP "vm", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_near_device(cases[i].image, cases[i].device) != cases[i].near)
			fail_msg("%s of %s", cases[i].device, cases[i].image);
}

static void test_directories_of_vms(void **state)
{
	(void)state;
	assert_true(ri_near_is_vmid(ri_str("105")));
	assert_false(ri_near_is_vmid(ri_str("")));
	assert_false(ri_near_is_vmid(ri_str("105a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_directories_of_vms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
