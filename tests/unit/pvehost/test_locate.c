// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* From a name to where it lies, with its VM kept off: on a host in a folder. */
#include "unit/fake_host.h"

#include "pvehost/locate.h"
#include "pvehost/lookup.h"

#define IMAGE "var/lib/vz/images/105/vm-105-disk-0.qcow2"
#define VM "boot: order=scsi0\nscsi0: local:105/vm-105-disk-0.qcow2\nscsi1: san:vm-105-disk-1\n"

static void put_all(void)
{
	host_vm(105, VM);
	host_put(IMAGE, "");
	host_put("dev/san/vm-105-disk-1", "");
	host_program("pvesm", "exit 1");
	host_calls_begin(0);
}

static int find(const char *target, enum ri_volume_use use, struct ri_location *p, struct ri_err *e)
{
	*p = (struct ri_location)RI_PLACE_INIT;
	return ri_locate_find(target, tmpdir, use, p, e);
}

static void test_every_form_of_a_name(void **state)
{
	RI_FREE char *image = NULL;

	(void)state;
	put_all();
	image = strdup(tmp_path(IMAGE));
	const char *names[] = { "105", "vm-105-disk-0", "vm-105-disk-0.qcow2",
		"local:105/vm-105-disk-0.qcow2", image };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct ri_location p, second;
		struct ri_err e = { 0 };
		int lock;

		check_ok(names[i], find(names[i], RI_VOLUME_WRITE, &p, &e), &e);
		assert_string_equal(p.path, image);
		assert_string_equal(p.format, "qcow2");
		assert_int_equal(p.vmid, 105);
		assert_string_equal(p.named, names[3]);
		assert_true(p.lock >= 0);
		/* Held until it is left. */
		lock = ri_pvevm_lock(&host, 105, 0, &e);
		assert_int_equal(lock, -1);
		ri_locate_leave(&p);
		assert_int_equal(p.lock, -1);
		e = (struct ri_err){ 0 };
		check_ok("again", find(names[i], RI_VOLUME_READ, &second, &e), &e);
		ri_locate_leave(&second);
	}
}

/* Another volume of a VM that is locked already: found and activated, without a second lock. */
static void test_beside(void **state)
{
	struct ri_location p, other = RI_PLACE_INIT;
	struct ri_err e = { 0 };
	RI_BUF script = { 0 };
	RI_BUF calls = { 0 };

	(void)state;
	put_all();
	ri_buf_addf(&script, ": > %s/dev/san/vm-105-disk-1", tmpdir);
	check_ok("105", find("105", RI_VOLUME_READ, &p, &e), &e);
	assert_int_equal(unlink(tmp_path("dev/san/vm-105-disk-1")), 0);
	host_program("lvchange", script.p);
	host_calls_begin(0);
	check_ok("beside", ri_locate_beside(&p, "san:vm-105-disk-1", &other, &e), &e);
	assert_string_equal(other.path, tmp_path("dev/san/vm-105-disk-1"));
	assert_int_equal(other.lock, -1);
	ri_locate_leave(&other);
	calls = host_calls();
	assert_non_null(strstr(calls.p, "lvchange -aln san/vm-105-disk-1\n"));
	assert_int_equal(ri_locate_beside(&p, "gone:x", &other, &e), -1);
	ri_locate_leave(&p);
}

/* The memory of the VM's next start; none where no VM names the volume. */
static void test_memory(void **state)
{
	static const struct {
		const char *conf;
		uint64_t memory, balloon;
		unsigned cpus;
	} cases[] = {
		{ VM, 512, 512, 1 },
		{ "memory: 2048\nballoon: 1024\ncores: 2\nscsi0: local:105/vm-105-disk-0.qcow2\n",
		    2048, 1024, 2 },
		{ "memory: 2048\nscsi0: local:105/vm-105-disk-0.qcow2\n[PENDING]\nmemory: 1024\n",
		    1024, 1024, 1 },
		{ "memory: 2048\n", 0, 0, 0 },
	};

	(void)state;
	put_all();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_location p;
		struct ri_err e = { 0 };

		host_vm(105, cases[i].conf);
		check_ok(cases[i].conf,
		    find("local:105/vm-105-disk-0.qcow2", RI_VOLUME_READ, &p, &e), &e);
		assert_int_equal(p.memory.memory, cases[i].memory);
		assert_int_equal(p.memory.balloon, cases[i].balloon);
		assert_int_equal(p.memory.cpus, cases[i].cpus);
		ri_locate_leave(&p);
	}
}

