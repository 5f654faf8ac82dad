// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each call of the kernel fails: what is said then, and what of a configuration is left. */
#include "unit/calls.h"

#include "unit/pvehost/running.h"

#include "pvehost/backups.h"
#include "pvehost/cluster.h"
#include "pvehost/commit_lock.h"
#include "pvehost/conf_write.h"
#include "pvehost/list.h"
#include "pvehost/volume_users.h"

#include <dlfcn.h>

#define IMAGE "var/lib/vz/images/105/vm-105-disk-0.qcow2"
#define CONF "etc/pve/nodes/pve1/qemu-server/105.conf"
#define OLD "scsi0: local:105/vm-105-disk-0.qcow2\n"
#define NEW "name: new\n" OLD

static size_t readdir_left; /* up to the one that fails; 0: none does */

struct dirent *readdir(DIR *d)
{
	struct dirent *(*real)(DIR *);

	*(void **)&real = dlsym(RTLD_NEXT, "readdir64");
	assert_non_null(real);
	if (readdir_left == 0 || --readdir_left > 0)
		return real(d);
	errno = EIO;
	return NULL;
}

static void put_all(void)
{
	host_vm(105, OLD);
	host_put("etc/pve/nodes/pve2/qemu-server/107.conf",
	    "scsi3: local:105/vm-105-disk-0.qcow2\n");
	host_put(IMAGE, "");
}

/* Nothing that is not there makes a call fail: what is passed over is another matter than what fails. */
static int users(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pveusers_free) struct ri_pveusers u = { 0 };
	int rc = ri_pveusers_find(&host, arg, NULL, &u, e);

	assert_true(rc < 0 || u.n == 2 || host_log.n > 0);
	ri_buf_free(&host_log);
	return rc;
}

static void test_users(void **state)
{
	RI_FREE char *image = NULL;
	size_t n = 0, failed = 0;

	(void)state;
	put_all();
	image = strdup(tmp_path(IMAGE));
	assert_true(calls_each("users", NULL, EIO, users, NULL, image) > 5);
	assert_int_equal(calls_each("directories", "opendir", EMFILE, users, NULL, image), 3);
	do {
		struct ri_err e = { 0 };

		readdir_left = ++n;
		if (users(image, &e) < 0) {
			failed++;
			assert_int_equal(e.code, RI_E_IO);
			assert_true(strncmp(e.msg, "reading ", 8) == 0);
		}
	} while (readdir_left == 0);
	readdir_left = 0;
	assert_int_equal(failed, n - 1);
	assert_true(failed > 9);
}

/* A node without VMs has no directory of them; one whose directory cannot be opened may have some. */
static void test_a_node(void **state)
{
	RI_FREE unsigned *v = NULL;
	struct ri_err e = { 0 };
	size_t n = 7;

	(void)state;
	put_all();
	host_put("etc/pve/nodes/file", "");
	check_ok("none", ri_pvehost_each(&host, "pve3", &v, &n, &e), &e);
	assert_int_equal(n, 0);
	check_ok("a file", ri_pvehost_each(&host, "file", &v, &n, &e), &e);
	assert_int_equal(n, 0);
	assert_int_equal(symlink("loop", tmp_path("etc/pve/nodes/loop")), 0);
	check_err("a loop", ri_pvehost_each(&host, "loop", &v, &n, &e), &e, RI_E_IO,
	    rooted(
		"cannot open %s/etc/pve/nodes/loop/qemu-server: Too many levels of symbolic links"));
}

static int look(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	RI_FREE unsigned *vmids = NULL;
	RI_FD int lock = -1;
	size_t n;

	if (ri_pvehost_open(arg, &h, e) < 0 || ri_pvehost_vmids(&h, &vmids, &n, e) < 0 ||
	    ri_pvevm_load(&h, 105, &vm, e) < 0)
		return -1;
	assert_int_equal(n, 1);
	lock = ri_pvevm_lock(&h, 105, 0, e);
	return lock < 0 ? -1 : 0;
}

static int cluster(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster c = { 0 };

	return ri_pvehost_target(&host, arg, e) < 0 ? -1 : ri_pvehost_cluster(&host, &c, e);
}

static void test_cluster(void **state)
{
	(void)state;
	host_put("etc/pve/nodes/pve2/lxc/200.conf", "");
	host_put("etc/pve/ha/rules.cfg", "resource-affinity: rr\n\tresources a\n");
	assert_true(calls_each("cluster", NULL, EIO, cluster, NULL, "pve2") > 5);
}

