// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "format/manifest.h"

#define ID "00112233445566778899aabbccddeeff"
#define SHA ID ID

#define TEXT                                                                                       \
	"format=1\n"                                                                               \
	"build_id=" ID "\n"                                                                        \
	"archive=/boot/ram.tar.gz\n"                                                               \
	"archive_fs=6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55\n"                                        \
	"archive_on_root=yes\n"                                                                    \
	"compression=gzip\n"                                                                       \
	"archive_bytes=281000000\n"                                                                \
	"archive_sha256=" SHA "\n"                                                                 \
	"tar_bytes=18446744073709551615\n"                                                         \
	"entries=18125\n"                                                                          \
	"inodes=18000\n"                                                                           \
	"tmpfs_bytes=0\n"                                                                          \
	"tmpfs_size=100%\n"                                                                        \
	"reserve_bytes=67108864\n"                                                                 \
	"loader_bytes=50331648\n"                                                                  \
	"loader_sha256=yes\n"                                                                      \
	"kernel_bytes=66682880\n"                                                                  \
	"initrd_bytes=31000000\n"                                                                  \
	"initrd_unpacked_bytes=130000000\n"                                                        \
	"shed_bytes=110000000\n"                                                                   \
	"uefi=yes\n"                                                                               \
	"release=no\n"                                                                             \
	"release_fs=a-1\n"                                                                         \
	"release_fs=b-2\n"                                                                         \
	"kernel=6.1.0-56-amd64\n"                                                                  \
	"os=Debian GNU/Linux 12 (b\xc3\xb6=1)\n"

static struct ri_manifest example(void)
{
	static char *fs[] = { "a-1", "b-2", NULL };

	return (struct ri_manifest){
		.build_id = ID,
		.archive = "/boot/ram.tar.gz",
		.archive_fs = "6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55",
		.archive_on_root = true,
		.compression = "gzip",
		.archive_bytes = 281000000,
		.archive_sha256 = SHA,
		.tar_bytes = UINT64_MAX,
		.entries = 18125,
		.inodes = 18000,
		.tmpfs_size = "100%",
		.reserve_bytes = 64 << 20,
		.loader_bytes = 48 << 20,
		.loader_sha256 = true,
		.kernel_bytes = 66682880,
		.initrd_bytes = 31000000,
		.initrd_unpacked_bytes = 130000000,
		.shed_bytes = 110000000,
		.uefi = true,
		.release_fs = { fs, 2 },
		.kernel = "6.1.0-56-amd64",
		.os = "Debian GNU/Linux 12 (b\xc3\xb6=1)",
	};
}

static void test_render(void **state)
{
	struct ri_manifest m = example();
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("render", ri_manifest_render(&m, &out, &e), &e);
	check_span("render", ri_buf_span(&out), ri_str(TEXT));
}

/* Without counting there is no such line, as in manifests of before. */
static void test_grubenv(void **state)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_manifest counting = example();
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	counting.grubenv = "/boot/grub/grubenv";
	check_ok("render", ri_manifest_render(&counting, &out, &e), &e);
	check_span("render", ri_buf_span(&out), ri_str(TEXT "grubenv=/boot/grub/grubenv\n"));
	check_ok("parse", ri_manifest_parse(ri_buf_span(&out), &m, &e), &e);
	assert_string_equal(m.grubenv, "/boot/grub/grubenv");
}

/* The compressed form has two keys more, and its manifest names modules in their order. */
static void test_form(void **state)
{
	static char *modules[] = { "00-loop.ko", "01-squashfs.ko", NULL };
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_manifest compressed = example();
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	compressed.form = RI_FORM_COMPRESSED;
	compressed.modules = (struct ri_strv){ modules, 2 };
	check_ok("render", ri_manifest_render(&compressed, &out, &e), &e);
	check_span("render", ri_buf_span(&out),
	    ri_str(TEXT "form=compressed\nmodules=00-loop.ko\nmodules=01-squashfs.ko\n"));
	check_ok("parse", ri_manifest_parse(ri_buf_span(&out), &m, &e), &e);
	assert_string_equal(m.form, RI_FORM_COMPRESSED);
	assert_int_equal(m.modules.n, 2);
	assert_string_equal(m.modules.v[1], "01-squashfs.ko");
}