/* The boot drive of a VM whose guest has powered off after a detach, and of one that changes at its next start. */
static void test_boot_drive_of_all_sections(void **state)
{
	static const char *const confs[] = {
		"boot: order=scsi0\n\n[PENDING]\nscsi0: local:105/vm-105-disk-0.qcow2\n",
		"scsi1: san:vm-105-disk-1\n\n[PENDING]\nscsi0: local:105/vm-105-disk-0.qcow2\n",
		"scsi0: san:vm-105-disk-1\n\n[PENDING]\nscsi0: local:105/vm-105-disk-0.qcow2\n",
		("#ramimg detached scsi0=local%3A105/vm-105-disk-0.qcow2,size=1G\nboot: order=scsi0\n"
		 "unused0: local:105/vm-105-disk-0.qcow2\nunused1: san:vm-105-disk-1\n"),
		"boot: order=scsi0\nscsi0: local:105/vm-105-disk-0.qcow2,disabled=1\n",
	};
	RI_FREE char *image = NULL;

	(void)state;
	put_all();
	image = strdup(tmp_path(IMAGE));
	for (size_t i = 0; i < sizeof confs / sizeof confs[0]; i++) {
		struct ri_location p;
		struct ri_err e = { 0 };

		host_vm(105, confs[i]);
		check_ok(confs[i], find("105", RI_VOLUME_WRITE, &p, &e), &e);
		assert_string_equal(p.path, image);
		ri_locate_leave(&p);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *conf, *target;
		enum ri_code code;
		const char *said;
	} cases[] = {
		{ VM, "gone:vm-105-disk-0", RI_E_MISSING,
		    "gone:vm-105-disk-0: storage.cfg has no storage 'gone'" },
		{ VM, "vm-105-disk-7", RI_E_MISSING,
		    "VM 105 has no volume vm-105-disk-7, and no storage of this node shows one; "
		    "`ramimg list 105` shows what it has, STORAGE:VOLUME names any other" },
		{ VM, "off:105/vm-105-disk-0.raw", RI_E_UNSUPPORTED,
		    "off:105/vm-105-disk-0.raw: the storage 'off' is disabled" },
		{ VM, "zfs1:vm-105-disk-0", RI_E_UNSUPPORTED,
		    "zfs1:vm-105-disk-0: the storage 'zfs1' is ZFS over iSCSI, whose volumes are not "
		    "block devices of this host; move the disk to another storage for the build" },
		{ VM, "san:disk", RI_E_USAGE,
		    "san:disk: san:disk is not a volume of a storage of type lvm (vm-VMID-NAME)" },
		{ VM, "nowhere:vm-105-disk-1", RI_E_CONFIG,
		    "nowhere:vm-105-disk-1: the storage 'nowhere': vgname '/x' must be a name without / "
		    "before it or .." },
		{ VM, "99", RI_E_USAGE, NULL },
		{ "name: diskless\n", "105", RI_E_CONFIG,
		    "VM 105: it has no hard disk; name the volume instead" },
		{ "boot: order=scsi0\nunused0: local:105/vm-105-disk-0.qcow2\n", "105", RI_E_CONFIG,
		    "VM 105: its boot order names scsi0, which it does not have; if that was its unused "
		    "volume, name it: local:105/vm-105-disk-0.qcow2" },
		{ VM "\n[PENDING]\ndelete: scsi0\n", "105", RI_E_BUSY,
		    "VM 105: the next start takes away its boot drive scsi0, which is pending; take that "
		    "back (qm set 105 --revert scsi0), or stop and start the VM first" },
		{ VM "\n[sun]\nscsi1: san:vm-105-disk-1\n", "vm-999-disk-1", RI_E_MISSING,
		    "VM 999 does not exist" },
		{ "scsi0: local:105/x.raw\nscsi1: san:x\n", "999", RI_E_MISSING,
		    "VM 999 does not exist" },
		{ VM "\n[one]\nscsi1: local:105/vm-105-disk-1.raw\n", "vm-105-disk-1", RI_E_USAGE,
		    "vm-105-disk-1 may be any of san:vm-105-disk-1, local:105/vm-105-disk-1.raw; say "
		    "which" },
	};

	(void)state;
	host_open(HOST_CFG "\ndir: off\n\tpath /off\n\tdisable\n\nzfs: zfs1\n\tpool tank\n"
			   "\tportal 10.0.0.1\n\ttarget iqn.a\n\tiscsiprovider istgt\n"
			   "\nlvm: nowhere\n\tvgname /x\n");
	put_all();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_location p;
		struct ri_err e = { 0 };
		int rc;

		host_vm(105, cases[i].conf);
		rc = find(cases[i].target, RI_VOLUME_READ, &p, &e);
		if (cases[i].said)
			check_err(cases[i].target, rc, &e, cases[i].code, cases[i].said);
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, cases[i].code);
		assert_null(p.path);
		assert_int_equal(p.lock, -1);
	}
}

