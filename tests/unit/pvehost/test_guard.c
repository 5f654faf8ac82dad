// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a volume may be worked on, and whose lock that takes. */
#include "unit/fake_host.h"

#include "pvehost/guard.h"

#define VOLUME "san:vm-105-disk-1"

static int guard(enum ri_volume_use use, int *lock, unsigned *vmid, char **named, struct ri_err *e)
{
	RI_FREE char *path = strdup(tmp_path("dev/san/vm-105-disk-1"));
	const struct ri_guarded g = { .h = &host,
		.path = path,
		.volid = VOLUME,
		.what = VOLUME,
		.s = ri_storages_find(&host.storages, "san"),
		.vmid = 105,
		.use = use };

	host_put("dev/san/vm-105-disk-1", "");
	return ri_guard(&g, lock, vmid, named, e);
}

static void test_allowed(void **state)
{
	struct ri_err e = { 0 };
	RI_FREE char *named = NULL;
	RI_FREE char *again = NULL;
	RI_FD int lock = -1;
	int none;
	unsigned vmid;

	(void)state;
	host_vm(105, "scsi0: " VOLUME ",size=1M\n\n[before]\nscsi0: " VOLUME "\n");
	check_ok("write", guard(RI_VOLUME_WRITE, &lock, &vmid, &named, &e), &e);
	assert_true(lock >= 0);
	assert_int_equal(vmid, 105);
	assert_string_equal(named, VOLUME);
	check_log(VOLUME " is in the snapshot 'before' of VM 105: it keeps the state before the "
			 "build\n");
	assert_int_equal(ri_pvevm_lock(&host, 105, 0, &e), -1);
	ri_cleanup_fd(&lock);
	lock = -1;
	/* Only its name says whose it is. */
	e = (struct ri_err){ 0 };
	host_vm(105, "name: web\n");
	check_ok("name", guard(RI_VOLUME_READ, &none, &vmid, &again, &e), &e);
	assert_true(none >= 0);
	assert_int_equal(vmid, 105);
	assert_null(again);
	ri_cleanup_fd(&none);
}

static void test_refused(void **state)
{
	static const struct {
		const char *conf, *other;
		enum ri_volume_use use;
		const char *said;
	} cases[] = {
		{ "scsi0: " VOLUME "\n", "scsi3: " VOLUME "\n", RI_VOLUME_READ,
		    VOLUME
		    ": VM 105 (scsi0) and VM 106 (scsi3) both name it; take it out of one of "
		    "them" },
		{ NULL, "", RI_VOLUME_READ, VOLUME ": VM 105 does not exist" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_err e = { 0 };
		char *named = NULL;
		unsigned vmid;
		int lock;

		if (cases[i].conf)
			host_vm(105, cases[i].conf);
		else
			assert_int_equal(
			    unlink(tmp_path("etc/pve/nodes/pve1/qemu-server/105.conf")), 0);
		host_vm(106, cases[i].other);
		assert_int_equal(guard(cases[i].use, &lock, &vmid, &named, &e), -1);
		assert_string_equal(e.msg, cases[i].said);
		assert_int_equal(lock, -1);
		assert_null(named);
	}
}

/* Read it may be, written to not; the lock is let go of. */
static void test_not_writable(void **state)
{
	static const char *const confs[] = { "lock: backup\nscsi0: " VOLUME "\n",
		"template: 1\nscsi0: " VOLUME "\n",
		"vmstate: san:vm-105-state-s\nscsi0: " VOLUME "\n" };

	(void)state;
	for (size_t i = 0; i < sizeof confs / sizeof confs[0]; i++) {
		RI_FREE char *named = NULL;
		struct ri_err e = { 0 };
		unsigned vmid;
		int lock;

		host_vm(105, confs[i]);
		check_ok(confs[i], guard(RI_VOLUME_READ, &lock, &vmid, &named, &e), &e);
		ri_cleanup_fd(&lock);
		free(ri_steal(named));
		assert_int_equal(guard(RI_VOLUME_WRITE, &lock, &vmid, &named, &e), -1);
		assert_true(strncmp(e.msg, VOLUME ": VM 105 ", strlen(VOLUME ": VM 105 ")) == 0);
		assert_int_equal(lock, -1);
		e = (struct ri_err){ 0 };
		lock = ri_pvevm_lock(&host, 105, 0, &e);
		assert_true(lock >= 0);
		ri_cleanup_fd(&lock);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_allowed),
		HOST_TEST(test_refused),
		HOST_TEST(test_not_writable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
