// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A host: which node it is, what its files may be, and where the clusters of its storages are told. */
#include "unit/fake_host.h"

#define FSID "3f2a1b4c-0000-4000-8000-0123456789ab"

static void test_which_node(void **state)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost again = { 0 };
	RI_BUF root = { 0 };
	struct ri_err e = { 0 };
	char name[256];

	(void)state;
	ri_buf_addf(&root, "%s//", tmpdir);
	check_ok("linked", ri_pvehost_open(root.p, &h, &e), &e);
	assert_string_equal(h.node, "pve1");
	assert_string_equal(h.root, tmpdir);
	/* Without pmxcfs's link, the host's name without its domain. */
	assert_int_equal(unlink(tmp_path("etc/pve/local")), 0);
	check_ok("named", ri_pvehost_open(tmpdir, &again, &e), &e);
	assert_int_equal(gethostname(name, sizeof name), 0);
	name[strcspn(name, ".")] = '\0';
	assert_string_equal(again.node, name);
}

static void test_no_host(void **state)
{
	char deep[6000];
	struct ri_pvehost h;
	struct ri_err e = { 0 };

	(void)state;
	memset(deep, '/', sizeof deep);
	deep[sizeof deep - 1] = '\0';
	deep[sizeof deep - 2] = 'a';
	assert_false(ri_pvehost_is(deep));
	assert_int_equal(ri_pvehost_open(deep, &h, &e), -1);
	assert_int_equal(e.code, RI_E_UNSUPPORTED);
	assert_false(ri_pvehost_is(tmp_path("etc")));
	host_put("x/etc/pve/nodes", "");
	assert_false(ri_pvehost_is(tmp_path("x")));
	assert_true(ri_pvehost_is(tmpdir));
}

static void test_its_files(void **state)
{
	const char *path = tmp_path("etc/pve/storage.cfg");
	struct ri_pvehost h;
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	check_err("large", ri_pvehost_open(tmpdir, &h, &e), &e, RI_E_CONFIG,
	    rooted("%s/etc/pve/storage.cfg is larger than the 1 MiB that Proxmox VE's file system "
		   "accepts"));
	assert_int_equal(unlink(tmp_path("etc/pve/storage.cfg")), 0);
	assert_int_equal(mkdir(tmp_path("etc/pve/storage.cfg"), 0700), 0);
	e = (struct ri_err){ 0 };
	check_err("no file", ri_pvehost_open(tmpdir, &h, &e), &e, RI_E_CONFIG,
	    rooted("%s/etc/pve/storage.cfg is not a file"));
	assert_int_equal(rmdir(tmp_path("etc/pve/storage.cfg")), 0);
	e = (struct ri_err){ 0 };
	check_ok("none", ri_pvehost_open(tmpdir, &h, &e), &e);
	assert_int_equal(h.storages.n, 1);
	assert_string_equal(h.storages.v[0].id, "local");
	ri_pvehost_close(&h);
}

/* A storage of its own cluster is told there, the others in ceph.conf; who tells nothing has none. */
static void test_clusters(void **state)
{
	static const struct {
		const char *own, *ours, *far, *near;
	} rows[] = {
		{ NULL, NULL, NULL, NULL },
		{ "[global]\n", "fsid", NULL, NULL },
		{ "[global]\n\tfsid = " FSID "\n", NULL, FSID, NULL },
		{ NULL, "[global]\n\tfsid = " FSID "\n", NULL, FSID },
	};

	(void)state;
	host_put("etc/pve/priv/ceph/far.conf", "");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct ri_storage *far, *near;

		unlink(tmp_path("etc/pve/priv/ceph/far.conf"));
		unlink(tmp_path("etc/pve/ceph.conf"));
		if (rows[i].own)
			host_put("etc/pve/priv/ceph/far.conf", rows[i].own);
		if (rows[i].ours)
			host_put("etc/pve/ceph.conf", rows[i].ours);
		host_open("rbd: far\n\tmonhost 10.0.0.1\n\nrbd: near\n\tkrbd 7\n");
		far = ri_storages_find(&host.storages, "far");
		near = ri_storages_find(&host.storages, "near");
		assert_int_equal(far->fsid != NULL, rows[i].far != NULL);
		assert_int_equal(near->fsid != NULL, rows[i].near != NULL);
		if (far->fsid)
			assert_string_equal(far->fsid, rows[i].far);
		if (near->fsid)
			assert_string_equal(near->fsid, rows[i].near);
	}
	check_log("");
}

/* Only a number of a VM with .conf behind it. */
static void test_vmids(void **state)
{
	static const char *const others[] = { "conf", ".conf", "x.conf", "1234567890.conf", "1.con",
		"1.conf~", "0.conf" };
	RI_FREE unsigned *v = NULL;
	struct ri_err e = { 0 };
	char name[80];
	size_t n;

	(void)state;
	host_vm(123456789, "");
	host_vm(100, "");
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		snprintf(name, sizeof name, "etc/pve/nodes/pve1/qemu-server/%s", others[i]);
		host_put(name, "");
	}
	check_ok("vmids", ri_pvehost_vmids(&host, &v, &n, &e), &e);
	assert_int_equal(n, 2);
	assert_int_equal(v[0], 100);
	assert_int_equal(v[1], 123456789);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_which_node),
		HOST_TEST(test_no_host),
		HOST_TEST(test_its_files),
		HOST_TEST(test_clusters),
		HOST_TEST(test_vmids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