/* What there is instead of a disk's root, or nothing, as in manifests of before. */
static void test_on_failure(void **state)
{
	static const char *const words[] = { "poweroff", "reboot" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
		struct ri_manifest slim = example();
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		RI_BUF want = { 0 };
		char word[16];

		snprintf(word, sizeof word, "%s", words[i]);
		slim.on_failure = word;
		ri_buf_addf(&want, "%son_failure=%s\n", TEXT, words[i]);
		check_ok("render", ri_manifest_render(&slim, &out, &e), &e);
		check_span("render", ri_buf_span(&out), ri_buf_span(&want));
		check_ok("parse", ri_manifest_parse(ri_buf_span(&out), &m, &e), &e);
		assert_string_equal(m.on_failure, words[i]);
	}
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest bad = { 0 };
	struct ri_err e = { 0 };

	check_err("another word", ri_manifest_parse(ri_str(TEXT "on_failure=sh\n"), &bad, &e), &e,
	    RI_E_CONFIG, "the manifest's line 27: on_failure is neither poweroff nor reboot");
}

/* An archive that came with the initrd; what is on a disk has no such line, as in manifests of before. */
static void test_archive_in(void **state)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest bad = { 0 };
	struct ri_manifest brought = example();
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_true(ri_manifest_brought(&brought) == 0);
	brought.archive_in = RI_ARCHIVE_IN_INITRD;
	check_ok("render", ri_manifest_render(&brought, &out, &e), &e);
	check_span("render", ri_buf_span(&out), ri_str(TEXT "archive_in=initrd\n"));
	check_ok("parse", ri_manifest_parse(ri_buf_span(&out), &m, &e), &e);
	assert_string_equal(m.archive_in, "initrd");
	assert_true(ri_manifest_brought(&m) == 281000000);
	check_err("another word", ri_manifest_parse(ri_str(TEXT "archive_in=cd\n"), &bad, &e), &e,
	    RI_E_CONFIG, "the manifest's line 27: archive_in is not initrd");
}

static void test_parse(void **state)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("parse", ri_manifest_parse(ri_str(TEXT), &m, &e), &e);
	assert_string_equal(m.build_id, ID);
	assert_string_equal(m.archive, "/boot/ram.tar.gz");
	assert_string_equal(m.archive_fs, "6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55");
	assert_true(m.archive_on_root);
	assert_string_equal(m.compression, "gzip");
	assert_true(m.archive_bytes == 281000000);
	assert_string_equal(m.archive_sha256, SHA);
	assert_true(m.tar_bytes == UINT64_MAX);
	assert_true(m.entries == 18125 && m.inodes == 18000 && m.tmpfs_bytes == 0);
	assert_string_equal(m.tmpfs_size, "100%");
	assert_true(m.reserve_bytes == 64 << 20);
	assert_true(m.loader_bytes == 48 << 20 && m.loader_sha256);
	assert_true(m.kernel_bytes == 66682880 && m.initrd_bytes == 31000000 &&
		    m.initrd_unpacked_bytes == 130000000 && m.shed_bytes == 110000000);
	assert_false(m.release);
	assert_int_equal(m.release_fs.n, 2);
	assert_string_equal(m.release_fs.v[0], "a-1");
	assert_string_equal(m.release_fs.v[1], "b-2");
	assert_string_equal(m.kernel, "6.1.0-56-amd64");
	assert_string_equal(m.os, "Debian GNU/Linux 12 (b\xc3\xb6=1)");
	assert_null(m.grubenv);
}

/** TEXT with the line of @key replaced by @with ("" removes it). */
static void edit(struct ri_buf *out, const char *key, struct ri_span with)
{
	struct ri_span rest = ri_str(TEXT), line;

	while (ri_span_line(&rest, &line))
		ri_buf_add_span(out, ri_span_starts(line, key) ? with : line);
}

