// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What of a disk is newer than the RAM set that was built of it. */
#include "unit/check.h"
#include "plan/drift.h"

enum { MAX = 8 };

/* What a guest had when it was built, of kernel 6, and has now. */
static const struct {
	const char *name;
	struct ri_boot_file was[MAX], is[MAX];
	const char *before, *now, *want;
} rows[] = {
	{ "the same", { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "ram.tar.gz", 7 },
		{ "initrd.img-ramboot", 10 } },
	    "aa", "aa", "" },
	{ "nothing that is compared", { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "vmlinuz-7.dpkg-new", 3 },
		{ "config-7", 3 }, { "initrd.img-7", 3 } },
	    "", "", "" },
	{ "another", { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "vmlinuz-10", 8 },
		{ "initrd-10.img", 9 }, { "vmlinuz-7", 8 }, { "initrd.img-7", 9 } },
	    "aa", "bb", "kernel 10 was installed; packages were installed, upgraded or removed" },
	{ "one that is half there", { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "vmlinuz-7", 8 }, { "vmlinuz-8", 0 },
		{ "initrd.img-8", 9 }, { "vmlinuz-9", 1 }, { "initrd.img-9", 0 } },
	    "aa", "aa", "" },
	{ "a newer one that was there",
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "vmlinuz-7", 8 },
		{ "initrd.img-7", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "vmlinuz-7", 8 },
		{ "initrd.img-7", 9 } },
	    "aa", "aa", "" },
	{ "a newer one that has gone",
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "vmlinuz-7", 8 },
		{ "initrd.img-7", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } }, "aa", "aa", "" },
	{ "the same version, made anew", { { "vmlinuz-6", 8 }, { "initrd-6.img", 9 } },
	    { { "vmlinuz-6", 9 }, { "initrd-6.img", 10 } }, "aa", "aa", "kernel 6 was replaced" },
	{ "its initrd", { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 10 } }, "aa", "aa",
	    "the initrd of kernel 6 was made anew" },
	/* Fedora's names. */
	{ "its initramfs", { { "vmlinuz-6", 8 }, { "initramfs-6.img", 9 } },
	    { { "vmlinuz-6", 8 }, { "initramfs-6.img", 10 } }, "", "",
	    "the initrd of kernel 6 was made anew" },
	{ "another with an initramfs", { { "vmlinuz-6", 8 }, { "initramfs-6.img", 9 } },
	    { { "vmlinuz-6", 8 }, { "initramfs-6.img", 9 }, { "vmlinuz-7", 8 },
		{ "initramfs-7.img", 9 } },
	    "", "", "kernel 7 was installed" },
	{ "removed, and all others", { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } }, { { 0 } }, "aa",
	    "aa", "kernel 6 was removed" },
	{ "packages", { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } },
	    { { "vmlinuz-6", 8 }, { "initrd.img-6", 9 } }, "aa", "",
	    "packages were installed, upgraded or removed" },
};

static struct ri_drift_now seen(const struct ri_boot_file *files, const char *packages)
{
	struct ri_drift_now now = { files, 0, packages };

	while (now.n < MAX && files[now.n].name)
		now.n++;
	return now;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_drift_now was = seen(rows[i].was, rows[i].before);
		const struct ri_drift_now is = seen(rows[i].is, rows[i].now);
		struct ri_err e = { 0 };
		RI_BUF record = { 0 };
		RI_BUF newer = { 0 };

		check_ok(rows[i].name, ri_drift_record(&was, "6", &record, &e), &e);
		check_ok(rows[i].name, ri_drift_find(ri_buf_span(&record), &is, &newer, &e), &e);
		check_span(rows[i].name, ri_buf_span(&newer), ri_str(rows[i].want));
		/* With the manifest behind it, it says the same. */
		ri_buf_add_str(&record, "format=1\n");
		newer.n = 0;
		check_ok(rows[i].name, ri_drift_find(ri_buf_span(&record), &is, &newer, &e), &e);
		check_span(rows[i].name, ri_buf_span(&newer), ri_str(rows[i].want));
	}
}

/* A slim image lacks all that is compared, and nothing on it is newer; of another disk it would be. */
static void test_slim(void **state)
{
	static const struct ri_drift_now none = { NULL, 0, "" };

	(void)state;
	for (size_t slim = 0; slim < 2; slim++) {
		const struct ri_drift_now was = seen(rows[0].was, "aa");
		struct ri_manifest m = { .build_id = "00112233445566778899aabbccddeeff",
			.archive = (char[]){ "/boot/ram.tar.gz" },
			.archive_fs = (char[]){ "1-2" },
			.compression = (char[]){ "gzip" },
			.tmpfs_size = (char[]){ "100%" },
			.kernel = (char[]){ "6" },
			.on_failure = slim ? (char[]){ "reboot" } : NULL };
		struct ri_err e = { 0 };
		RI_BUF record = { 0 };
		RI_BUF newer = { 0 };

		memset(m.archive_sha256, 'a', RI_SHA256_HEX);
		check_ok("record", ri_drift_record(&was, "6", &record, &e), &e);
		check_ok("manifest", ri_manifest_render(&m, &record, &e), &e);
		check_ok("find", ri_drift_find(ri_buf_span(&record), &none, &newer, &e), &e);
		assert_int_equal(newer.n == 0, slim);
	}
}

#define REST "image_bytes=8\ninitrd_bytes=9\n"

/* A record is a file of the guest: one that no build wrote says nothing, and its words are in no message. */
static void test_no_record(void **state)
{
	static const char *const records[] = {
		"",
		"kernel=6\n",
		"kernel=6\n" REST "newest=6\n",
		REST "kernel=6\nnewest=6\npackages=\n",
		"kernel=6\n" REST "newest=6\npackages=\nmore\n",
		"kernel=$(reboot)\n" REST "newest=6\npackages=\n",
		"kernel=6\x1b[2J\n" REST "newest=6\npackages=\n",
		"kernel=6\n" REST "newest=/\npackages=\n",
		"kernel=\n" REST "newest=\npackages=\n",
	};
	static const struct ri_boot_file files[MAX] = { { "vmlinuz-7", 8 }, { "initrd.img-7", 9 } };
	const struct ri_drift_now now = seen(files, "aa");

	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		struct ri_err e = { 0 };
		RI_BUF newer = { 0 };

		check_ok(records[i], ri_drift_find(ri_str(records[i]), &now, &newer, &e), &e);
		check_span(records[i], ri_buf_span(&newer), ri_str(""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_slim),
		cmocka_unit_test(test_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
