// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is taken from the file itself, where no manifest tells the truth about it. */
#include "unit/check.h"
#include "loader/cons.h"
#include "loader/foreign.h"

#include <fcntl.h>
#include <stdlib.h>

static const struct {
	const char *name;
	struct ri_span head;
	const char *kind;
} kinds[] = {
	{ "gzip", BYTES("\x1f\x8b\x08\0\0\0"), "gzip" },
	{ "gzip of ramimg's", BYTES("\x1f\x8b\x08\x04\0\0"), "gzip" },
	{ "zstd", BYTES("\x28\xb5\x2f\xfd\0"), "zstd" },
	{ "zstd behind a frame to skip", BYTES("\x5e\x2a\x4d\x18\0"), "zstd" },
	{ "xz",
	    BYTES("\xfd"
		  "7zXZ"),
	    NULL },
	{ "lz4", BYTES("\x04\x22\x4d\x18\x78"), NULL },
	{ "a tar", BYTES("./\0\0\0"), NULL },
	{ "half a magic number", BYTES("\x28\xb5\x2f"), NULL },
	{ "empty", BYTES(""), NULL },
};

static void the_file_tells(void **state)
{
	char path[] = "/tmp/test_loader_foreign-XXXXXX";
	int fd = mkstemp(path);
	struct ri_load_opts o = { .archive = path };

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_ON_EXIT(ri_manifest_free)
		struct ri_manifest m = { .archive = strdup("/boot/ram.tar.gz"),
			.compression = strdup("gzip"),
			.archive_bytes = 1,
			.tar_bytes = 1,
			.entries = 1,
			.inodes = 1 };
		struct ri_err e = { 0 };
		int rc;

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, kinds[i].head.p, kinds[i].head.n, 0), kinds[i].head.n);
		rc = ri_foreign_adopt(&o, &m, &e);
		if (!kinds[i].kind) {
			check_err(kinds[i].name, rc, &e, RI_E_VERIFY,
			    "/boot/ram.tar.gz is neither gzip nor zstd");
			continue;
		}
		check_ok(kinds[i].name, rc, &e);
		assert_string_equal(m.compression, kinds[i].kind);
		assert_int_equal(m.archive_bytes, kinds[i].head.n);
		assert_true(m.foreign && m.entries == UINT64_MAX && m.inodes == UINT64_MAX);
		assert_true(m.tar_bytes == RI_TOTAL_UNKNOWN);
	}
	close(fd);
	unlink(path);
}

static void a_missing_file(void **state)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_load_opts o = { .archive = "/nonexistent/archive" };
	struct ri_err e = { 0 };

	(void)state;
	check_err("missing", ri_foreign_adopt(&o, &m, &e), &e, RI_E_IO,
	    "opening /nonexistent/archive: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_tells),
		cmocka_unit_test(a_missing_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