/* By its path, whatever names it: a volume id tells a format, a path none. */
static void test_by_path(void **state)
{
	static const struct {
		const char *name, *conf, *format;
		unsigned vmid;
	} rows[] = {
		{ "dev/san/vm-105-disk-2.qcow2", "scsi0: san:vm-105-disk-2.qcow2\n", "qcow2", 105 },
		{ "disk.img", "scsi0: /disk.img\n", NULL, 105 },
		{ "disk.img", "name: web\n", NULL, 0 },
		{ "none.img", "scsi0: /none.img\n", NULL, 0 }, /* opening it will tell */
	};

	(void)state;
	put_all();
	host_put("dev/san/vm-105-disk-2.qcow2", "");
	host_put("disk.img", "");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		RI_FREE char *path = strdup(tmp_path(rows[i].name));
		struct ri_location p;
		struct ri_err e = { 0 };

		host_vm(105, rows[i].conf);
		check_ok(path, find(path, RI_VOLUME_WRITE, &p, &e), &e);
		assert_string_equal(p.path, path);
		assert_int_equal(p.vmid, rows[i].vmid);
		assert_int_equal(p.lock >= 0, rows[i].vmid != 0);
		assert_true(
		    rows[i].format ? p.format && strcmp(p.format, rows[i].format) == 0 : !p.format);
		assert_null(p.volid);
		ri_locate_leave(&p);
	}
	/* A drive may name a path itself. */
	struct ri_location p;
	struct ri_err e = { 0 };

	host_vm(105, "scsi0: /proc/none\n");
	check_ok("105", find("105", RI_VOLUME_READ, &p, &e), &e);
	assert_string_equal(p.path, "/proc/none");
	ri_locate_leave(&p);
}

static void test_a_file_of_that_name_here(void **state)
{
	struct ri_location p;
	struct ri_err e = { 0 };

	(void)state;
	put_all();
	host_put("vm-105-disk-0", "");
	assert_int_equal(chdir(tmpdir), 0);
	check_err("both", find("vm-105-disk-0", RI_VOLUME_READ, &p, &e), &e, RI_E_USAGE,
	    "vm-105-disk-0 is a volume's name and a file here; say ./vm-105-disk-0 for the file, "
	    "STORAGE:VOLUME for the volume");
	e = (struct ri_err){ 0 };
	check_ok("file", find("./vm-105-disk-0", RI_VOLUME_READ, &p, &e), &e);
	assert_string_equal(p.path, "./vm-105-disk-0");
	ri_locate_leave(&p);
	assert_int_equal(chdir("/"), 0);
}

/* No VM's drive has it: a storage of this node does, as pvesm lists it or, without one, as the paths show. */
static void test_what_no_vm_names(void **state)
{
	static const struct {
		const char *pvesm, *name, *volid, *said; /* pvesm NULL: there is none */
	} rows[] = {
		{ NULL, "vm-105-disk-5", "local:105/vm-105-disk-5.raw", NULL },
		{ NULL, "vm-105-disk-5.raw", "local:105/vm-105-disk-5.raw", NULL },
		{ NULL, "vm-105-disk-6", "san:vm-105-disk-6", NULL },
		{ NULL, "vm-105-disk-7", NULL,
		    "vm-105-disk-7 may be any of local:105/vm-105-disk-7.qcow2, local:105/vm-105-disk-7.vmdk, "
		    "tree:105/vm-105-disk-7.raw; say which" },
		{ "exit 1", "vm-105-disk-6", "san:vm-105-disk-6", NULL },
		{ "[ $2 = san ] && printf 'Volid  Format\nsan:vm-105-disk-8  raw images 1\n"
		  "vm-105-disk-8\nsan:vm-105-disk-9 raw\n'; exit 0",
		    "vm-105-disk-8", "san:vm-105-disk-8", NULL },
	};

	(void)state;
	host_open(
	    HOST_CFG "\nbtrfs: tree\n\tpath /tree\n\ndir: iso\n\tpath /iso\n\tcontent iso\n"
		     "\nnfs: far\n\tserver s\n\texport e\n\tnodes pve2\n"
		     "\nnfs: near\n\tserver s\n\texport e\n\ncifs: c\n\tserver s\n\tshare e\n");
	put_all();
	host_put("var/lib/vz/images/105/vm-105-disk-5.raw", "");
	host_put("dev/san/vm-105-disk-6", "");
	host_put("var/lib/vz/images/105/vm-105-disk-7.qcow2", "");
	host_put("var/lib/vz/images/105/vm-105-disk-7.vmdk", "");
	host_put("tree/images/105/vm-105-disk-7/disk.raw", "");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		RI_FREE char *volid = NULL;
		struct ri_err e = { 0 };
		int rc;

		if (rows[i].pvesm)
			host_program("pvesm", rows[i].pvesm);
		else
			unlink(tmp_path("bin/pvesm"));
		host_calls_begin(0);
		rc = ri_locate_of_short(&host, rows[i].name, &volid, &e);
		if (rows[i].said)
			check_err(rows[i].name, rc, &e, RI_E_USAGE, rows[i].said);
		else
			check_ok(rows[i].name, rc, &e);
		assert_true(rows[i].volid ? strcmp(volid, rows[i].volid) == 0 : !volid);
	}
}

