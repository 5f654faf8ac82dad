// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of finding, listing, reading and locking VMs: each says so, and leaks nothing. */
#include "unit/oom.h"

#include "unit/fake_host.h"

#include "pvehost/activate.h"
#include "pvehost/backups.h"
#include "pvehost/cluster.h"
#include "pvehost/commit_lock.h"
#include "pvehost/list.h"
#include "pvehost/locate.h"
#include "pvehost/lookup.h"
#include "pvehost/plugin.h"
#include "pvehost/pvesh.h"
#include "pvehost/volume_users.h"
#include "pveconf/volid_path.h"

#define IMAGE "var/lib/vz/images/105/vm-105-disk-0.qcow2"
#define CLONE "local:100/base-100-disk-0.qcow2/106/vm-106-disk-0.qcow2"
#define CONF "etc/pve/nodes/pve1/qemu-server/105.conf"
#define FSID "3f2a1b4c-0000-4000-8000-0123456789ab"
#define CFG                                                                                        \
	HOST_CFG "\nrbd: near\n\tcontent images\n\nrbd: far\n\tmonhost 10.0.0.1;10.0.0.2\n"        \
		 "\tcontent images\n\nacme: far2\n\tcontent images\n"
#define VM                                                                                         \
	"name: web\nboot: order=scsi0\nscsi0: local:105/vm-105-disk-0.qcow2,size=1G\n"             \
	"scsi1: san:vm-105-disk-1\nscsi2: near:vm-105-disk-2\nscsi3: far2:vol-abc\n"               \
	"ide2: none,media=cdrom\n\n[before]\nscsi0: local:105/vm-105-disk-0.qcow2\n"

static void put_all(void)
{
	ri_log_set_sink(NULL); /* which allocates */
	host_put("etc/pve/ceph.conf", "[global]\nfsid = " FSID "\n");
	host_put("etc/pve/priv/ceph/far.conf", "[global]\nfsid = " FSID "\n");
	host_put("etc/pve/priv/ceph/far.keyring", "");
	host_vm(105, VM);
	host_vm(106, "scsi0: " CLONE "\n");
	host_put("etc/pve/nodes/pve2/qemu-server/107.conf", "scsi0: san:vm-107-disk-0\n");
	host_put(IMAGE, "");
	host_put("dev/san/vm-105-disk-1", "");
	host_program("pvesm", "exit 1");
	host_calls_begin(0);
	host_open(CFG);
}

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

static int find(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location p = RI_PLACE_INIT;

	return ri_locate_find(arg, tmpdir, RI_VOLUME_WRITE, &p, e);
}

static int of_short(const void *arg, struct ri_err *e)
{
	RI_FREE char *volid = NULL;

	return ri_locate_of_short(&host, arg, &volid, e);
}

static int lock(const void *arg, struct ri_err *e)
{
	RI_FD int fd = ri_pvevm_lock(&host, 105, 0, e);

	(void)arg;
	return fd < 0 ? -1 : 0;
}

static int open_volume(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location p = RI_PLACE_INIT;
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = { .fd = -1, .claim = -1 };
	int rc = ri_locate_open(arg, NULL, tmpdir, RI_VOLUME_READ, &p, &v, e);

	assert_true(rc < 0 || (strcmp(v.target, arg) == 0 && strcmp(v.name, "vm-105-disk-4") == 0));
	return rc;
}

static int not_built(struct ri_listed *r, struct ri_err *e)
{
	(void)e;
	r->built = RI_BUILT_NO;
	return 0;
}

static int list(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_list_free) struct ri_list l = { 0 };
	const unsigned vmid = *(const unsigned *)arg;
	int rc = ri_list_volumes(&host, vmid, tmpdir, not_built, &l, e);

	assert_true(rc < 0 || l.n == (vmid ? 4 : 5));
	for (size_t i = 0; rc == 0 && i < l.n; i++) {
		assert_string_equal(l.v[i].state, "stopped");
		assert_int_equal(l.v[i].boots, i == 0 || i == 4);
		assert_int_equal(l.v[i].built,
		    *l.v[i].path && *l.v[i].format ? RI_BUILT_NO : RI_BUILT_UNKNOWN);
		assert_int_equal(*l.v[i].path == '\0', i == 3); /* the plugin's */
	}
	return rc;
}

static int clone_of(const void *arg, struct ri_err *e)
{
	unsigned clone;
	int rc = ri_pveusers_clone(&host, ri_storages_find(&host.storages, "local"),
	    "base-100-disk-0.qcow2", 100, &clone, e);

	(void)arg;
	assert_true(rc < 0 || clone == 106);
	return rc;
}

