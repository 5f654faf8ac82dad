// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the administrator's TARGET is taken for. */
#include "unit/check.h"

#include "pveconf/target_name.h"

static void test_kinds(void **state)
{
	static const struct {
		const char *target;
		enum ri_named want;
	} cases[] = {
		{ "105", RI_NAMED_VMID },
		{ "1", RI_NAMED_VMID },
		{ "./105", RI_NAMED_PATH },
		{ "105.raw", RI_NAMED_PATH },
		{ "vm-105-disk-1", RI_NAMED_SHORT },
		{ "vm-105-disk-1.qcow2", RI_NAMED_SHORT },
		{ "base-105-disk-0", RI_NAMED_SHORT },
		{ "./vm-105-disk-1", RI_NAMED_PATH },
		{ "images/105/vm-105-disk-1.raw", RI_NAMED_PATH },
		{ "/dev/pve/vm-105-disk-1", RI_NAMED_PATH },
		{ "../vm-105-disk-1", RI_NAMED_PATH },
		{ "local-lvm:vm-105-disk-1", RI_NAMED_VOLID },
		{ "local:105/vm-105-disk-1.qcow2", RI_NAMED_VOLID },
		{ "local:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2", RI_NAMED_VOLID },
		{ "/tmp/a:b", RI_NAMED_PATH },
		{ "disk.raw", RI_NAMED_PATH },
		{ "vm-x-disk-1", RI_NAMED_PATH },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_target_kind(cases[i].target) != cases[i].want)
			fail_msg("%s: kind %d, want %d", cases[i].target,
			    (int)ri_target_kind(cases[i].target), (int)cases[i].want);
}

static void test_vmids(void **state)
{
	static const struct {
		const char *target;
		unsigned want; /* 0: refused */
	} cases[] = {
		{ "100", 100 },
		{ "999999999", 999999999 },
		{ "99", 0 },
		{ "1000000000", 0 },
		{ "18446744073709551716", 0 },
		{ "0105", 0 },
		{ "105a", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_err e = { 0 };
		unsigned vmid = 0;
		char msg[200];
		int rc = ri_target_vmid(cases[i].target, &vmid, &e);

		snprintf(msg, sizeof msg,
		    "\"%s\" is not a VMID (100 to 999999999); a file of that name is ./%s",
		    cases[i].target, cases[i].target);
		if (cases[i].want == 0) {
			check_err(cases[i].target, rc, &e, RI_E_USAGE, msg);
			continue;
		}
		check_ok(cases[i].target, rc, &e);
		assert_int_equal(vmid, cases[i].want);
	}
}

static void test_named_vm(void **state)
{
	static const struct {
		const char *target;
		unsigned want;
	} cases[] = {
		{ "105", 105 },
		{ "99", 0 },
		{ "vm-105-disk-1", 105 },
		{ "base-105-disk-0.raw", 105 },
		{ "local-lvm:vm-105-disk-1", 105 },
		{ "local:105/vm-106-disk-1.qcow2", 106 },
		{ "local:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2", 105 },
		{ "lun:0.0.0.scsi-1", 0 },
		{ "./vm-105-disk-1", 0 },
		{ "/dev/pve/vm-105-disk-1", 0 },
		{ "disk.raw", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_target_named_vm(cases[i].target) != cases[i].want)
			fail_msg("%s: VM %u, want %u", cases[i].target,
			    ri_target_named_vm(cases[i].target), cases[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_vmids),
		cmocka_unit_test(test_named_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
