// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The commands about VMs, with a host that is a folder and a QEMU of this test: what they print and refuse. */
#define FAKE_CLOCK
#include "unit/captured.h"
#include "unit/fake_qemu.h"

#include "cli/cmd_internal.h"

#define BEFORE "agent: 1\nboot: order=scsi0\nname: web\n"
#define DISK "scsi0: san:vm-105-disk-1,iothread=1,size=8G\n"
#define AFTER "scsihw: virtio-scsi-single\n"
#define ATTACHED BEFORE DISK AFTER

typedef int command(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e);

static struct ri_job job;

static int vm_set_up(void **state)
{
	struct ri_err e = { 0 };

	if (fake_set_up(state) < 0)
		return -1;
	check_ok("job", ri_job_defaults(&job, &e), &e);
	/* Not this machine's own, which nobody but root may look into. */
	free(job.stage_dir);
	job.stage_dir = strdup(tmp_path("stage"));
	assert_non_null(job.stage_dir);
	host_vm(105, ATTACHED);
	return 0;
}

static int vm_tear_down(void **state)
{
	ri_job_free(&job);
	return fake_tear_down(state);
}

/** What the command prints is appended to @out. */
static int run_to_buf(command *cmd, struct ri_opts o, struct ri_buf *out, struct ri_err *e)
{
	int was, rc;

	o.pve_root = tmpdir;
	was = capture_begin();
	rc = cmd(&o, &job, e);
	capture_end(was, out);
	return rc;
}

static void prints(const char *name, command *cmd, struct ri_opts o, const char *want)
{
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	check_ok(name, run_to_buf(cmd, o, &out, &e), &e);
	check_span(name, ri_buf_span(&out), ri_str(want));
}

/** It prints a text with these lines in it, in this order. */
static void prints_among(command *cmd, struct ri_opts o, const char *const *lines)
{
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };
	const char *at;

	check_ok(lines[0], run_to_buf(cmd, o, &out, &e), &e);
	ri_buf_add(&out, "", 1);
	at = out.p;
	for (; *lines; lines++) {
		at = strstr(at, *lines);
		if (!at)
			fail_msg("no [%s] in its place in [%s]", *lines, out.p);
	}
}

#define PRINTS_AMONG(cmd, o, ...) prints_among(cmd, o, (const char *const[]){ __VA_ARGS__, NULL })

/** It fails, and has printed @out before. */
static void fails(const char *name, command *cmd, struct ri_opts o, const char *want,
    enum ri_code code, const char *msg)
{
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	check_err(name, run_to_buf(cmd, o, &out, &e), &e, code, msg);
	check_span(name, ri_buf_span(&out), ri_str(want));
}

static const struct ri_opts vm = { .target = "105" }, as_json = { .target = "105", .json = true },
			    dry = { .target = "105", .dry_run = true };

static void test_list(void **state)
{
	(void)state;
	host_vm(107, "name: other\nide0: local:iso/x.iso,media=cdrom\n");
	prints("all", ri_cmd_list, (struct ri_opts){ 0 },
	    "VMID  NAME  DRIVE  VOLUME             SIZE  FORMAT  BOOT  BUILT  MEMORY  STATE\n"
	    "105   web   scsi0  san:vm-105-disk-1  8G    raw     yes   -      -       running\n");
	PRINTS_AMONG(ri_cmd_list, as_json, "\"boot\": true", "\"drive\": \"scsi0\"",
	    "\"volid\": \"san:vm-105-disk-1\"");
	prints("none", ri_cmd_list, (struct ri_opts){ .target = "107", .json = true },
	    "{\n  \"format\": \"ramimg.list/1\",\n  \"volumes\": []\n}\n");
}

