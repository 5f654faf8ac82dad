// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a VM boots from, and whether its disks may be changed. */
#include "unit/check.h"

#include "pveconf/vmconf.h"
#include "pveconf/vmconf_boot.h"

#define DISKS "ide2: a:iso/d.iso,media=cdrom\nscsi0: a:s0\nscsi1: a:s1\nvirtio0: a:v0\n"

static void parse(const char *text, struct ri_vmconf *c)
{
	struct ri_err e = { 0 };

	check_ok(text, ri_vmconf_parse(ri_str(text), c, &e), &e);
}

static const struct {
	const char *text, *key, *error;
} bootdisk_cases[] = {
	{ .text = DISKS "boot: order=scsi1;ide2;net0\n", .key = "scsi1" },
	{ .text = DISKS "boot: order=ide2;net0;virtio0\n", .key = "virtio0" },
	{ .text = DISKS "boot: order=net0\n",
	    .error = "its boot order (net0) has no hard disk; name the volume instead" },
	{ .text = DISKS "boot: order=\n",
	    .error = "its boot order () has no hard disk; name the volume instead" },
	{ .text = DISKS "boot: order=ide3;sata5;net0;scsi1\n", .key = "scsi1" },
	{ .text = DISKS "boot: order=scsi7;scsi0\n",
	    .error = "its boot order names scsi7, which the configuration does not have (or "
		     "Proxmox drops); name the volume instead" },
	{ .text = DISKS "boot: c\nbootdisk: scsi1\n", .key = "scsi1" },
	{ .text = DISKS "boot: legacy=cdn\nbootdisk: virtio0\n", .key = "virtio0" },
	{ .text = DISKS "bootdisk: virtio0\n", .key = "virtio0" },
	{ .text = DISKS, .key = "scsi0" },
	{ .text = DISKS "boot: c\n", .key = "scsi0" },
	{ .text = DISKS "boot: dn\n",
	    .error = "its boot order (dn) has no hard disk; name the volume instead" },
	{ .text = DISKS "boot: c\nbootdisk: ide2\n",
	    .error = "its bootdisk, ide2, is not one of its hard disks; name the volume instead" },
	{ .text = DISKS "bootdisk: scsi9\n",
	    .error = "its bootdisk, scsi9, is not one of its hard disks; name the volume instead" },
	{ .text = "ide2: none,media=cdrom\nunused0: a:b\nefidisk0: a:b\n",
	    .error = "it has no hard disk" },
	/* Proxmox drops it: it does not boot from it either. */
	{ .text = "scsi0: a:b,disabled=1\nsata0: a:c\n", .key = "sata0" },
	/* Only what runs counts. */
	{ .text = "name: x\n[PENDING]\nscsi0: a:b\n", .error = "it has no hard disk" },
};

static void test_bootdisk(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bootdisk_cases / sizeof bootdisk_cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		RI_FREE char *key = NULL;
		struct ri_err e = { 0 };
		int rc;

		parse(bootdisk_cases[i].text, &c);
		rc = ri_vmconf_bootdisk(&c, &key, &e);
		if (bootdisk_cases[i].error) {
			check_err(bootdisk_cases[i].text, rc, &e, RI_E_CONFIG,
			    bootdisk_cases[i].error);
		} else {
			check_ok(bootdisk_cases[i].text, rc, &e);
			assert_string_equal(key, bootdisk_cases[i].key);
		}
	}
}

static void test_writable(void **state)
{
	static const struct {
		const char *text;
		enum ri_code code;
		const char *error; /* NULL: writable */
	} cases[] = {
		{ "name: x\n", RI_OK, NULL },
		{ "template: 0\n", RI_OK, NULL },
		{ "name: x\n[one]\nlock: backup\nvmstate: a:b\n", RI_OK, NULL },
		{ "lock: backup\n", RI_E_BUSY,
		    "VM 105 is locked (backup); wait for that to end, or, if it died, run: qm unlock "
		    "105" },
		{ "template: 1\n", RI_E_UNSUPPORTED,
		    "VM 105 is a template; clone it and build the clone, or write a new image with "
		    "--output" },
		{ "lock: suspended\n", RI_E_BUSY,
		    "VM 105 is hibernated, and its saved memory expects the disk as it is; start it "
		    "and shut it down" },
		{ "vmstate: a:vm-105-state-suspend\nlock: backup\n", RI_E_BUSY,
		    "VM 105 is hibernated, and its saved memory expects the disk as it is; start it "
		    "and shut it down" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		struct ri_err e = { 0 };
		int rc;

		parse(cases[i].text, &c);
		rc = ri_vmconf_writable(&c, 105, NULL, &e);
		if (cases[i].error)
			check_err(cases[i].text, rc, &e, cases[i].code, cases[i].error);
		else
			check_ok(cases[i].text, rc, &e);
	}
}

static void test_locked_by_a_commit(void **state)
{
	static const struct {
		const char *text;
		bool good, locked;
	} cases[] = {
		{ "name: a\n", true, false },
		{ "lock: create\n", true, true },
		{ "lock: backup\n", false, false },
		{ "lock: create\ntemplate: 1\n", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		struct ri_err e = { 0 };
		bool locked = !cases[i].locked;

		parse(cases[i].text, &c);
		if ((ri_vmconf_writable(&c, 105, &locked, &e) == 0) != cases[i].good ||
		    locked != cases[i].locked)
			fail_msg("%s: %s", cases[i].text, e.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bootdisk),
		cmocka_unit_test(test_writable),
		cmocka_unit_test(test_locked_by_a_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