static const struct {
	const char *key; /* of the line to replace */
	struct ri_span with;
	const char *msg; /* NULL: taken */
} edits[] = {
	{ "os=", BYTES("os=\n"), NULL },
	{ "os=", BYTES("future_key=\x01 whatever\nos=x\n"), NULL },
	{ "release_fs=", BYTES(""), NULL },
	{ "loader_", BYTES(""), NULL },
	{ "os=", BYTES("os=x\ngrubenv=/grub/grubenv\n"), NULL },
	{ "os=", BYTES("os=x\ngrubenv=grubenv\n"),
	    "the manifest's line 27: grubenv is not an absolute path" },
	{ "os=", BYTES("os=x\ngrubenv=\n"), "the manifest's line 27: grubenv is empty" },
	{ "os=", BYTES("os=x\nform=tmpfs\n"), "the manifest's line 27: form is not compressed" },
	{ "os=", BYTES("os=x\nmodules=a/b.ko\n"),
	    "the manifest's line 27: modules is not a file name" },
	{ "os=", BYTES("os=x\nmodules=..\n"),
	    "the manifest's line 27: modules is not a file name" },
	{ "os=", BYTES("os=x\nmodules=\n"), "the manifest's line 27: modules is empty" },
	{ "entries=", BYTES("entries=000000000000000000000000000001\n"), NULL },
	{ "format", BYTES(""),
	    "the manifest's first line is not format=1: it is damaged, or of another ramimg" },
	{ "format", BYTES("format=10\n"),
	    "the manifest's first line is not format=1: it is damaged, or of another ramimg" },
	{ "format", BYTES("format=1\r\n"),
	    "the manifest's first line is not format=1: it is damaged, or of another ramimg" },
	{ "build_id=", BYTES(""), "the manifest has no build_id" },
	{ "release=", BYTES(""), "the manifest has no release" },
	{ "os=", BYTES(""), "the manifest has no os" },
	{ "os=", BYTES("os=x"), "the manifest is cut off in line 26" },
	{ "os=", BYTES("os=x\nos=y\n"), "the manifest's line 27: os occurs twice" },
	{ "os=", BYTES("nonsense\n"), "the manifest's line 26: it has no \"=\"" },
	{ "os=", BYTES("\n"), "the manifest's line 26: it has no \"=\"" },
	{ "os=", BYTES("os=a\0b\n"), "the manifest's line 26: os contains a control byte" },
	{ "os=", BYTES("os=a\x7f\n"), "the manifest's line 26: os contains a control byte" },
	{ "os=", BYTES("os=a\r\n"), "the manifest's line 26: os contains a control byte" },
	{ "kernel=", BYTES("kernel=\n"), "the manifest's line 25: kernel is empty" },
	{ "build_id=", BYTES("build_id=0011\n"),
	    "the manifest's line 2: build_id has the wrong number of hex digits" },
	{ "build_id=", BYTES("build_id=" ID "0\n"),
	    "the manifest's line 2: build_id has the wrong number of hex digits" },
	{ "build_id=", BYTES("build_id=00112233445566778899AABBCCDDEEFF\n"),
	    "the manifest's line 2: build_id contains a character that is not a lower-case hex digit" },
	{ "archive_sha256=", BYTES("archive_sha256=\n"),
	    "the manifest's line 8: archive_sha256 has the wrong number of hex digits" },
	{ "archive=", BYTES("archive=boot/x\n"),
	    "the manifest's line 3: archive is not an absolute path" },
	{ "compression=", BYTES("compression=xz\n"),
	    "the manifest's line 6: compression is neither gzip nor zstd nor lz4" },
	{ "archive_on_root=", BYTES("archive_on_root=1\n"),
	    "the manifest's line 5: archive_on_root is neither yes nor no" },
	{ "archive_bytes=", BYTES("archive_bytes=\n"),
	    "the manifest's line 7: archive_bytes is empty" },
	{ "archive_bytes=", BYTES("archive_bytes=-1\n"),
	    "the manifest's line 7: archive_bytes is not a decimal number" },
	{ "archive_bytes=", BYTES("archive_bytes= 1\n"),
	    "the manifest's line 7: archive_bytes is not a decimal number" },
	{ "archive_bytes=", BYTES("archive_bytes=0x10\n"),
	    "the manifest's line 7: archive_bytes is not a decimal number" },
	{ "archive_bytes=", BYTES("archive_bytes=18446744073709551616\n"),
	    "the manifest's line 7: archive_bytes is larger than 64 bits" },
	{ "archive_bytes=", BYTES("archive_bytes=99999999999999999999\n"),
	    "the manifest's line 7: archive_bytes is larger than 64 bits" },
	{ "release_fs=", BYTES("release_fs=\n"), "the manifest's line 23: release_fs is empty" },
};