static void test_status(void **state)
{
	(void)state;
	host_vm(107, "name: off\nhostpci0: 01:00.0\nscsi0: local:107/vm-107-disk-0.raw\n");
	prints("all", ri_cmd_status, (struct ri_opts){ 0 },
	    "VMID  NAME  NODE  RUNNING  ROOT  DRIVE  DISK      CONFIG    MEMORY  MIGRATABLE\n"
	    "105   web   pve1  yes      ram   scsi0  released  attached  -       yes\n"
	    "107   off   pve1  no       -     scsi0  attached  attached  -       no\n"
	    "107: scsi0: local:107/vm-107-disk-0.raw is on local storage; detach it (ramimg detach), or "
	    "move it\n"
	    "107: hostpci0: a PCI device of this node (01:00.0)\n");
	fake.status = "{}";
	prints("unknown", ri_cmd_status, vm,
	    "VMID  NAME  NODE  RUNNING  ROOT     DRIVE  DISK      CONFIG    MEMORY  MIGRATABLE\n"
	    "105   web   pve1  yes      unknown  scsi0  attached  attached  -       yes\n"
	    "105: root not known: the guest's /run/ramimg/status is not a status of the loader\n");
	PRINTS_AMONG(ri_cmd_status, as_json, "\"migratable\": true", "\"root\": \"unknown\"");
}

static void test_check_migrate(void **state)
{
	static const char busy[] = "VM 105: 1 in the way of a live migration";

	(void)state;
	host_program("pvesh", "cat $(dirname $0)/../answer");
	host_program("dpkg-query", "printf 9.2.6");
	host_calls_begin(0);
	host_put("answer", "{\"local_disks\": [], \"local_resources\": []}");
	host_vm(105, BEFORE AFTER "\n[PENDING]\n" DISK);
	fake.has = 0;
	prints("free", ri_cmd_check_migrate, vm,
	    "VM 105: nothing is in the way of a live migration\n");
	PRINTS_AMONG(ri_cmd_check_migrate, as_json, "\"blockers\": []", "\"migratable\": true");
	host_put("answer", "{\"local_disks\": [], \"local_resources\": [\"pci\"]}");
	fails("blocked", ri_cmd_check_migrate, vm, "Proxmox VE: local resource pci\n", RI_E_BUSY,
	    busy);
	fails("blocked", ri_cmd_check_migrate, as_json,
	    "{\n  \"blockers\": [\n    \"Proxmox VE: local resource pci\"\n  ],\n"
	    "  \"format\": \"ramimg.check-migrate/1\",\n  \"migratable\": false,\n  \"remarks\": [],\n  \"vmid\": 105\n}\n",
	    RI_E_BUSY, busy);
}

static void test_check_migrate_to(void **state)
{
	static const struct ri_opts to = { .target = "105", .node = "pve2" },
				    here = { .target = "105", .node = "pve1" };

	(void)state;
	host_program("pvesh", "echo {}");
	host_program("dpkg-query", "printf 9.2.6");
	host_vm(105, BEFORE AFTER "\n[PENDING]\n" DISK);
	fake.has = 0;
	fails("this node", ri_cmd_check_migrate, here, "", RI_E_USAGE,
	    "pve1 is this node; name another");
	fails("no node", ri_cmd_check_migrate, to, "", RI_E_MISSING,
	    "there is no node 'pve2'; the others are: none");
	host_put("etc/pve/nodes/pve2/qemu-server/106.conf", "");
	prints("free", ri_cmd_check_migrate, to,
	    "VM 105: nothing is in the way of a live migration to pve2\n"
	    "note: not known of pve2: whether it is online and can be reached by SSH, has memory for "
	    "the VM, and has a QEMU as new as this node's\n");
	host_put("etc/pve/replication.cfg", "local: 105-0\n\ttarget pve3\n");
	fails("replicated elsewhere", ri_cmd_check_migrate, to,
	    "its replication (105-0) does not go to pve2, and only one that is replicated there moves "
	    "live; add a job, or remove what there is: pvesr delete 105-0\n"
	    "note: not known of pve2: whether it is online and can be reached by SSH, has memory for "
	    "the VM, and has a QEMU as new as this node's\n",
	    RI_E_BUSY, "VM 105: 1 in the way of a live migration to pve2");
}