static void test_look(void **state)
{
	(void)state;
	put_all();
	assert_true(calls_each("look", NULL, EIO, look, NULL, tmpdir) > 10);
	assert_true(calls_each("locks", "flock", EIO, look, NULL, tmpdir) == 1);
}

static int running(const void *arg, struct ri_err *e)
{
	const struct running *r = arg;
	int pid, rc = ri_pvevm_running(&host, 105, &pid, e);

	assert_int_equal(rc < 0 ? r->pid : pid, r->pid);
	return rc;
}

/* A VM that runs is never said not to. */
static void test_running(void **state)
{
	struct running r;

	(void)state;
	put_all();
	r = run_vm(105, "/usr/bin/kvm", "-pidfile", "var/run/qemu-server/105.pid");
	assert_true(calls_each("running", NULL, EIO, running, NULL, &r) >= 4);
	assert_true(calls_each("no descriptor", "open64", EMFILE, running, NULL, &r) == 2);
	end_vm(&r);
}

static int put_new(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };

	(void)arg;
	if (ri_pvevm_load(&host, 105, &vm, e) < 0 || ri_conf_write_check(&vm, e) < 0)
		return -1;
	return ri_conf_write(&vm, LIT(NEW), e);
}

/* Whole, or as it was, and nothing beside it. */
static void after_new(const void *want, int now, const struct ri_err *e)
{
	RI_BUF found = { 0 };
	char tmp[160];

	slurp(tmp_path(CONF), &found);
	check_span(e->msg, ri_buf_span(&found), ri_str(now == 0 ? want : OLD));
	snprintf(tmp, sizeof tmp, "%s.tmp.%d", tmp_path(CONF), (int)getpid());
	assert_int_equal(access(tmp, F_OK), -1);
	host_vm(105, OLD);
}

static void test_conf(void **state)
{
	(void)state;
	put_all();
	assert_true(calls_each("write", NULL, EIO, put_new, after_new, NEW) > 10);
	assert_int_equal(calls_each("no room", "write", ENOSPC, put_new, after_new, NEW), 1);
	/* pmxcfs takes neither. */
	assert_int_equal(calls_each("mode", "fchmod", EPERM, put_new, after_new, NEW), 1);
	assert_int_equal(calls_each("owner", "fchown", EPERM, put_new, after_new, NEW), 1);
}

static int set_lock(const void *arg, struct ri_err *e)
{
	const struct ri_location p = { .root = tmpdir, .vmid = 105, .lock = -1 };

	(void)arg;
	return ri_commit_lock_set(&p, e);
}

static void test_commit_lock(void **state)
{
	(void)state;
	put_all();
	assert_true(calls_each("lock", NULL, EIO, set_lock, after_new, "lock: create\n" OLD) > 10);
}

/* A file that cannot be read leaves it not known what it has. */
static int backups(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvebackups_free) struct ri_pvebackups b = { 0 };
	RI_ON_EXIT(ri_backups_free) struct ri_backups of = { 0 };

	(void)arg;
	if (ri_pvebackups_read(&host, &b, e) < 0 || ri_pvebackups_of(&b, &host, 105, &of, e) < 0)
		return -1;
	assert_int_equal(of.jobs.n + of.not_known.n, 1);
	return of.not_known.n == 0 ? 0 : ri_fail(e, RI_E_IO, EIO, "%s", of.not_known.v[0]);
}

static void test_backups(void **state)
{
	(void)state;
	put_all();
	host_put("etc/pve/jobs.cfg", "vzdump: b\n\tschedule 1:00\n\tall\n");
	assert_int_equal(calls_each("backups", "open64", EIO, backups, NULL, NULL), 1);
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
	int rc = ri_list_volumes(&host, 0, arg, not_built, &l, e);

	assert_true(rc < 0 || l.n == 1 || host_log.n > 0);
	ri_buf_free(&host_log);
	return rc;
}

static void test_list(void **state)
{
	(void)state;
	put_all();
	assert_true(calls_each("list", NULL, EIO, list, NULL, tmpdir) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_users),
		HOST_TEST(test_a_node),
		HOST_TEST(test_look),
		HOST_TEST(test_cluster),
		HOST_TEST(test_running),
		HOST_TEST(test_conf),
		HOST_TEST(test_commit_lock),
		HOST_TEST(test_list),
		HOST_TEST(test_backups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