/* The volume is called as it was named, and what fails says of which. */
static void test_opened(void **state)
{
	static const struct {
		const char *target, *format, *named;
	} rows[] = {
		{ "local:105/vm-105-disk-5.raw", NULL, "local:105/vm-105-disk-5.raw" },
		{ "local:105/vm-105-disk-5.raw", "raw", "local:105/vm-105-disk-5.raw" },
		{ "disk.img", "raw", "disk.img" },
		{ "local:105/vm-105-disk-5.raw", "qcow2", NULL },
		{ "none.img", NULL, NULL },
		{ "gone:105/vm-105-disk-5.raw", NULL, NULL },
	};

	(void)state;
	put_all();
	host_put("var/lib/vz/images/105/vm-105-disk-5.raw", "no boot sector");
	host_put("disk.img", "no boot sector");
	assert_int_equal(truncate(tmp_path("var/lib/vz/images/105/vm-105-disk-5.raw"), 1 << 20), 0);
	assert_int_equal(truncate(tmp_path("disk.img"), 1 << 20), 0);
	assert_int_equal(chdir(tmpdir), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		RI_ON_EXIT(ri_locate_leave) struct ri_location p = RI_PLACE_INIT;
		RI_ON_EXIT(ri_volume_close) struct ri_volume v = { .fd = -1, .claim = -1 };
		struct ri_err e = { 0 };
		int rc = ri_locate_open(rows[i].target, rows[i].format, tmpdir, RI_VOLUME_READ, &p,
		    &v, &e);

		if (rows[i].named) {
			check_ok(rows[i].target, rc, &e);
			assert_string_equal(v.target, rows[i].named);
			continue;
		}
		assert_int_equal(rc, -1);
		assert_non_null(strstr(e.msg, rows[i].target));
	}
	assert_int_equal(chdir("/"), 0);
}

/* A volume that is not active: the lock comes first, and a failure lets go of it. */
static void test_activated_under_the_lock(void **state)
{
	struct ri_location p;
	struct ri_err e = { 0 };
	RI_BUF script = { 0 };
	struct ri_buf calls;
	RI_FD int lock = -1;

	(void)state;
	put_all();
	assert_int_equal(unlink(tmp_path("dev/san/vm-105-disk-1")), 0);
	ri_buf_addf(&script, ": > %s/dev/san/vm-105-disk-1", tmpdir);
	host_program("lvchange", script.p);
	for (size_t nth = 1; nth <= 2; nth++) {
		unlink(tmp_path("dev/san/vm-105-disk-1"));
		host_calls_begin(nth);
		e = (struct ri_err){ 0 };
		assert_int_equal(find("san:vm-105-disk-1", RI_VOLUME_WRITE, &p, &e), -1);
		lock = ri_pvevm_lock(&host, 105, 0, &e);
		assert_true(lock >= 0);
		ri_cleanup_fd(&lock);
		lock = -1;
	}
	unlink(tmp_path("dev/san/vm-105-disk-1"));
	host_calls_begin(0);
	e = (struct ri_err){ 0 };
	check_ok("active", find("san:vm-105-disk-1", RI_VOLUME_WRITE, &p, &e), &e);
	ri_locate_leave(&p);
	calls = host_calls();
	assert_string_equal(calls.p, "lvchange -aey san/vm-105-disk-1\n"
				     "lvchange --refresh san/vm-105-disk-1\n"
				     "lvchange -aln san/vm-105-disk-1\n");
	ri_buf_free(&calls);
}