static void test_detach_and_attach(void **state)
{
	(void)state;
	PRINTS_AMONG(ri_cmd_detach, dry,
	    "QMP: {\"execute\":\"device_del\",\"arguments\":{\"id\":\"scsi0\"}}\n",
	    "--- configuration now\n+++ configuration then\n",
	    "\n-scsi0: ", "\n+[PENDING]\n+scsi0: ");
	assert_int_equal(fake_things(), FAKE_ALL);
	prints("detach", ri_cmd_detach, vm,
	    "VM 105: scsi0 is detached; it is back at the next cold start\n");
	assert_int_equal(fake_things(), 0);
	prints("detach again", ri_cmd_detach, vm,
	    "VM 105: scsi0 is already detached; nothing was changed\n");
	PRINTS_AMONG(ri_cmd_detach, as_json, "\"changed\": false");
	PRINTS_AMONG(ri_cmd_detach, dry, "configuration: unchanged\n");
	PRINTS_AMONG(ri_cmd_list, vm, "yes   -      -       running, pending\n");
	prints("attach", ri_cmd_attach, vm, "VM 105: scsi0 is attached again\n");
	assert_int_equal(fake_things(), FAKE_ALL);
	prints("attach again", ri_cmd_attach, vm,
	    "VM 105: scsi0 is already attached; nothing was changed\n");
	PRINTS_AMONG(ri_cmd_detach, as_json, "\"changed\": true", "\"drive\": \"scsi0\"");
	fake.has = FAKE_ALL & ~(1U << F_DISK | 1U << F_CONTROLLER);
	host_vm(105, BEFORE AFTER "\n[PENDING]\n" DISK);
	prints("the rest of a detach", ri_cmd_detach, vm,
	    "VM 105: scsi0 is detached; the configuration was so already\n");
	PRINTS_AMONG(ri_cmd_attach, dry, "\n-[PENDING]\n", "\n+scsihw: ");
}

static void test_detached_by_hand(void **state)
{
	static const struct {
		const char *way, *done, *log;
	} ways[] = {
		{ "unused", "VM 105: scsi0 is detached; its volume is unused now\n", "" },
		{ "by-hand", "VM 105: scsi0 is detached\n",
		    "detach.config = \"by-hand\": Proxmox ignores a line with disabled=1 and drops it "
		    "when it writes the file, which a migration does; the volume is in no "
		    "configuration then\n" },
	};
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		fake_reset();
		host_vm(105, ATTACHED);
		ri_buf_free(&host_log);
		check_ok(ways[i].way,
		    ri_setting_set_text(ri_setting_find("detach.config"), &job, ways[i].way, &e),
		    &e);
		prints(ways[i].way, ri_cmd_detach, vm, ways[i].done);
		if (!ri_span_starts(ri_buf_span(&host_log), ways[i].log))
			fail_msg("%s: logged [%.*s]", ways[i].way, (int)host_log.n, host_log.p);
	}
}

static const struct {
	const char *name;
	command *cmd;
	const char *absent; /* what it says of a VM that does not exist */
} all[] = {
	{ "list", ri_cmd_list, "VM 109 does not exist" },
	{ "status", ri_cmd_status, "VM 109 does not exist" },
	{ "check-migrate", ri_cmd_check_migrate, "VM 109 does not exist" },
	{ "detach", ri_cmd_detach, "VM 109 does not exist" },
	{ "attach", ri_cmd_attach, "VM 109 does not exist" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		fails(all[i].name, all[i].cmd, (struct ri_opts){ .target = "web" }, "", RI_E_USAGE,
		    "\"web\" is not a VMID (100 to 999999999); a file of that name is ./web");
		fails(all[i].name, all[i].cmd, (struct ri_opts){ .target = "109" }, "",
		    RI_E_MISSING, all[i].absent);
	}
}

/* A machine that is no host: said before anything else. */
static void test_no_host(void **state)
{
	(void)state;
	assert_int_equal(rename(tmp_path("etc/pve"), tmp_path("etc/was-pve")), 0);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		assert_int_equal(run_to_buf(all[i].cmd, vm, &out, &e), -1);
		if (out.n > 0 || e.code != RI_E_UNSUPPORTED)
			fail_msg("%s: said [%s]", all[i].name, e.msg);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, vm_set_up, vm_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_list),
		T(test_status),
		T(test_check_migrate),
		T(test_check_migrate_to),
		T(test_detach_and_attach),
		T(test_detached_by_hand),
		T(test_refusals),
		T(test_no_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