static void test_edits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
		RI_BUF text = { 0 };
		struct ri_err e = { 0 };
		int rc;

		edit(&text, edits[i].key, edits[i].with);
		rc = ri_manifest_parse(ri_buf_span(&text), &m, &e);
		if (edits[i].msg) {
			check_err(edits[i].key, rc, &e, RI_E_CONFIG, edits[i].msg);
			assert_null(m.archive); /* untouched */
		} else {
			check_ok(edits[i].key, rc, &e);
		}
	}
}

/* Of an older ramimg, which had no such keys. */
static void test_absent_keys(void **state)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	edit(&text, "loader_", ri_str(""));
	check_ok("old", ri_manifest_parse(ri_buf_span(&text), &m, &e), &e);
	assert_true(m.loader_bytes == RI_LOADER_BYTES && !m.loader_sha256);
	text.n = 0;
	ri_manifest_free(&m);
	edit(&text, "initrd_", ri_str(""));
	check_ok("old", ri_manifest_parse(ri_buf_span(&text), &m, &e), &e);
	assert_true(m.initrd_bytes == 0 && m.initrd_unpacked_bytes == 0 && m.kernel_bytes > 0);
}

/* Cut anywhere, it must never pass for a whole one. */
static void test_cut_off(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(TEXT); n++) {
		RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
		struct ri_err e = { 0 };

		assert_int_equal(ri_manifest_parse(ri_span(TEXT, n), &m, &e), -1);
		assert_int_equal(e.code, RI_E_CONFIG);
	}
}

static void test_bad_render(void **state)
{
	struct ri_manifest m[6] = { example(), example(), example(), example(), example(),
		example() };
	static const char *const msgs[6] = {
		"os contains a control byte",
		"archive is not an absolute path",
		"build_id contains a character that is not a lower-case hex digit",
		"kernel is empty",
		"release_fs contains a control byte",
		"compression is neither gzip nor zstd nor lz4",
	};
	char *fs[] = { "a\nb", NULL };

	(void)state;
	m[0].os = "Deb\nformat=2";
	m[1].archive = "ram.tar";
	m[2].build_id[3] = 'X';
	m[3].kernel = NULL;
	m[4].release_fs = (struct ri_strv){ fs, 1 };
	m[5].compression = "xz";
	for (size_t i = 0; i < 6; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		check_err(msgs[i], ri_manifest_render(&m[i], &out, &e), &e, RI_E_GUEST, msgs[i]);
		assert_int_equal(out.n, 0);
	}
}

static void test_huge_line(void **state)
{
	RI_ON_EXIT(ri_manifest_free) struct ri_manifest m = { 0 };
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add_str(&text, TEXT "ignored=");
	for (size_t i = 0; i < 1 << 20; i++)
		ri_buf_add_str(&text, "=");
	ri_buf_add_str(&text, "\n");
	check_ok("huge", ri_manifest_parse(ri_buf_span(&text), &m, &e), &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_grubenv),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_on_failure),
		cmocka_unit_test(test_archive_in),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_absent_keys),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_bad_render),
		cmocka_unit_test(test_huge_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