/* Nobody who names the volume is missed for the lack of memory. */
static int users(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pveusers_free) struct ri_pveusers u = { 0 };
	int rc = ri_pveusers_find(&host, arg, NULL, &u, e);

	assert_true(rc < 0 || u.n == 2);
	return rc;
}

static int backups(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvebackups_free) struct ri_pvebackups b = { 0 };
	RI_ON_EXIT(ri_backups_free) struct ri_backups of = { 0 };

	(void)arg;
	if (ri_pvebackups_read(&host, &b, e) < 0 || ri_pvebackups_of(&b, &host, 105, &of, e) < 0)
		return -1;
	assert_int_equal(of.jobs.n, 2);
	assert_int_equal(of.not_known.n, 1);
	return 0;
}

static void test_backups(void **state)
{
	(void)state;
	put_all();
	host_put("etc/pve/jobs.cfg", "vzdump: b\n\tschedule 1:00\n\tpool web\n");
	host_put("etc/pve/vzdump.cron", "1 2 * * * root vzdump 105\n");
	host_put("etc/cron.d/vzdump/in-the-way", "");
	host_put("etc/pve/user.cfg", "pool:web::105::\n");
	assert_true(oom_each("backups", backups, NULL) > 20);
}

static void test_reading(void **state)
{
	const unsigned one = 105, all = 0;
	RI_FREE char *image = NULL;

	(void)state;
	put_all();
	image = strdup(tmp_path(IMAGE));
	assert_true(oom_each("open", open_host, tmpdir) > 5);
	assert_true(oom_each("load", load, &one) > 10);
	assert_true(oom_each_or_whole("list one", list, &one) > 10);
	assert_true(oom_each_or_whole("list all", list, &all) > 10);
	assert_true(oom_each("a clone", clone_of, NULL) > 10);
	assert_true(oom_each("users", users, image) > 10);
}

static void test_finding(void **state)
{
	RI_FREE char *image = NULL;

	(void)state;
	put_all();
	image = strdup(tmp_path(IMAGE));
	assert_true(oom_each("locked", lock, NULL) > 2);
	assert_true(oom_each("of a VMID", find, "105") > 10);
	assert_true(oom_each("of an id", find, "local:105/vm-105-disk-0.qcow2") > 10);
	assert_true(oom_each("of a short name", find, "vm-105-disk-1") > 10);
	assert_true(oom_each("of a path", find, image) > 10);
	host_put("var/lib/vz/images/105/vm-105-disk-4.raw", "no boot sector");
	assert_int_equal(truncate(tmp_path("var/lib/vz/images/105/vm-105-disk-4.raw"), 1 << 20), 0);
	assert_true(oom_each_or_whole("opened", open_volume, "local:105/vm-105-disk-4.raw") > 100);
}

/* No VM's drive has it; the storages do. */
static void test_finding_in_storages(void **state)
{
	(void)state;
	put_all();
	host_open(HOST_CFG);
	host_vm(105, "name: web\n");
	host_vm(106, "");
	assert_int_equal(unlink(tmp_path("bin/pvesm")), 0);
	assert_true(oom_each("by path", of_short, "vm-105-disk-0") > 10);
	host_program("pvesm",
	    "[ \"$2\" = san ] && printf 'Volid Format\\nsan:vm-105-disk-1 raw\\n'; :");
	assert_true(oom_each("by pvesm", of_short, "vm-105-disk-1") > 10);
}

struct volume {
	const char *storage, *volname;
};

static int activate(const void *arg, struct ri_err *e)
{
	const struct volume *of = arg;
	const struct ri_storage *s = ri_storages_find(&host.storages, of->storage);
	RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
	RI_ON_EXIT(ri_deactivate) struct ri_active a = { 0 };
	RI_BUF path = { 0 };
	size_t left = oom_left;
	int rc;

	oom_left = 0;
	check_ok(of->storage, ri_volname_parse(s, of->volname, &v, e), e);
	ri_buf_add_str(&path, tmpdir);
	check_ok(of->storage, ri_volname_path(s, &v, &path, e), e);
	unlink(path.p);
	unlink(tmp_path("active"));
	oom_left = left;
	rc = ri_activate(tmpdir, s, &v, path.p, &a, e);
	oom_left = 0;
	ri_deactivate(&a);
	if (access(tmp_path("active"), F_OK) == 0)
		fail_msg("%s: is active still after [%s]", of->storage, e->msg);
	return rc;
}

