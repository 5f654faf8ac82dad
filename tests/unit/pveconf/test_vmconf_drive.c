// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Drive lines. */
#include "unit/check.h"

#include "pveconf/vmconf.h"
#include "pveconf/vmconf_drive.h"

static void test_keys(void **state)
{
	static const struct {
		const char *key;
		bool is;
	} cases[] = {
		{ "ide0", true },
		{ "ide3", true },
		{ "ide4", false },
		{ "scsi30", true },
		{ "scsi31", false },
		{ "virtio15", true },
		{ "virtio16", false },
		{ "sata5", true },
		{ "sata6", false },
		{ "efidisk0", true },
		{ "efidisk1", false },
		{ "tpmstate0", true },
		{ "tpmstate1", false },
		{ "unused255", true },
		{ "unused256", false },
		{ "scsi", false },
		{ "scsi01", false },
		{ "scsi0x", false },
		{ "scsihw", false },
		{ "net0", false },
		{ "", false },
		{ "scsi4294967296", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (ri_drive_key(cases[i].key) != cases[i].is)
			fail_msg("%s", cases[i].key);
}

/* What JSONSchema::parse_size says to the same. */
static void test_sizes(void **state)
{
	static const struct {
		const char *size;
		uint64_t bytes; /* 1: it is none */
	} cases[] = {
		{ "32G", 34359738368 },
		{ "528K", 540672 },
		{ "4M", 4194304 },
		{ "1.5T", 1649267441664 },
		{ "0.0001K", 0 },
		{ "4096", 4096 },
		{ "4096.9", 4096 },
		{ "0", 0 },
		{ "8388607T", UINT64_C(0x7fffff0000000000) },
		{ "8388608T", 1 },
		{ "99999999999999999999", 1 },
		{ "", 1 },
		{ "G", 1 },
		{ ".5G", 1 },
		{ "1.G", 1 },
		{ "-1", 1 },
		{ "1GG", 1 },
		{ "1g", 1 },
		{ "1P", 1 },
		{ " 1", 1 },
		{ "1e3", 1 },
		{ "0x10", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t n = 1;

		if (ri_drive_bytes(cases[i].size, &n) != (cases[i].bytes != 1) ||
		    n != cases[i].bytes)
			fail_msg("%s: %llu", cases[i].size, (unsigned long long)n);
	}
}

static const struct {
	const char *key, *value;
	const char *file;
	bool invalid, cdrom, cloudinit;
	size_t opts;
} values_cases[] = {
	{ .key = "scsi0", .value = "a:vm-105-disk-0", .file = "a:vm-105-disk-0" },
	{ .key = "scsi0", .value = "a:b,iothread=1,size=32G", .file = "a:b", .opts = 2 },
	{ .key = "scsi0", .value = "iothread=1,a:b", .file = "a:b", .opts = 1 },
	{ .key = "scsi0", .value = "file=a:b,size=1G", .file = "a:b", .opts = 1 },
	{ .key = "scsi0", .value = "volume=a:b", .file = "a:b" },
	{ .key = "virtio0", .value = "/dev/sdb,,cache=none,", .file = "/dev/sdb", .opts = 1 },
	{ .key = "ide2", .value = "none,media=cdrom", .file = "none", .cdrom = true, .opts = 1 },
	{ .key = "ide2", .value = "cdrom", .file = "cdrom", .cdrom = true },
	{ .key = "ide2",
	    .value = "a:iso/d.iso,media=cdrom",
	    .file = "a:iso/d.iso",
	    .cdrom = true,
	    .opts = 1 },
	{ .key = "ide2",
	    .value = "a:vm-105-cloudinit,media=cdrom",
	    .file = "a:vm-105-cloudinit",
	    .cdrom = true,
	    .cloudinit = true,
	    .opts = 1 },
	{ "ide2", "a:105/vm-105-cloudinit.qcow2,media=cdrom", "a:105/vm-105-cloudinit.qcow2",
	    .cdrom = true, .cloudinit = true, .opts = 1 },
	{ .key = "scsi1",
	    .value = "a:vm-105-cloudinit",
	    .file = "a:vm-105-cloudinit",
	    .cloudinit = true },
	{ .key = "ide2", .value = "a:cloudinit", .file = "a:cloudinit", .cloudinit = true },
	{ .key = "ide2",
	    .value = "a:cloudinit.vmdk",
	    .file = "a:cloudinit.vmdk",
	    .cloudinit = true },
	{ .key = "ide2", .value = "a:cloudinit.iso", .file = "a:cloudinit.iso" },
	{ .key = "ide2", .value = "a:vm-105cloudinit", .file = "a:vm-105cloudinit" },
	{ .key = "ide2", .value = "a:vm-x-cloudinit", .file = "a:vm-x-cloudinit" },
	{ .key = "ide2", .value = "cloudinit", .file = "cloudinit" },
	{ .key = "scsi1",
	    .value = "a:iso/not-cloudinit-2.iso,media=cdrom",
	    .file = "a:iso/not-cloudinit-2.iso",
	    .cdrom = true,
	    .opts = 1 },
	/* What Proxmox drops: a property that the interface does not have. */
	{ .key = "scsi0", .value = "a:b,disabled=1", .file = "a:b", .invalid = true, .opts = 1 },
	{ "ide0", .value = "a:b,iothread=1", .file = "a:b", .invalid = true, .opts = 1 },
	{ .key = "virtio0", .value = "a:b,ssd=1", .file = "a:b", .invalid = true, .opts = 1 },
	{ .key = "scsi0", .value = "a:b,c:d", .file = "a:b", .invalid = true },
	{ .key = "unused0", .value = "a:b", .file = "a:b" },
	{ .key = "unused0", .value = "a:b,size=1G", .file = "a:b", .invalid = true, .opts = 1 },
	{ .key = "efidisk0", .value = "a:b,efitype=4m,size=4M", .file = "a:b", .opts = 2 },
	{ .key = "tpmstate0", .value = "a:b,version=v2.0", .file = "a:b", .opts = 1 },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof values_cases / sizeof values_cases[0]; i++) {
		RI_ON_EXIT(ri_drive_free) struct ri_drive d = { 0 };
		struct ri_err e = { 0 };

		check_ok(values_cases[i].value,
		    ri_drive_parse(values_cases[i].key, values_cases[i].value, &d, &e), &e);
		assert_string_equal(d.key, values_cases[i].key);
		assert_string_equal(d.file, values_cases[i].file);
		if (d.valid == values_cases[i].invalid || d.cdrom != values_cases[i].cdrom ||
		    d.cloudinit != values_cases[i].cloudinit || d.opts.n != values_cases[i].opts)
			fail_msg("%s: %s: valid %d, cdrom %d, cloudinit %d, %zu options",
			    values_cases[i].key, values_cases[i].value, d.valid, d.cdrom,
			    d.cloudinit, d.opts.n);
	}
}

static void test_without_a_file(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ ",", "scsi0: , names no volume" },
		{ "size=1G", "scsi0: size=1G names no volume" },
		{ "file=", "scsi0: file= names no volume" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_drive d = { 0 };
		struct ri_err e = { 0 };

		check_err(cases[i].value, ri_drive_parse("scsi0", cases[i].value, &d, &e), &e,
		    RI_E_CONFIG, cases[i].want);
	}
}

static void test_order(void **state)
{
	static const char text[] =
	    "unused0: a:u\nsata0: a:s\nscsi10: a:s10\nscsi2: a:s2\nide0: a:i\n"
	    "virtio0: a:v\nefidisk0: a:e\nscsi3: size=1G\n";
	static const char *const want[] = { "ide0", "scsi2", "scsi10", "virtio0", "sata0",
		"efidisk0", "unused0" };
	RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("parse", ri_vmconf_parse(ri_str(text), &c, &e), &e);
	check_ok("drives", ri_drives_of(&c.v[0], &d, &e), &e);
	assert_int_equal(d.n, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < d.n; i++)
		assert_string_equal(d.v[i].key, want[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_without_a_file),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
