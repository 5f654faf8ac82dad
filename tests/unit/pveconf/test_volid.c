// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Volume ids: what each storage type makes of them, and where they lie. */
#include "unit/check.h"

#include "pveconf/volid.h"
#include "pveconf/volid_path.h"

static const char storages[] = "dir: aa\n\tpath /srv\n\n"
			       "dir: bb\n\tpath /srv\n\tcontent-dirs iso=i,images=vm/disks\n\n"
			       "btrfs: bt\n\tpath /b\n\n"
			       "nfs: nn\n\n"
			       "lvm: ll\n\tvgname vg\n\n"
			       "lvmthin: lt\n\tvgname vg\n\tthinpool data\n\n"
			       "zfspool: zz\n\tpool tank/vms\n\n"
			       "rbd: rr\n\tpool p\n\tkrbd\n\n"
			       "rbd: rn\n\tpool p\n\tnamespace n\n\n"
			       "iscsi: ii\n\n"
			       "acme: xx\n\n"
			       "lvm: novg\n\n"
			       "zfspool: up\n\tpool ../etc\n\n"
			       "dir: rel\n\tpath srv\n\n"
			       "dir: climbs\n\tpath /srv/../etc\n\n"
			       "dir: abs\n\tpath /srv\n\tcontent-dirs images=/etc\n\n"
			       "dir: nopath\n\n"
			       "lvm: dash\n\tvgname -vg\n\n"
			       "rbd: rp\n\tpool /p\n\n"
			       "rbd: rx\n\tpool p\n\tnamespace n/..\n\n";

/* The longest name of a file has 255 bytes. */
#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A251 A50 A50 A50 A50 A50 "a"

/** Parse @volid on the storages above and make its path. */
static int resolve(const char *volid, struct ri_volname *v, struct ri_buf *path, struct ri_err *e)
{
	RI_ON_EXIT(ri_storages_free) struct ri_storages s = { 0 };
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };

	assert_int_equal(ri_storages_parse(LIT(storages), &s, e), 0);
	if (ri_volid_parse(volid, &id, e) < 0)
		return -1;
	assert_non_null(ri_storages_find(&s, id.storage));
	if (ri_volname_parse(ri_storages_find(&s, id.storage), id.volname, v, e) < 0)
		return -1;
	return ri_volname_path(ri_storages_find(&s, id.storage), v, path, e);
}

