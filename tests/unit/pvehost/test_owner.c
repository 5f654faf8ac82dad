// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whose settings count for a target. */
#include "unit/fake_host.h"

#include "pvehost/owner.h"

static void check_owner(const char *target, unsigned want)
{
	struct ri_err e = { 0 };
	unsigned vmid = 1;

	check_ok(target, ri_owner_find(target, tmpdir, &vmid, &e), &e);
	if (vmid != want)
		fail_msg("%s: VM %u, want %u", target, vmid, want);
}

static void test_owners(void **state)
{
	(void)state;
	host_vm(105, "scsi0: local:105/vm-105-disk-1.qcow2\nscsi1: /data/plain.raw\n"
		     "scsi2: lun:0.0.0.scsi-1\n");
	host_put("var/lib/vz/images/105/vm-105-disk-1.qcow2", "");
	host_put("data/plain.raw", "");
	host_put("data/vm-106-disk-1.raw", "");
	/* By the number in the name, whether there is such a VM or not. */
	check_owner("105", 105);
	check_owner("106", 106);
	check_owner("99", 0);
	check_owner("vm-105-disk-1", 105);
	check_owner("base-107-disk-0", 107);
	check_owner("san:vm-108-disk-0", 108);
	check_owner("local:9000/base-9000-disk-0.qcow2/109/vm-109-disk-0.qcow2", 109);
	/* By a configuration that names what has no such name. */
	check_owner("lun:0.0.0.scsi-1", 105);
	check_owner("lun:0.0.0.scsi-2", 0);
	check_owner(tmp_path("data/plain.raw"), 105);
	check_owner(tmp_path("var/lib/vz/images/105/vm-105-disk-1.qcow2"), 105);
	/* A file is not a VM's for its name. */
	check_owner(tmp_path("data/vm-106-disk-1.raw"), 0);
	check_owner(tmp_path("data/missing"), 0);
	check_log("");
}

static void test_without_proxmox(void **state)
{
	struct ri_err e = { 0 };
	unsigned vmid = 1;

	(void)state;
	if (ri_pvehost_is(""))
		skip();
	check_ok("105", ri_owner_find("105", NULL, &vmid, &e), &e);
	assert_int_equal(vmid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_owners),
		HOST_TEST(test_without_proxmox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
