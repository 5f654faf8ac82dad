// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What doctor says of a node's VMs: whether those that were built have the memory that their roots need. */
#include "unit/fake_host.h"

#include "doctor/doctor.h"

/* Built of 700 MiB, but 107's, which does not say it, and 108's, which was not. */
static int seen(struct ri_listed *r, struct ri_err *e)
{
	(void)e;
	r->built = r->vmid == 108 ? RI_BUILT_NO : RI_BUILT_YES;
	r->ram.least = r->vmid == 107 ? 0 : 700;
	return 0;
}

static int no_memory(struct ri_listed *r, struct ri_err *e)
{
	(void)r;
	return ri_nomem(e);
}

static struct ri_doctor_host node(void)
{
	return (struct ri_doctor_host){ .root = "",
		.proxmox = true,
		.pve_root = tmpdir,
		.look = seen,
		.stage_dir = tmpdir };
}

/* @found NULL: there is no such row. */
static void check_vms(const struct ri_doctor_host *h, enum ri_health health, const char *found,
    const char *remedy)
{
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	const struct ri_checked *r = NULL;
	struct ri_err e = { 0 };

	check_ok("look", ri_doctor_look(h, RI_DOCTOR_REST, &d, &e), &e);
	for (size_t i = 0; i < d.n; i++)
		if (strcmp(d.v[i].name, "vms") == 0)
			r = &d.v[i];
	assert_int_equal(r != NULL, found != NULL);
	if (!r)
		return;
	assert_int_equal(r->health, health);
	check_span("found", ri_buf_span(&r->found), ri_str(found));
	check_span("remedy", ri_buf_span(&r->remedy), ri_str(remedy));
	assert_int_equal(ri_doctor_missing(&d), 0);
}

#define DISK "scsi0: local:105/disk.raw\n"

static void test_memory(void **state)
{
	const struct ri_doctor_host h = node();

	(void)state;
	check_vms(&h, RI_HEALTH_OK, "none that was built, as far as can be seen", "");
	host_vm(108, DISK);
	host_vm(109, "template: 1\n" DISK);
	check_vms(&h, RI_HEALTH_OK, "none that was built, as far as can be seen", "");
	host_vm(104, "memory: 700\n" DISK "scsi1: local:104/data.raw\n");
	check_vms(&h, RI_HEALTH_OK, "1 that were built have enough memory", "");
	host_vm(107, DISK);
	check_vms(&h, RI_HEALTH_OK,
	    "1 that were built have enough memory; of 1 the need is not known", "");
	host_vm(107, "balloon: 0\n" DISK);
	check_vms(&h, RI_HEALTH_OK,
	    "1 that were built have enough memory; of 1 the need is not known; without a balloon device "
	    "(balloon: 0), and so never giving back what they free: 107",
	    "");
	host_vm(104, "memory: 700\nballoon: 0\n" DISK "scsi1: local:104/data.raw\n");
	check_vms(&h, RI_HEALTH_OK,
	    "1 that were built have enough memory; of 1 the need is not known; without a balloon device "
	    "(balloon: 0), and so never giving back what they free: 104, 107",
	    "");
	host_vm(104, "memory: 700\n" DISK "scsi1: local:104/data.raw\n");
	host_vm(107, DISK);
	host_vm(105, "memory: 600\n" DISK);
	host_vm(106, "memory: 900\n" DISK "[PENDING]\nballoon: 300\n");
	check_vms(&h, RI_HEALTH_WARNING,
	    "of 4 that were built, the memory of 2 is too little, or may become so: 105, 106; of 1 the need "
	    "is not known",
	    "VM 105: its root does not get into RAM with its 600 MiB of memory, it needs 700 MiB, 100 more, and "
	    "its next start boots the disk; give it more (qm set 105 --memory 700); VM 106: of its 900 MiB of "
	    "memory, the balloon may take all but 300 MiB, where its root needs 700 MiB; raise the minimum (qm "
	    "set 106 --balloon 700), or let it take nothing (--balloon 900)");
}

/* Who may not, or has nobody to look, says nothing; what cannot be read is said. */
static void test_who_looks(void **state)
{
	struct ri_doctor_host h = node();
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, "memory: 600\n" DISK);
	h.uid = 1000;
	check_vms(&h, RI_HEALTH_OK, NULL, NULL);
	h = node();
	h.look = NULL;
	check_vms(&h, RI_HEALTH_OK, NULL, NULL);
	h = node();
	h.proxmox = false;
	check_vms(&h, RI_HEALTH_OK, NULL, NULL);
	h = node();
	h.look = no_memory;
	check_err("no memory", ri_doctor_look(&h, RI_DOCTOR_REST, &d, &e), &e, RI_E_NOMEM,
	    "out of memory");
	h = node();
	h.pve_root = "/no/such";
	check_vms(&h, RI_HEALTH_WARNING,
	    "this is not a Proxmox VE host: there is no /no/such/etc/pve/nodes", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_memory),
		HOST_TEST(test_who_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
