// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What Proxmox VE itself says to a migration, and what is made of a pvesh that says nothing of use. */
#include "unit/fake_host.h"

#include "pvehost/pvesh.h"

static void test_answers(void **state)
{
	static const struct {
		const char *script, *said;
	} rows[] = {
		{ "echo '{}'", "" },
		{ "echo '{\"allowed_nodes\": [\"pve2\"], \"not_allowed_nodes\": {\"pve3\": {}}}'",
		    "" },
		{ "echo '{\"allowed_nodes\": 7}'", "" },
		{ "echo '{\"allowed_nodes\": []}'", "Proxmox VE: no node to go to\n" },
		{ "echo '{\"allowed_nodes\": [], \"not_allowed_nodes\": {\"pve2\": "
		  "{\"unavailable_storages\": [\"local\"]}, \"pve3\": null}}'",
		    "Proxmox VE: not to pve2: {\"unavailable_storages\":[\"local\"]}\n"
		    "Proxmox VE: not to pve3: null\n" },
		/* What the configuration names, in whatever section, has been judged. */
		{ "echo '{\"local_disks\": [{\"volid\": \"san:vm-105-disk-1\"}, {\"volid\": "
		  "\"local:105/old.raw\"}, {\"volid\": \"local:105/vm-105-disk-9.raw\"}, {}, 5]}'",
		    "Proxmox VE: local disk local:105/vm-105-disk-9.raw\nProxmox VE: local disk ?\n"
		    "Proxmox VE: local disk ?\n" },
		{ "echo '{\"local_resources\": [\"hostpci0\", 7]}'",
		    "Proxmox VE: local resource hostpci0\nProxmox VE: local resource ?\n" },
		{ "echo '[]'", "Proxmox VE: answers with no JSON object\n" },
		{ "echo '{'", "Proxmox VE: answers with no JSON object\n" },
		{ ":", "Proxmox VE: answers with no JSON object\n" },
		{ "exit 3", "Proxmox VE: refuses: (pvesh, status 3) \n" },
		{ "printf '\\n \\n no quorum \\nmore\\n' >&2; exit 2",
		    "Proxmox VE: refuses: (pvesh, status 2) no quorum\n" },
		{ "kill -9 $$", "Proxmox VE: refuses: (pvesh, status 137) \n" },
		{ "head -c 2000000 /dev/zero",
		    "Proxmox VE: cannot be asked: pvesh printed more than expected\n" },
	};

	(void)state;
	host_vm(105, "scsi0: san:vm-105-disk-1\n\n[old]\nscsi0: local:105/old.raw\n");
	host_program("pvesh", ":");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		RI_BUF all = { 0 };
		RI_STRV said = { 0 };
		struct ri_buf calls;

		host_program("pvesh", rows[i].script);
		host_calls_begin(0);
		check_ok(rows[i].script, ri_pvesh_migrate(&host, 105, NULL, &said, &e), &e);
		for (size_t k = 0; k < said.n; k++)
			ri_buf_addf(&all, "%s\n", said.v[k]);
		check_span(rows[i].script, ri_buf_span(&all), ri_str(rows[i].said));
		calls = host_calls();
		assert_string_equal(calls.p,
		    "pvesh get /nodes/pve1/qemu/105/migrate --output-format json\n");
		ri_buf_free(&calls);
	}
}

/* However much it says of why not, 200 bytes of it. */
static void test_a_long_refusal(void **state)
{
	struct ri_err e = { 0 };
	RI_STRV said = { 0 };

	(void)state;
	host_vm(105, "name: web\n");
	host_program("pvesh", "printf '%300s' x | tr ' ' x >&2; exit 1");
	host_calls_begin(0);
	check_ok("long", ri_pvesh_migrate(&host, 105, NULL, &said, &e), &e);
	assert_int_equal(said.n, 1);
	assert_int_equal(strlen(said.v[0]),
	    strlen("Proxmox VE: refuses: (pvesh, status 1) ") + 200);
}

static void test_not_asked(void **state)
{
	struct ri_err e = { 0 };
	RI_STRV said = { 0 };

	(void)state;
	host_program("other", ":");
	assert_int_equal(setenv("PATH", tmp_path("bin"), 1), 0);
	host_vm(105, "name: web\n");
	check_ok("no pvesh", ri_pvesh_migrate(&host, 105, NULL, &said, &e), &e);
	assert_int_equal(said.n, 0);
	check_err("no VM", ri_pvesh_migrate(&host, 106, NULL, &said, &e), &e, RI_E_MISSING,
	    "VM 106 does not exist");
}

/* What it has against one node; one that it allows it knows among the others too, with nothing against it. */
static void test_one_node(void **state)
{
	static const struct {
		const char *target, *answer, *said;
	} rows[] = {
		{ "pve2",
		    "{\"allowed_nodes\": [\"pve3\"], \"not_allowed_nodes\": {\"pve3\": {}, \"pve2\": "
		    "{\"blocking-ha-resources\": [{\"cause\": \"resource-affinity\", \"sid\": "
		    "\"vm:106\"}]}}}",
		    "Proxmox VE: not to pve2: {\"blocking-ha-resources\":[{\"cause\":\"resource-affinity\","
		    "\"sid\":\"vm:106\"}]}\n" },
		{ "pve3",
		    "{\"allowed_nodes\": [\"pve3\"], \"not_allowed_nodes\": {\"pve3\": {}, \"pve2\": "
		    "{\"unavailable_storages\": [\"local\"]}}}",
		    "" },
		{ "pve3", "{\"allowed_nodes\": []}", "Proxmox VE: no node to go to\n" },
		{ "pve3", "{}", "" },
	};

	(void)state;
	host_vm(105, "name: web\n");
	host_program("pvesh", "cat $(dirname $0)/../answer");
	host_calls_begin(0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		RI_BUF all = { 0 };
		RI_STRV said = { 0 };

		host_put("answer", rows[i].answer);
		check_ok(rows[i].answer, ri_pvesh_migrate(&host, 105, rows[i].target, &said, &e),
		    &e);
		for (size_t k = 0; k < said.n; k++)
			ri_buf_addf(&all, "%s\n", said.v[k]);
		check_span(rows[i].answer, ri_buf_span(&all), ri_str(rows[i].said));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_answers),
		HOST_TEST(test_one_node),
		HOST_TEST(test_a_long_refusal),
		HOST_TEST(test_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