static void test_paths(void **state)
{
	static const struct {
		const char *volid, *path, *format;
		unsigned vmid, base_vmid;
		const char *base;
		bool is_base;
	} cases[] = {
		{ "aa:105/vm-105-disk-1.qcow2", "/srv/images/105/vm-105-disk-1.qcow2", "qcow2",
		    .vmid = 105 },
		{ "aa:105/vm-105-disk-0.raw", "/srv/images/105/vm-105-disk-0.raw", "raw",
		    .vmid = 105 },
		{ "aa:105/anything.vmdk", "/srv/images/105/anything.vmdk", "vmdk", .vmid = 105 },
		{ "aa:100/base-100-disk-0.raw", "/srv/images/100/base-100-disk-0.raw", "raw",
		    .vmid = 100, .is_base = true },
		{ "aa:100/base-100-disk-0.qcow2/105/vm-105-disk-1.qcow2",
		    "/srv/images/105/vm-105-disk-1.qcow2", "qcow2", .vmid = 105, .base_vmid = 100,
		    .base = "base-100-disk-0.qcow2" },
		{ "bb:105/vm-105-disk-1.raw", "/srv/vm/disks/105/vm-105-disk-1.raw", "raw",
		    .vmid = 105 },
		{ "aa:105/snap-one.raw", "/srv/images/105/snap-one.raw", "raw", .vmid = 105 },
		{ "aa:105/" A251 ".raw", "/srv/images/105/" A251 ".raw", "raw", .vmid = 105 },
		{ "bt:105/vm-105-disk-1.raw", "/b/images/105/vm-105-disk-1/disk.raw", "raw",
		    .vmid = 105 },
		{ "bt:105/vm-105-disk-1.qcow2", "/b/images/105/vm-105-disk-1.qcow2", "qcow2",
		    .vmid = 105 },
		{ "nn:105/vm-105-disk-1.raw", "/mnt/pve/nn/images/105/vm-105-disk-1.raw", "raw",
		    .vmid = 105 },
		{ "ll:vm-105-disk-1", "/dev/vg/vm-105-disk-1", "raw", .vmid = 105 },
		{ "ll:vm-105-disk-1.qcow2", "/dev/vg/vm-105-disk-1.qcow2", "qcow2", .vmid = 105 },
		{ "lt:vm-105-disk-1", "/dev/vg/vm-105-disk-1", "raw", .vmid = 105 },
		{ "lt:base-105-disk-1", "/dev/vg/base-105-disk-1", "raw", .vmid = 105,
		    .is_base = true },
		{ "zz:vm-105-disk-1", "/dev/zvol/tank/vms/vm-105-disk-1", "raw", .vmid = 105 },
		{ "zz:base-100-disk-0/vm-105-disk-1", "/dev/zvol/tank/vms/vm-105-disk-1", "raw",
		    .vmid = 105, .base_vmid = 100, .base = "base-100-disk-0" },
		{ "rr:vm-105-disk-1", "/dev/rbd-pve/unknown-rr/p/vm-105-disk-1", "raw",
		    .vmid = 105 },
		{ "rn:base-100-disk-0/vm-105-disk-1", "/dev/rbd-pve/unknown-rn/p/n/vm-105-disk-1",
		    "raw", .vmid = 105, .base_vmid = 100, .base = "base-100-disk-0" },
		{ "ii:0.0.1.scsi-360000", "/dev/disk/by-id/scsi-360000", "raw", .vmid = 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
		RI_BUF path = { 0 };
		struct ri_err e = { 0 };
		int rc = resolve(cases[i].volid, &v, &path, &e);

		check_ok(cases[i].volid, rc, &e);
		check_span(cases[i].volid, ri_buf_span(&path), ri_str(cases[i].path));
		assert_string_equal(v.format, cases[i].format);
		assert_int_equal(v.vmid, cases[i].vmid);
		assert_int_equal(v.base_vmid, cases[i].base_vmid);
		assert_int_equal(v.is_base, cases[i].is_base);
		assert_string_equal(v.base_name ? v.base_name : "",
		    cases[i].base ? cases[i].base : "");
	}
}

#define FORM(id, name, type, want)                                                                 \
	id ":" name " is not a volume of a storage of type " type " (" want ")"
#define FILES "VMID/NAME.raw, .qcow2 or .vmdk"
#define PLAIN "its parts must be plain names"

static const struct {
	const char *volid;
	enum ri_code code;
	const char *msg;
} refused_cases[] = {
	{ "105", RI_E_USAGE, "'105' is not a volume id (STORAGE:VOLUME)" },
	{ "/a:b", RI_E_USAGE, "'/a:b' is not a volume id (STORAGE:VOLUME)" },
	{ "aa:", RI_E_USAGE, "'aa:' is not a volume id (STORAGE:VOLUME)" },
	{ "aa:vm-105-disk-1.raw", RI_E_USAGE, FORM("aa", "vm-105-disk-1.raw", "dir", FILES) },
	{ "aa:105/vm-105-disk-1", RI_E_USAGE, FORM("aa", "105/vm-105-disk-1", "dir", FILES) },
	{ "aa:iso/debian.iso", RI_E_USAGE, FORM("aa", "iso/debian.iso", "dir", FILES) },
	{ "aa:../105/a.raw", RI_E_USAGE, FORM("aa", "../105/a.raw", "dir", PLAIN) },
	{ "aa:105/../a.raw", RI_E_USAGE, FORM("aa", "105/../a.raw", "dir", PLAIN) },
	{ "aa:105//a.raw", RI_E_USAGE, FORM("aa", "105//a.raw", "dir", PLAIN) },
	{ "aa:./a.raw", RI_E_USAGE, FORM("aa", "./a.raw", "dir", PLAIN) },
	{ "aa:105/a\x7f.raw", RI_E_USAGE, FORM("aa", "105/a\x7f.raw", "dir", PLAIN) },
	{ "aa:10x/a.raw", RI_E_USAGE, FORM("aa", "10x/a.raw", "dir", FILES) },
	{ "aa:0/a.raw", RI_E_USAGE, FORM("aa", "0/a.raw", "dir", FILES) },
	{ "aa:x/base.raw/105/a.raw", RI_E_USAGE, FORM("aa", "x/base.raw/105/a.raw", "dir", FILES) },
	{ "aa:105/snap_vm-105-disk-1.raw", RI_E_UNSUPPORTED,
	    "aa:105/snap_vm-105-disk-1.raw is a snapshot's file, which the volume itself "
	    "builds on" },
	{ "aa:105/snap_base-105-disk-1.raw", RI_E_UNSUPPORTED,
	    "aa:105/snap_base-105-disk-1.raw is a snapshot's file, which the volume itself "
	    "builds on" },
	{ "aa:105/a b.raw", RI_E_USAGE, FORM("aa", "105/a b.raw", "dir", PLAIN) },
	{ "aa:105/-a.raw", RI_E_USAGE, FORM("aa", "105/-a.raw", "dir", PLAIN) },
	{ "aa:1/2/3/4/a.raw", RI_E_USAGE, FORM("aa", "1/2/3/4/a.raw", "dir", PLAIN) },
	{ "aa:105/subvol-105-disk-0.subvol", RI_E_UNSUPPORTED,
	    "aa:105/subvol-105-disk-0.subvol is a container's directory tree, not a VM's disk" },
	{ "aa:105/snap-one-vm-105-disk-1.qcow2", RI_E_UNSUPPORTED,
	    "aa:105/snap-one-vm-105-disk-1.qcow2 is a snapshot's file, which the volume itself "
	    "builds on" },
	{ "ll:base-105-disk-1", RI_E_USAGE, FORM("ll", "base-105-disk-1", "lvm", "vm-VMID-NAME") },
	{ "ll:vm-105-", RI_E_USAGE, FORM("ll", "vm-105-", "lvm", "vm-VMID-NAME") },
	{ "ll:a/vm-105-disk-1", RI_E_USAGE, FORM("ll", "a/vm-105-disk-1", "lvm", "vm-VMID-NAME") },
	{ "zz:subvol-105-disk-1", RI_E_UNSUPPORTED,
	    "zz:subvol-105-disk-1 is a container's directory tree, not a VM's disk" },
	{ "zz:vm-100-disk-0/vm-105-disk-1", RI_E_USAGE,
	    FORM("zz", "vm-100-disk-0/vm-105-disk-1", "zfspool",
		"vm-VMID-NAME, BASE/vm-VMID-NAME") },
	{ "zz:basevol-105-disk-1", RI_E_UNSUPPORTED,
	    "zz:basevol-105-disk-1 is a container's directory tree, not a VM's disk" },
	{ "ii:a/b", RI_E_USAGE, FORM("ii", "a/b", "iscsi", "CHANNEL.ID.LUN.NAME") },
	{ "ii:x.0.1.s", RI_E_USAGE, FORM("ii", "x.0.1.s", "iscsi", "CHANNEL.ID.LUN.NAME") },
	{ "ii:0.0.1.-s", RI_E_USAGE, FORM("ii", "0.0.1.-s", "iscsi", "CHANNEL.ID.LUN.NAME") },
	{ "ii:0.0.scsi-3", RI_E_USAGE, FORM("ii", "0.0.scsi-3", "iscsi", "CHANNEL.ID.LUN.NAME") },
	{ "ii:0.0.1...", RI_E_USAGE, FORM("ii", "0.0.1...", "iscsi", "CHANNEL.ID.LUN.NAME") },
	{ "xx:vm-105-disk-1", RI_E_USAGE,
	    FORM("xx", "vm-105-disk-1", "acme", "only its plugin can tell") },
	{ "novg:vm-105-disk-1", RI_E_CONFIG, "the storage 'novg' has no vgname" },
	{ "up:vm-105-disk-1", RI_E_CONFIG,
	    "the storage 'up': pool '../etc' must be a name without / before it or .." },
	{ "rel:105/a.raw", RI_E_CONFIG,
	    "the storage 'rel': path 'srv' must be an absolute path without .." },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
		RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
		RI_BUF path = { 0 };
		struct ri_err e = { 0 };

		check_err(refused_cases[i].volid, resolve(refused_cases[i].volid, &v, &path, &e),
		    &e, refused_cases[i].code, refused_cases[i].msg);
	}
}