#define PLUGIN "acme: far\n\tcontent images\n"
#define CONFIG "perl -MPVE::Storage -e my $c = PVE::Storage::config(); "
#define ACTIVATE                                                                                   \
	CONFIG                                                                                     \
	"PVE::Storage::activate_volumes($c, [$ARGV[0]]); print PVE::Storage::map_volume($c, "      \
	"$ARGV[0]) || scalar(PVE::Storage::path($c, $ARGV[0])); far:vol-abc\n"
#define DEACTIVATE                                                                                 \
	CONFIG "PVE::Storage::unmap_volume($c, $ARGV[0]); PVE::Storage::deactivate_volumes($c, "   \
	       "[$ARGV[0]]); far:vol-abc\n"

/* A storage that only its plugin knows, which has a volume at dev/acme/vol-abc. */
static void put_plugin(void)
{
	RI_BUF answer = { 0 };

	host_open(PLUGIN);
	host_vm(105, "boot: order=scsi0\nscsi0: far:vol-abc\n");
	host_put("dev/acme/vol-abc", "");
	ri_buf_addf(&answer, "echo %s/dev/acme/vol-abc", tmpdir);
	host_program("pvesm", answer.p);
	host_program("perl", "exit 1");
	host_calls_begin(0);
}

static void check_calls(const char *want)
{
	struct ri_buf calls = host_calls();

	check_span("calls", ri_buf_span(&calls), ri_str(want));
	ri_buf_free(&calls);
}

static void test_a_plugin_is_asked(void **state)
{
	static const char *const names[] = { "far:vol-abc", "105" };

	(void)state;
	put_plugin();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct ri_location p;
		struct ri_err e = { 0 };

		host_calls_begin(0);
		check_ok(names[i], find(names[i], RI_VOLUME_WRITE, &p, &e), &e);
		assert_string_equal(p.path, rooted("%s/dev/acme/vol-abc"));
		assert_null(p.format);
		assert_string_equal(p.name, "vol-abc");
		assert_string_equal(p.volid, "far:vol-abc");
		assert_int_equal(p.vmid, 105); /* the name does not tell it, a configuration does */
		assert_true(p.lock >= 0);
		ri_locate_leave(&p);
		check_calls("pvesm path far:vol-abc\n");
	}
}

/* By Proxmox's own code, under the lock; what it answers is where the volume is. */
static void test_a_plugin_activates(void **state)
{
	static const char *const at[] = { "dev/acme/vol-abc", "dev/mapped" };

	(void)state;
	put_plugin();
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		struct ri_location p;
		struct ri_err e = { 0 };
		RI_BUF script = { 0 };

		ri_buf_addf(&script,
		    "case \"$3\" in *::activate_volumes*) : > %s/%s; echo %s/%s ;; esac", tmpdir,
		    at[i], tmpdir, at[i]);
		host_program("perl", script.p);
		unlink(tmp_path("dev/acme/vol-abc"));
		host_calls_begin(0);
		check_ok(at[i], find("far:vol-abc", RI_VOLUME_WRITE, &p, &e), &e);
		assert_string_equal(p.path, tmp_path(at[i]));
		check_calls("pvesm path far:vol-abc\n" ACTIVATE);
		ri_locate_leave(&p);
		check_calls("pvesm path far:vol-abc\n" ACTIVATE DEACTIVATE);
	}
}

