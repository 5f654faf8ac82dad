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

#define BASE "local:100/base-100-disk-0.qcow2"

/* A volume by the name that the storage "local" gives it. */
static int guard_local(const char *volid, enum ri_volume_use use, int *lock, unsigned *vmid,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	RI_FREE char *path = NULL;
	RI_FREE char *named = NULL;
	struct ri_guarded g = { .h = &host,
		.volid = volid,
		.what = volid,
		.s = ri_storages_find(&host.storages, "local"),
		.v = &v,
		.use = use };
	struct ri_err why = { 0 };

	check_ok(volid, ri_volname_parse(g.s, strchr(volid, ':') + 1, &v, &why), &why);
	check_ok(volid, ri_volid_host_path(&host, volid, &path, &why), &why);
	g.path = path;
	g.vmid = v.vmid;
	return ri_guard(&g, lock, vmid, &named, e);
}

/* Read it may be; written to not, whoever has a clone of it or nobody. */
static void test_a_base_volume(void **state)
{
	static const char alone[] = BASE
	    ": is a template's base volume, which linked clones build on; clone the template and "
	    "build the clone, or write a new image with --output";
	static const struct {
		const char *name, *path, *conf;
		bool clone;
	} rows[] = {
		{ "none", "pve1/qemu-server/105.conf", "name: web\n", false },
		{ "a linked clone", "pve1/qemu-server/105.conf",
		    "scsi0: " BASE "/105/vm-105-disk-0.qcow2\n", true },
		{ "on another node", "pve2/qemu-server/105.conf",
		    "scsi0: " BASE "/105/vm-105-disk-0.qcow2\n", true },
		{ "in a snapshot alone", "pve1/qemu-server/105.conf",
		    "name: web\n\n[before]\nscsi0: " BASE "/105/vm-105-disk-0.qcow2\n", true },
		{ "of another storage's", "pve1/qemu-server/105.conf",
		    "scsi0: other:100/base-100-disk-0.qcow2/105/vm-105-disk-0.qcow2\n", false },
		{ "of another template's", "pve1/qemu-server/105.conf",
		    "scsi0: local:101/base-100-disk-0.qcow2/105/vm-105-disk-0.qcow2\n", false },
		{ "of another disk", "pve1/qemu-server/105.conf",
		    "scsi0: local:100/base-100-disk-1.qcow2/105/vm-105-disk-0.qcow2\n", false },
	};

	(void)state;
	host_open(HOST_CFG "\ndir: other\n\tpath /srv\n\tcontent images\n");
	host_put("var/lib/vz/images/100/base-100-disk-0.qcow2", "");
	host_vm(100, "template: 1\nscsi0: " BASE "\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		char path[80];
		unsigned vmid;
		int lock;

		snprintf(path, sizeof path, "etc/pve/nodes/%s", rows[i].path);
		host_put(path, rows[i].conf);
		check_ok(rows[i].name, guard_local(BASE, RI_VOLUME_READ, &lock, &vmid, &e), &e);
		assert_int_equal(vmid, 100);
		ri_cleanup_fd(&lock);
		check_err(rows[i].name, guard_local(BASE, RI_VOLUME_WRITE, &lock, &vmid, &e), &e,
		    RI_E_UNSUPPORTED,
		    !rows[i].clone ? alone
				   : BASE
			": is a template's base volume, and the disk of VM 105 is a linked "
			"clone of it: writing to it would destroy that; build the clone, "
			"or a full clone");
		assert_int_equal(lock, -1);
		assert_int_equal(unlink(tmp_path(path)), 0);
	}
}

/* Its own VM's, and no other's. */
static void test_a_linked_clone(void **state)
{
	static const char clone[] = BASE "/105/vm-105-disk-0.qcow2";
	struct ri_err e = { 0 };
	unsigned vmid;
	int lock;

	(void)state;
	host_put("var/lib/vz/images/105/vm-105-disk-0.qcow2", "");
	host_vm(100, "template: 1\nscsi0: " BASE "\n");
	host_vm(105, "scsi0: " BASE "/105/vm-105-disk-0.qcow2\n");
	check_ok("clone", guard_local(clone, RI_VOLUME_WRITE, &lock, &vmid, &e), &e);
	assert_int_equal(vmid, 105);
	ri_cleanup_fd(&lock);
	lock = ri_pvevm_lock(&host, 100, 0, &e); /* the template is left alone */
	assert_true(lock >= 0);
	ri_cleanup_fd(&lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_allowed),
		HOST_TEST(test_refused),
		HOST_TEST(test_not_writable),
		HOST_TEST(test_a_base_volume),
		HOST_TEST(test_a_linked_clone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