/* What an administrator set leads nowhere else. */
static void test_settings(void **state)
{
	static const struct {
		const char *volid, *msg;
	} cases[] = {
		{ "climbs:105/a.raw",
		    "the storage 'climbs': path '/srv/../etc' must be an absolute path without .." },
		{ "abs:105/a.raw",
		    "the storage 'abs': content-dirs '/etc' must be a name without / before it or .." },
		{ "nopath:105/a.raw", "the storage 'nopath' has no path" },
		{ "dash:vm-105-disk-1",
		    "the storage 'dash': vgname '-vg' must be a name without / before it or .." },
		{ "rp:vm-105-disk-1",
		    "the storage 'rp': pool '/p' must be a name without / before it or .." },
		{ "rx:vm-105-disk-1",
		    "the storage 'rx': namespace 'n/..' must be a name without / before it or .." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_volname_free) struct ri_volname v = { 0 };
		RI_BUF path = { 0 };
		struct ri_err e = { 0 };

		check_err(cases[i].volid, resolve(cases[i].volid, &v, &path, &e), &e, RI_E_CONFIG,
		    cases[i].msg);
	}
}

/* What no storage.cfg gives: a cluster that was found out, a name that is too long, a plugin's volume. */
static void test_made_up(void **state)
{
	struct ri_storage rbd = { .id = (char[]){ "rr" },
		.type = RI_STORAGE_RBD,
		.pool = (char[]){ "p" },
		.fsid = (char[]){ "1a2b" } };
	struct ri_storage other = { .id = (char[]){ "xx" }, .type = RI_STORAGE_OTHER };
	struct ri_storage dir = { .id = (char[]){ "aa" },
		.type = RI_STORAGE_DIR,
		.type_name = (char[]){ "dir" } };
	struct ri_volname v = { .name = (char[]){ "vm-1-disk-0" } };
	RI_ON_EXIT(ri_volname_free) struct ri_volname none = { 0 };
	struct ri_err e = { 0 };
	RI_BUF path = { 0 };

	(void)state;
	check_ok("fsid", ri_volname_path(&rbd, &v, &path, &e), &e);
	check_span("fsid", ri_buf_span(&path), LIT("/dev/rbd-pve/1a2b/p/vm-1-disk-0"));
	check_err("other", ri_volname_path(&other, &v, &path, &e), &e, RI_E_UNSUPPORTED,
	    "the storage 'xx' has no paths that are known here");
	assert_int_equal(ri_volname_parse(&dir, "105/a" A251 ".raw", &none, &e), -1);
	assert_int_equal(e.code, RI_E_USAGE);
}

static void test_short(void **state)
{
	static const struct {
		const char *name, *want;
		unsigned vmid;
	} cases[] = {
		{ "vm-105-disk-1", "vm-105-disk-1", 105 },
		{ "105/vm-105-disk-1.qcow2", "vm-105-disk-1", 0 },
		{ "vm-105-disk-1.tar", "vm-105-disk-1.tar", 105 },
		{ "base-9-x", "base-9-x", 9 },
		{ "vm--x", "vm--x", 0 },
		{ "vm-1234567890-x", "vm-1234567890-x", 0 },
		{ ".raw", ".raw", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF out = { 0 };

		ri_volname_short(cases[i].name, &out);
		check_span(cases[i].name, ri_buf_span(&out), ri_str(cases[i].want));
		assert_int_equal(ri_volname_vmid(cases[i].name), cases[i].vmid);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_made_up),
		cmocka_unit_test(test_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
