// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of opening a host and reading a VM: each says so, and leaks nothing. */
#include "unit/oom.h"

#include "unit/fake_host.h"

#define VM                                                                                         \
	"name: web\nboot: order=scsi0\nscsi0: local:105/vm-105-disk-0.qcow2,size=1G\n"             \
	"scsi1: san:vm-105-disk-1\n\n[before]\nscsi0: local:105/vm-105-disk-0.qcow2\n"

static int open_host(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_FREE unsigned *vmids = NULL;
	size_t n;

	return ri_pvehost_open(arg, &h, e) < 0 || ri_pvehost_vmids(&h, &vmids, &n, e) < 0 ? -1 : 0;
}

static int load(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };

	return ri_pvevm_load(&host, *(const unsigned *)arg, &vm, e);
}

static void test_each(void **state)
{
	const unsigned vmid = 105;

	(void)state;
	host_vm(105, VM);
	assert_true(oom_each("open", open_host, tmpdir) > 5);
	assert_true(oom_each("load", load, &vmid) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each, host_set_up, host_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
