// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The volumes that could be built, and what is said of each. */
#include "unit/pvehost/running.h"

#include "host/sha256.h"
#include "pvehost/list.h"
#include "volume/volume.h"

/* Of those that are there, only volumes called built are. */
static int built(struct ri_listed *r, struct ri_err *e)
{
	(void)e;
	assert_true(*r->path != '\0' && *r->format != '\0');
	r->built = strstr(r->path, "disk-1") ? RI_BUILT_YES : RI_BUILT_NO;
	return 0;
}

static int no_memory(struct ri_listed *r, struct ri_err *e)
{
	(void)r;
	return ri_nomem(e);
}

/* A line a volume: "105 web scsi0 local:… 32G raw stopped, pending boots". */
static void show(unsigned vmid, const char *want)
{
	RI_ON_EXIT(ri_list_free) struct ri_list l = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	check_ok("list", ri_list_volumes(&host, vmid, tmp_path("stage"), built, &l, &e), &e);
	for (size_t i = 0; i < l.n; i++)
		ri_buf_addf(&text, "%u %s %s %s %s %s %s%s%s%s%s\n", l.v[i].vmid, l.v[i].vm_name,
		    l.v[i].key, l.v[i].volid, l.v[i].size, l.v[i].format, l.v[i].state,
		    strcmp(l.v[i].config, "attached") == 0 ? "" : ", ",
		    strcmp(l.v[i].config, "attached") == 0 ? "" : l.v[i].config,
		    l.v[i].boots ? " boots" : "",
		    l.v[i].built == RI_BUILT_YES  ? " built"
		    : l.v[i].built == RI_BUILT_NO ? " not built"
						  : "");
	check_span("list", ri_buf_span(&text), ri_str(want));
}

static void test_states(void **state)
{
	(void)state;
	host_vm(105,
	    "boot: order=scsi1;scsi0\nname: web\nscsi0: local:105/vm-105-disk-0.qcow2,size=32G\n"
	    "scsi1: san:vm-105-disk-1,size=1M\nide2: local:iso/x.iso,media=cdrom\n"
	    "efidisk0: san:vm-105-disk-2\nunused0: san:vm-105-disk-3\n");
	host_vm(99, "lock: backup\nvirtio0: /dev/sdx\n");
	host_vm(106, "template: 1\nscsi0: san:base-106-disk-0\n");
	host_vm(107, "vmstate: san:vm-107-state-s\nscsi0: gone:vm-107-disk-0\n");
	host_vm(108, "name: diskless\n");
	host_put("etc/pve/nodes/pve1/qemu-server/109.conf/in-the-way", "");
	show(0, "99  virtio0 /dev/sdx   locked (backup) boots\n"
		"105 web scsi0 local:105/vm-105-disk-0.qcow2 32G qcow2 stopped not built\n"
		"105 web scsi1 san:vm-105-disk-1 1M raw stopped boots built\n"
		"106  scsi0 san:base-106-disk-0   template boots\n"
		"107  scsi0 gone:vm-107-disk-0   hibernated boots\n");
	check_log(rooted("skipped: VM 109: "
			 "%s/etc/pve/nodes/pve1/qemu-server/109.conf is not a file\n"));
	show(106, "106  scsi0 san:base-106-disk-0   template boots\n");
	show(108, "");
}

/* What a VM is like by the lines of its own section, and which of its drives are disks. */
static void test_odd_lines(void **state)
{
	struct running r;

	(void)state;
	host_vm(105,
	    "template: 0\nscsi0: san:vm-105-disk-0,sizes=1G\nscsi1: san:vm-105-disk-3,media=disk,size=2G\n"
	    "scsi2: none,media=cdrom\nscsi3: san:nobody\nscsi4: a:\ntpmstate0: san:vm-105-disk-2\n"
	    "virtio0: /dev/none,cache=none\n");
	show(105, "105  scsi1 san:vm-105-disk-3 2G raw stopped boots not built\n"
		  "105  scsi3 san:nobody   stopped\n"
		  "105  scsi4 a:   stopped\n"
		  "105  virtio0 /dev/none   stopped\n");
	r = run_vm(105, "qemu-system-x86_64", "--pidfile", "run/qemu-server/105.pid");
	host_vm(105, "lock: backup\nscsi1: san:vm-105-disk-3\n");
	show(105, "105  scsi1 san:vm-105-disk-3  raw running boots not built\n");
	end_vm(&r);
}