/* What is made active without the memory to go on does not stay so. */
static void test_activating(void **state)
{
	static const struct volume volumes[] = { { "near", "vm-105-disk-2" },
		{ "far", "vm-105-disk-2" }, { "san", "vm-105-disk-1" },
		{ "san", "vm-105-disk-1.qcow2" } };
	RI_BUF script = { 0 };

	(void)state;
	put_all();
	ri_buf_addf(&script,
	    "case \"$*\" in *unmap*|*-aln*) rm %s/active ;; *) : > %s/active; : > %s/there; "
	    ": > %s/dev/san/vm-105-disk-1; : > %s/dev/san/vm-105-disk-1.qcow2; echo %s/there ;; esac",
	    tmpdir, tmpdir, tmpdir, tmpdir, tmpdir, tmpdir);
	host_program("rbd", script.p);
	host_program("lvchange", script.p);
	for (size_t i = 0; i < sizeof volumes / sizeof volumes[0]; i++)
		assert_true(oom_each(volumes[i].storage, activate, &volumes[i]) > 3);
}

static int plugin(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_deactivate) struct ri_active a = { 0 };
	RI_FREE char *path = NULL;
	int rc;

	(void)arg;
	rc = ri_plugin_path("far2:vol-abc", &path, e) < 0
		 ? -1
		 : ri_plugin_activate("far2:vol-abc", "/none", &a, e);
	oom_left = 0; /* it may still be taken back */
	return rc;
}

static int cluster(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster c = { 0 };

	return ri_pvehost_target(&host, arg, e) < 0 ? -1 : ri_pvehost_cluster(&host, &c, e);
}

static int migrate(const void *arg, struct ri_err *e)
{
	RI_STRV said = { 0 };

	(void)arg;
	return ri_pvesh_migrate(&host, 105, NULL, &said, e);
}

static void test_asking(void **state)
{
	RI_BUF script = { 0 };

	(void)state;
	put_all();
	ri_buf_addf(&script, "echo %s/there", tmpdir);
	host_put("there", "");
	host_put("etc/pve/nodes/pve2/lxc/200.conf", "");
	host_put("etc/pve/ha/rules.cfg", "resource-affinity: rr\n\tresources a\n");
	assert_true(oom_each("the cluster", cluster, "pve2") > 15);
	host_program("pvesm", script.p);
	host_program("perl", script.p);
	assert_true(oom_each("a plugin", plugin, NULL) > 5);
	host_program("pvesh",
	    "echo '{\"local_disks\": [{\"volid\": \"local:105/vm-105-disk-0.qcow2\"}, {}], "
	    "\"local_resources\": [\"usb0\"], \"allowed_nodes\": [], "
	    "\"not_allowed_nodes\": {\"pve2\": {\"a\": 1}}}'");
	assert_true(oom_each("pvesh", migrate, NULL) > 10);
	host_program("pvesh", "echo 400 no quorum >&2; exit 2");
	assert_true(oom_each("a pvesh that refuses", migrate, NULL) > 10);
}

/* The lock of a commit is set or it is not. */
static int set_and_clear(const void *arg, struct ri_err *e)
{
	const struct ri_location p = { .root = tmpdir,
		.vmid = 105,
		.lock = -1,
		.commit_locked = true };
	size_t left = oom_left;

	(void)arg;
	oom_left = 0;
	host_vm(105, "name: web\n");
	oom_left = left;
	return ri_commit_lock_set(&p, e) < 0 || ri_commit_lock_settle(&p, true, e) < 0 ? -1 : 0;
}

static int refused(const void *arg, struct ri_err *e)
{
	struct ri_location p = { .root = tmpdir, .vmid = 105, .lock = -1, .commit_locked = true };
	struct ri_err why = { 0 };
	int rc = ri_commit_lock_settle(&p, false, &why);

	(void)arg;
	assert_int_equal(rc, -1);
	if (oom_failed)
		*e = why;
	return oom_failed ? -1 : 0;
}

static void test_commit_locks(void **state)
{
	(void)state;
	put_all();
	assert_true(oom_each("a commit's lock", set_and_clear, NULL) > 10);
	host_vm(105, "lock: backup\n");
	assert_true(oom_each("another's lock", refused, NULL) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_backups),
		HOST_TEST(test_reading),
		HOST_TEST(test_finding),
		HOST_TEST(test_finding_in_storages),
		HOST_TEST(test_activating),
		HOST_TEST(test_asking),
		HOST_TEST(test_commit_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