static void test_a_plugin_fails(void **state)
{
	static const struct {
		const char *pvesm, *perl; /* NULL: as it is */
		enum ri_code code;
		const char *said;
	} rows[] = {
		{ "echo no such volume >&2; exit 2", NULL, RI_E_IO,
		    "far:vol-abc: pvesm failed with status 2: no such volume" },
		{ "echo rbd:vms/x", NULL, RI_E_UNSUPPORTED,
		    "far:vol-abc: its storage does not provide it as a file or device of this host (rbd:vms/x)" },
		{ "printf '/a\\n/b\\n'", NULL, RI_E_UNSUPPORTED,
		    "far:vol-abc: its storage does not provide it as a file or device of this host (/a\n/b)" },
		{ ":", NULL, RI_E_UNSUPPORTED,
		    "far:vol-abc: its storage does not provide it as a file or device of this host ()" },
		{ NULL, "echo no luck >&2; exit 3", RI_E_IO,
		    "activating far:vol-abc: perl failed with status 3: no luck" },
		{ NULL, ":", RI_E_UNSUPPORTED,
		    "activating far:vol-abc: its storage does not provide it as a file or device of this host ()" },
		{ NULL, "echo /dev/acme/none", RI_E_MISSING,
		    "far:vol-abc does not exist: there is no /dev/acme/none" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_location p;
		struct ri_err e = { 0 };
		RI_FD int lock = -1;

		put_plugin();
		assert_int_equal(unlink(tmp_path("dev/acme/vol-abc")), 0);
		if (rows[i].pvesm)
			host_program("pvesm", rows[i].pvesm);
		if (rows[i].perl)
			host_program("perl", rows[i].perl);
		check_err(rows[i].said, find("far:vol-abc", RI_VOLUME_WRITE, &p, &e), &e,
		    rows[i].code, rows[i].said);
		assert_null(p.path);
		e = (struct ri_err){ 0 };
		lock = ri_pvevm_lock(&host, 105, 0, &e);
		assert_true(lock >= 0);
	}
}

/* As any other volume, though its name tells no VM. */
static void test_a_plugin_volume_is_guarded(void **state)
{
	static const struct {
		const char *conf, *other, *said;
	} rows[] = {
		{ "lock: backup\nscsi0: far:vol-abc\n", "",
		    "far:vol-abc: VM 105 is locked (backup); " },
		{ "template: 1\nscsi0: far:vol-abc\n", "", "far:vol-abc: VM 105 is a template" },
		{ "scsi0: far:vol-abc\n", "scsi3: far:vol-abc\n",
		    "far:vol-abc: VM 105 (scsi0) and VM 106 (scsi3) both name it; " },
	};

	(void)state;
	put_plugin();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_location p;
		struct ri_err e = { 0 };

		host_vm(105, rows[i].conf);
		host_vm(106, rows[i].other);
		assert_int_equal(find("far:vol-abc", RI_VOLUME_WRITE, &p, &e), -1);
		if (strncmp(e.msg, rows[i].said, strlen(rows[i].said)) != 0)
			fail_msg("said [%s], want [%s…]", e.msg, rows[i].said);
		assert_int_equal(p.lock, -1);
	}
}

static void test_without_proxmox(void **state)
{
	struct ri_location p = RI_PLACE_INIT;
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_locate_find("105", tmp_path("bin"), RI_VOLUME_READ, &p, &e), -1);
	assert_int_equal(e.code, RI_E_UNSUPPORTED);
	assert_non_null(strstr(e.msg, "this is not a Proxmox VE host"));
}

/* Where there is none, every name is a file's, if the file is there. */
static void test_only_files(void **state)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location p = RI_PLACE_INIT;
	struct ri_err e = { 0 };

	(void)state;
	if (ri_pvehost_is("")) {
		print_message("this is a host of Proxmox VE itself\n");
		skip();
	}
	host_put("105", "");
	assert_int_equal(chdir(tmpdir), 0);
	check_err("san:x", ri_locate_find("san:x", NULL, RI_VOLUME_READ, &p, &e), &e, RI_E_MISSING,
	    "san:x names a volume of Proxmox VE, but there is no /etc/pve here; run ramimg on the "
	    "VM's node, or name an image file or a block device");
	e = (struct ri_err){ 0 };
	check_ok("105", ri_locate_find("105", NULL, RI_VOLUME_READ, &p, &e), &e);
	assert_string_equal(p.path, "105");
	assert_null(p.root);
	ri_locate_leave(&p);
	check_ok("none", ri_locate_find("./none", NULL, RI_VOLUME_READ, &p, &e), &e);
	assert_string_equal(p.path, "./none");
	assert_int_equal(chdir("/"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_every_form_of_a_name),
		HOST_TEST(test_memory),
		HOST_TEST(test_boot_drive_of_all_sections),
		HOST_TEST(test_refused),
		HOST_TEST(test_by_path),
		HOST_TEST(test_a_file_of_that_name_here),
		HOST_TEST(test_what_no_vm_names),
		HOST_TEST(test_opened),
		HOST_TEST(test_only_files),
		HOST_TEST(test_beside),
		HOST_TEST(test_activated_under_the_lock),
		HOST_TEST(test_a_plugin_is_asked),
		HOST_TEST(test_a_plugin_activates),
		HOST_TEST(test_a_plugin_fails),
		HOST_TEST(test_a_plugin_volume_is_guarded),
		HOST_TEST(test_without_proxmox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