/* Where a detach has left it, of a VM whose guest has powered off since. */
static void test_detached(void **state)
{
	struct running r;

	(void)state;
	host_vm(105,
	    "boot: order=scsi0\nscsi1: san:vm-105-disk-2\n\n[PENDING]\n"
	    "scsi0: san:vm-105-disk-1,size=1M\nide2: none,media=cdrom\nscsi1: san:vm-105-disk-2,ssd=1\n");
	show(105, "105  scsi1 san:vm-105-disk-2  raw stopped not built\n"
		  "105  scsi0 san:vm-105-disk-1 1M raw stopped, pending boots built\n");
	host_vm(105, "#ramimg detached scsi0=san%3Avm-105-disk-1,size=1M\nboot: order=scsi0\n"
		     "unused0: san:vm-105-disk-3\nunused1: san:vm-105-disk-1\n");
	show(105, "105  unused1 san:vm-105-disk-1 1M raw stopped, unused boots built\n");
	host_vm(105, "boot: order=scsi0;scsi1\nscsi0: san:vm-105-disk-1,disabled=1\n"
		     "scsi1: san:vm-105-disk-2\n");
	show(105, "105  scsi1 san:vm-105-disk-2  raw stopped not built\n"
		  "105  scsi0 san:vm-105-disk-1  raw stopped, by-hand boots built\n");
	/* Another volume in its place from the next start on. */
	host_vm(105, "scsi0: san:vm-105-disk-2\n[PENDING]\nscsi0: san:vm-105-disk-1\n");
	show(105, "105  scsi0 san:vm-105-disk-2  raw stopped not built\n"
		  "105  scsi0 san:vm-105-disk-1  raw stopped, pending boots built\n");
	r = run_vm(105, "kvm", "-pidfile", "var/run/qemu-server/105.pid");
	show(105, "105  scsi0 san:vm-105-disk-2  raw running boots not built\n"
		  "105  scsi0 san:vm-105-disk-1  raw running, pending built\n");
	end_vm(&r);
}

/* A commit to it waits for its recovery, whatever else is so. */
static void test_interrupted(void **state)
{
	RI_FREE char *image = NULL;
	RI_FREE char *id = NULL;
	struct ri_err e = { 0 };
	char hex[RI_SHA256_HEX + 1], record[80];

	(void)state;
	host_vm(105, "scsi0: local:105/vm-105-disk-0.qcow2\n");
	host_put("var/lib/vz/images/105/vm-105-disk-0.qcow2", "");
	image = strdup(tmp_path("var/lib/vz/images/105/vm-105-disk-0.qcow2"));
	check_ok("id", ri_volume_id(image, &id, &e), &e);
	ri_sha256_span(ri_str(id), hex);
	snprintf(record, sizeof record, "stage/%.32s/commit", hex);
	host_put(record, "");
	show(105, "105  scsi0 local:105/vm-105-disk-0.qcow2  qcow2 interrupted boots\n");
	assert_int_equal(chmod(tmp_path("stage"), 0777), 0);
	struct ri_list l = { 0 };

	assert_int_equal(ri_list_volumes(&host, 105, tmp_path("stage"), built, &l, &e), -1);
	assert_true(strncmp(e.msg, "stage.dir: other users can write to ", 36) == 0);
	assert_null(l.v);
}

static void test_one_that_is_not_here(void **state)
{
	struct ri_list l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_put("etc/pve/nodes/pve2/qemu-server/106.conf", "");
	check_err("106", ri_list_volumes(&host, 106, tmp_path("stage"), built, &l, &e), &e,
	    RI_E_BUSY, "VM 106 is on the node 'pve2'; run ramimg there");
	assert_null(l.v);
}

/* What the next start gives the VM, pending or not; one that does not run has nothing now. */
static void test_memory(void **state)
{
	RI_ON_EXIT(ri_list_free) struct ri_list l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, "cores: 2\nmemory: 2048\nscsi0: san:vm-105-disk-1\nscsi1: san:vm-105-disk-2\n"
		     "\n[PENDING]\nballoon: 512\nmemory: 1024\n");
	check_ok("list", ri_list_volumes(&host, 105, tmp_path("stage"), built, &l, &e), &e);
	assert_int_equal(l.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(l.v[i].ram.vm.memory, 1024);
		assert_int_equal(l.v[i].ram.vm.balloon, 512);
		assert_int_equal(l.v[i].ram.vm.cpus, 2);
		assert_int_equal(l.v[i].ram_now.vm.memory, 0);
		assert_int_equal(ri_listed_needs(&l.v[i]), i == 0);
	}
}

static void test_no_memory_to_look(void **state)
{
	struct ri_list l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, "scsi0: local:105/vm-105-disk-0.qcow2\n");
	check_err("105", ri_list_volumes(&host, 105, tmp_path("stage"), no_memory, &l, &e), &e,
	    RI_E_NOMEM, "out of memory");
	assert_null(l.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_states),
		HOST_TEST(test_odd_lines),
		HOST_TEST(test_detached),
		HOST_TEST(test_interrupted),
		HOST_TEST(test_one_that_is_not_here),
		HOST_TEST(test_memory),
		HOST_TEST(test_no_memory_to_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
