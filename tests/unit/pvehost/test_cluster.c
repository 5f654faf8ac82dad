// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The cluster's files of a host, and its nodes. */
#include "unit/fake_host.h"

#include "pvehost/cluster.h"

static void test_files(void **state)
{
	static const char *const first[] = { "vm: 105\n", "group: gg\n\tnodes a\n",
		"node-affinity: rr\n", "local: 105-0\n\ttarget pve2\n", "gpu\n", "stick\n",
		"share\n" };
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster none = { 0 };
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster c = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("none", ri_pvehost_cluster(&host, &none, &e), &e);
	for (int i = 0; i < RI_CLUSTER_FILES; i++) {
		char name[80];

		assert_int_equal(none.file[i].n, 0);
		snprintf(name, sizeof name, "etc/pve/%s", ri_cluster_names[i]);
		host_put(name, first[i]);
	}
	host_put("etc/pve/nodes/pve2/qemu-server/106.conf", "");
	check_ok("all", ri_pvehost_cluster(&host, &c, &e), &e);
	for (int i = 0; i < RI_CLUSTER_FILES; i++)
		if (c.file[i].n != 1 || c.file[i].warnings.n != 0)
			fail_msg("%s: %zu", ri_cluster_names[i], c.file[i].n);
	assert_int_equal(c.nodes.n, 2);
	assert_string_equal(c.nodes.v[0], "pve1");
	assert_string_equal(c.nodes.v[1], "pve2");
	assert_int_equal(c.guests_n, 0); /* nobody asks for them */
}

static void test_guests(void **state)
{
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster c = { 0 };
	struct ri_err e = { 0 };
	RI_BUF all = { 0 };

	(void)state;
	host_vm(105, "");
	host_put("etc/pve/nodes/pve2/qemu-server/106.conf", "");
	host_put("etc/pve/nodes/pve2/qemu-server/106.conf.tmp.7", "");
	host_put("etc/pve/nodes/pve3/lxc/200.conf", "");
	host_put("etc/pve/ha/rules.cfg", "resource-affinity: rr\n");
	check_ok("guests", ri_pvehost_cluster(&host, &c, &e), &e);
	for (size_t i = 0; i < c.guests_n; i++)
		ri_buf_addf(&all, "%s %s, ", c.guests[i].sid, c.guests[i].node);
	assert_string_equal(all.p, "vm:105 pve1, vm:106 pve2, ct:200 pve3, ");
}

/* A file that is there and cannot be read is not one that says nothing. */
static void test_unreadable(void **state)
{
	RI_ON_EXIT(ri_cluster_free) struct ri_cluster c = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_put("etc/pve/ha/rules.cfg/x", "");
	check_err("a directory", ri_pvehost_cluster(&host, &c, &e), &e, RI_E_CONFIG,
	    rooted("%s/etc/pve/ha/rules.cfg is not a file"));
}

static void test_target(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	check_err("this", ri_pvehost_target(&host, "pve1", &e), &e, RI_E_USAGE,
	    "pve1 is this node; name another");
	check_err("alone", ri_pvehost_target(&host, "pve2", &e), &e, RI_E_MISSING,
	    "there is no node 'pve2'; the others are: none");
	host_put("etc/pve/nodes/pve3/qemu-server/106.conf", "");
	host_put("etc/pve/nodes/pve2/qemu-server/107.conf", "");
	check_err("other", ri_pvehost_target(&host, "pve4", &e), &e, RI_E_MISSING,
	    "there is no node 'pve4'; the others are: pve2, pve3");
	e = (struct ri_err){ 0 };
	check_ok("there", ri_pvehost_target(&host, "pve2", &e), &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_files),
		HOST_TEST(test_guests),
		HOST_TEST(test_unreadable),
		HOST_TEST(test_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
