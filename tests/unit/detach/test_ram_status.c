// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the loader's status file says to the host; a guest may write anything into it. */
#include "unit/fake_qemu.h"

#include "detach/ram_status.h"
#include "loader/status.h"

static void test_status(void **state)
{
	static const struct {
		struct ri_span text;
		bool ok, in_ram;
		const char *build;
		size_t released, kept;
	} cases[] = {
		{ BYTES("{\"result\": \"ram\", \"build\": \"0123456789abcdef0123456789abcdef\", "
			"\"released\": [\"sda\", \"vdb\"], \"kept\": [\"sdb: is mounted on /x\"]}"),
		    true, true, "0123456789abcdef0123456789abcdef", 2, 1 },
		{ BYTES("{\"result\": \"disk\", \"build\": null}"), true, false, "", 0, 0 },
		{ BYTES("{\"result\": \"RAM\"}"), true, false, "", 0, 0 },
		{ BYTES("{\"result\": \"ram\", \"released\": {}, \"kept\": [1, null, [], \"a\"]}"),
		    true, true, "", 0, 1 },
		{ BYTES("{\"result\": 1}"), .ok = false },
		{ BYTES("[\"ram\"]"), .ok = false },
		{ BYTES(""), .ok = false },
		{ BYTES("{\"result\": \"ram\""), .ok = false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_ram_status_free) struct ri_ram_status m = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_ram_status_parse(cases[i].text, &m, &e);

		if (!cases[i].ok) {
			check_err(cases[i].text.p, rc, &e, RI_E_GUEST,
			    "the guest's /run/ramimg/status is not a status of the loader");
			continue;
		}
		check_ok(cases[i].text.p, rc, &e);
		assert_int_equal(m.in_ram, cases[i].in_ram);
		assert_string_equal(m.build, cases[i].build);
		assert_int_equal(m.released.n, cases[i].released);
		assert_int_equal(m.kept.n, cases[i].kept);
	}
}

/* A loader of before there were forms names none, and what is no word of them is none. */
static void test_form(void **state)
{
	static const struct {
		const char *text;
		bool compressed;
	} cases[] = {
		{ "{\"result\": \"ram\"}", false },
		{ "{\"result\": \"ram\", \"form\": \"tmpfs\"}", false },
		{ "{\"result\": \"ram\", \"form\": \"compressed\"}", true },
		{ "{\"result\": \"ram\", \"form\": \"compressed\\u001b\"}", false },
		{ "{\"result\": \"ram\", \"form\": [\"compressed\"]}", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_ram_status_free) struct ri_ram_status m = { 0 };
		struct ri_err e = { 0 };

		check_ok(cases[i].text, ri_ram_status_parse(ri_str(cases[i].text), &m, &e), &e);
		assert_int_equal(m.compressed, cases[i].compressed);
	}
}

/* However long the build's name is. */
static void test_a_long_build(void **state)
{
	RI_ON_EXIT(ri_ram_status_free) struct ri_ram_status m = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	ri_buf_add_str(&text, "{\"result\": \"ram\", \"build\": \"");
	for (int i = 0; i < 10000; i++)
		ri_buf_add_str(&text, "x");
	ri_buf_add_str(&text, "\"}");
	check_ok("long", ri_ram_status_parse(ri_buf_span(&text), &m, &e), &e);
	assert_int_equal(strlen(m.build), sizeof m.build - 1);
}

/* What the loader itself writes, whole, is read. */
static void test_what_the_loader_writes(void **state)
{
	static const struct ri_status in_ram = { .in_ram = true,
		.build = "0123456789abcdef0123456789abcdef",
		.bytes = 799014912,
		.loss = { 3, 0, 1 },
		.ms = { 7, 12345, 1000, 20 } };
	RI_ON_EXIT(ri_ram_status_free) struct ri_ram_status m = { 0 };
	RI_STRV released = { 0 }, kept = { 0 };
	RI_BUF first = { 0 }, out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_status_render(&in_ram, &first);
	assert_int_equal(ri_strv_add(&released, "sda", &e), 0);
	assert_int_equal(ri_strv_add(&kept, "sd\"b: is mounted on /\x1b", &e), 0);
	check_ok("released", ri_status_released(ri_buf_span(&first), &released, &kept, 1, &out, &e),
	    &e);
	check_ok("parsed", ri_ram_status_parse(ri_buf_span(&out), &m, &e), &e);
	assert_true(m.in_ram);
	assert_string_equal(m.build, in_ram.build);
	assert_int_equal(m.released.n, 1);
	assert_string_equal(m.released.v[0], "sda");
	assert_int_equal(m.kept.n, 1);
	assert_string_equal(m.kept.v[0], "sd\"b: is mounted on /\x1b");
}

#define AT(address) "[{\"name\": \"sda1\", \"mountpoint\": \"/mnt\", \"disk\": [" address "]}]"
#define SCSI(target, unit)                                                                         \
	AT("{\"bus-type\": \"scsi\", \"target\": " target ", \"unit\": " unit "}")
#define VIRTIO(slot) AT("{\"bus-type\": \"virtio\", \"pci-controller\": {\"slot\": " slot "}}")

static void ask(const char *mounts, const struct ri_qemu_names *d, struct ri_ram_status *m)
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
		RI_ON_EXIT(ri_ram_status_free) struct ri_ram_status m = { 0 };

		ask(rows[i].mounts, rows[i].d, &m);
		if (m.kept.n != rows[i].keeps)
			fail_msg("row %zu: %s", i, rows[i].mounts);
		if (rows[i].keeps)
			assert_string_equal(m.kept.v[0], "sda1: is mounted at /mnt");
	}
}

static void test_nameless(void **state)
{
	RI_ON_EXIT(ri_ram_status_free) struct ri_ram_status m = { 0 };

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
		struct ri_ram_status m = { 0 };
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
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_a_long_build),
		cmocka_unit_test(test_what_the_loader_writes),
		QEMU_TEST(test_mounts),
		QEMU_TEST(test_nameless),
		QEMU_TEST(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
