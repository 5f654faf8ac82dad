// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a volume may be worked on, and whose lock that takes. */
#include "unit/pvehost/running.h"

#include "pvehost/guard.h"

#include <sys/file.h>
#include <sys/syscall.h>

#define VOLUME "san:vm-105-disk-1"

/* What happens while a lock is waited for, and which errors it is waited with. */
static void (*while_waiting)(void);
static const int *flock_errors;

int flock(int fd, int op)
{
	void (*now)(void) = while_waiting;

	while_waiting = NULL;
	if (now)
		now();
	if (flock_errors && *flock_errors) {
		errno = *flock_errors++;
		return -1;
	}
	return (int)syscall(SYS_flock, fd, op);
}

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

/* Whether the next start boots from it, or from what; of a line that is no user's then nothing is known. */
static void test_not_booted(void **state)
{
	static const struct {
		const char *conf, *said; /* NULL: nothing */
	} cases[] = {
		{ "scsi0: " VOLUME "\n", NULL },
		{ "scsi0: san:vm-105-disk-1\nscsi1: san:vm-105-disk-7\n", NULL },
		{ "boot: order=scsi1;scsi0\nscsi0: san:vm-105-disk-1\n"
		  "scsi1: san:vm-105-disk-7\n",
		    "its next start boots from scsi1, not from scsi0, which this is; if it is to boot from "
		    "this: qm set 105 --boot order=scsi0" },
		{ "boot: order=net0\nscsi0: san:vm-105-disk-1\n",
		    "its boot order (net0) has no hard disk: its next start does not boot from scsi0, which "
		    "this is; if it is to boot from this: qm set 105 --boot order=scsi0" },
		{ "scsi1: san:vm-105-disk-7\nunused0: san:vm-105-disk-1\n",
		    "its next start boots from scsi1, not from unused0, which this is" },
		/* Detached, and back at the next start. */
		{ "boot: order=scsi0\n[PENDING]\nscsi0: san:vm-105-disk-1\n", NULL },
		{ "scsi1: san:vm-105-disk-7\n[PENDING]\nboot: order=scsi0\n"
		  "scsi0: san:vm-105-disk-1\n",
		    NULL },
		/* It may be any of both. */
		{ "scsi1: san:vm-105-disk-7\n[PENDING]\nscsi0: san:vm-105-disk-1\n"
		  "scsi2: san:vm-105-disk-2\n",
		    NULL },
		{ "scsi1: san:vm-105-disk-7\n[one]\nscsi0: san:vm-105-disk-1\n", NULL },
		{ "memory: 2048\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_FREE char *path = strdup(tmp_path("dev/san/vm-105-disk-1"));
		RI_FREE char *named = NULL;
		RI_FREE char *said = NULL;
		const struct ri_guarded g = { .h = &host,
			.path = path,
			.volid = VOLUME,
			.what = VOLUME,
			.vmid = 105,
			.not_booted = &said };
		RI_FD int lock = -1;
		struct ri_err e = { 0 };
		unsigned vmid;

		host_put("dev/san/vm-105-disk-1", "");
		host_vm(105, cases[i].conf);
		check_ok(cases[i].conf, ri_guard(&g, &lock, &vmid, &named, &e), &e);
		if (cases[i].said ? !said || strcmp(said, cases[i].said) != 0 : said != NULL)
			fail_msg("%s: [%s]", cases[i].conf, said ? said : "");
	}
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

static void to_another_vm(void)
{
	host_vm(105, "name: web\n");
	host_vm(106, "scsi1: " VOLUME "\n");
}

static void to_two(void)
{
	host_vm(106, "scsi1: " VOLUME "\n");
}

static void removed(void)
{
	assert_int_equal(unlink(tmp_path("etc/pve/nodes/pve1/qemu-server/105.conf")), 0);
}

static struct running its_qemu;

static void started(void)
{
	its_qemu = run_vm(105, "kvm", "-pidfile", "var/run/qemu-server/105.pid");
}

/* What was so before the lock is looked at again under it. */
static void test_changed_while_waiting(void **state)
{
	static const struct {
		void (*then)(void);
		const char *said;
	} rows[] = {
		{ to_another_vm, VOLUME ": its VM's configuration just changed; try again" },
		{ to_two, VOLUME ": VM 105 (scsi0) and VM 106 (scsi1) both name it; take it out of "
				 "one of them" },
		{ removed, VOLUME ": VM 105 does not exist" },
		{ started, VOLUME ": VM 105 is running (process " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		char *named = NULL;
		unsigned vmid;
		int lock;

		host_vm(105, "scsi0: " VOLUME "\n");
		host_vm(106, "");
		while_waiting = rows[i].then;
		assert_int_equal(guard(RI_VOLUME_READ, &lock, &vmid, &named, &e), -1);
		if (strncmp(e.msg, rows[i].said, strlen(rows[i].said)) != 0)
			fail_msg("said [%s], want [%s]", e.msg, rows[i].said);
		assert_int_equal(lock, -1);
		assert_null(named);
	}
	end_vm(&its_qemu);
}

/* Somebody else has it for a while, and a signal ends one wait. */
static void test_waited_for(void **state)
{
	static const int errors[] = { EWOULDBLOCK, EINTR, EWOULDBLOCK, 0 };
	RI_FREE char *named = NULL;
	struct ri_err e = { 0 };
	RI_FD int lock = -1;
	unsigned vmid;

	(void)state;
	host_vm(105, "scsi0: " VOLUME "\n");
	flock_errors = errors;
	check_ok("waited", guard(RI_VOLUME_READ, &lock, &vmid, &named, &e), &e);
	assert_true(lock >= 0);
	assert_int_equal(*flock_errors, 0);
	flock_errors = NULL;
}

/* A snapshot by its name is nothing to write to; of what nobody names there is no lock. */
static void test_by_its_name(void **state)
{
	RI_FREE char *snap = strdup(tmp_path("dev/san/snap_vm-105-disk-1_s"));
	RI_FREE char *named = NULL;
	struct ri_guarded g = { .h = &host, .path = snap, .what = "it", .use = RI_VOLUME_WRITE };
	struct ri_err e = { 0 };
	unsigned vmid;
	int lock;

	(void)state;
	host_vm(105, "scsi0: " VOLUME "\n");
	host_put("dev/san/snap_vm-105-disk-1_s", "");
	check_err("write", ri_guard(&g, &lock, &vmid, &named, &e), &e, RI_E_UNSUPPORTED,
	    "it: is a snapshot by its name; build the volume itself, or roll it back first");
	g.use = RI_VOLUME_READ;
	e = (struct ri_err){ 0 };
	check_ok("read", ri_guard(&g, &lock, &vmid, &named, &e), &e);
	assert_int_equal(vmid, 0);
	assert_int_equal(lock, -1);
}

/* Another's configuration that cannot be read is passed over; sections that name no disk are not looked at. */
static void test_who_names_it(void **state)
{
	RI_FREE char *named = NULL;
	struct ri_err e = { 0 };
	RI_FD int lock = -1;
	unsigned vmid;

	(void)state;
	host_vm(105, "[snap]\nscsi0: " VOLUME "\n\n[special:cloudinit]\nscsi1: " VOLUME
		     "\n\n[a b]\nscsi2: " VOLUME "\n");
	host_vm(107, "[special:fleecing]\nscsi1: " VOLUME "\n\n[a b]\nscsi2: " VOLUME "\n");
	host_put("etc/pve/nodes/pve2/qemu-server/109.conf/in-the-way", "");
	check_ok("read", guard(RI_VOLUME_READ, &lock, &vmid, &named, &e), &e);
	assert_int_equal(vmid, 105);
	assert_string_equal(named, VOLUME);
	assert_non_null(strstr(host_log.p, "109.conf is not a file\n"));
	assert_null(strstr(host_log.p, "snapshot"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_allowed),
		HOST_TEST(test_not_booted),
		HOST_TEST(test_refused),
		HOST_TEST(test_not_writable),
		HOST_TEST(test_a_base_volume),
		HOST_TEST(test_a_linked_clone),
		HOST_TEST(test_changed_while_waiting),
		HOST_TEST(test_waited_for),
		HOST_TEST(test_by_its_name),
		HOST_TEST(test_who_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
