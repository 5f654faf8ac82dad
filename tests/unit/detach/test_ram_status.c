// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the loader's status file says to the host; a guest may write anything into it. */
#include "unit/fake_qemu.h"

#include "detach/ram_status.h"

#define AT(address) "[{\"name\": \"sda1\", \"mountpoint\": \"/mnt\", \"disk\": [" address "]}]"
#define SCSI(target, unit)                                                                         \
	AT("{\"bus-type\": \"scsi\", \"target\": " target ", \"unit\": " unit "}")
#define VIRTIO(slot) AT("{\"bus-type\": \"virtio\", \"pci-controller\": {\"slot\": " slot "}}")

static void ask(const char *mounts, const struct ri_qemu_names *d, struct ri_loader_status *m)
{
	struct ri_err e = { 0 };

	fake_reset();
	fake.mounts = mounts;
	check_ok(mounts, ri_ram_status_ask(&host, 105, d, 1000, m, &e), &e);
	assert_true(m->in_ram);
	assert_int_equal(m->released.n, 1);
}

/* A file system that lies on the disk, or may, keeps it; one elsewhere does not. */
static void test_mounts(void **state)
{
	static const struct ri_qemu_names scsi = { .key = "scsi3",
		.controller = "virtioscsi3",
		.index = 3,
		.unit = 3 },
					  /* On an lsi, of seven disks each. */
	    lsi = { .key = "scsi8", .controller = "scsihw1", .index = 8, .unit = 1 },
					  blk = { .key = "virtio2", .index = 2 },
					  far = { .key = "virtio7", .index = 7 };
	static const struct {
		const char *mounts;
		const struct ri_qemu_names *d;
		bool keeps;
	} rows[] = {
		{ SCSI("0", "3"), &scsi, true },
		{ SCSI("0", "2"), &scsi, false },
		{ SCSI("1", "3"), &scsi, false },
		{ SCSI("-1", "2"), &scsi, true },
		{ SCSI("0", "null"), &scsi, true },
		{ SCSI("0", "1"), &lsi, true },
		{ SCSI("0", "8"), &lsi, false },
		{ SCSI("0", "3"), &blk, false },
		{ SCSI("0", "3"), NULL, true },
		{ VIRTIO("12"), &blk, true },
		{ VIRTIO("13"), &blk, false },
		{ VIRTIO("-1"), &blk, true },
		{ VIRTIO("3"), &far, true },
		{ VIRTIO("12"), &scsi, false },
		{ AT("{\"bus-type\": \"unknown\"}"), &blk, true },
		{ AT("{}"), &blk, true },
		{ AT("{\"bus-type\": \"ide\"}"), &blk, false },
		{ AT(""), &blk, false },
		{ AT("{\"bus-type\": \"ide\"}, {\"bus-type\": \"virtio\"}"), &blk, true },
		{ "[{}, 7]", &blk, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };

		ask(rows[i].mounts, rows[i].d, &m);
		if (m.kept.n != rows[i].keeps)
			fail_msg("row %zu: %s", i, rows[i].mounts);
		if (rows[i].keeps)
			assert_string_equal(m.kept.v[0], "sda1: is mounted at /mnt");
	}
}

static void test_nameless(void **state)
{
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };

	(void)state;
	ask("[{\"disk\": [{}]}]", NULL, &m);
	assert_int_equal(m.kept.n, 1);
	assert_string_equal(m.kept.v[0], "?: is mounted at ?");
}

static void test_no_file(void **state)
{
	static const struct {
		const char *file, *said;
	} rows[] = {
		{ "{}", "the guest agent sent no content" },
		{ "{\"buf-b64\": 7}", "the guest agent sent no content" },
		{ "{\"buf-b64\": \"a\"}", "what the guest agent sent: not base64, or cut short" },
		{ "{\"buf-b64\": \"\"}",
		    "the guest's /run/ramimg/status is not a status of the loader" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_loader_status m = { 0 };
		struct ri_err e = { 0 };

		fake_reset();
		fake.file = rows[i].file;
		assert_int_equal(ri_ram_status_ask(&host, 105, NULL, 1000, &m, &e), -1);
		assert_string_equal(e.msg, rows[i].said);
		assert_null(m.released.v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QEMU_TEST(test_mounts),
		QEMU_TEST(test_nameless),
		QEMU_TEST(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
