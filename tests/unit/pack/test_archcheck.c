// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Archives read back on the host: ours, those made by hand, and what is none.
 */
#include "unit/check.h"

#include "format/archive_id.h"
#include "host/sha256.h"
#include "support/archcheck.h"
#include "unit/packing.h"

#define TEST_ID "0123456789abcdef0123456789abcdef"

static const struct way {
	const char *name;
	enum ri_compression kind;
	const char *pack[4];
} ways[] = {
	{ "gzip", RI_GZIP, { "gzip", "-nc" } },
	{ "zstd", RI_ZSTD, { "zstd", "-qc" } },
};
#define WAYS (sizeof ways / sizeof *ways)

static int make_tree(void **state)
{
	if (tmp_set_up(state) < 0)
		return -1;
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "tree/dir");
	RUN(tmpdir, "/dev/urandom", tmp_path("tree/noise"), "head", "-c", "3000000");
	spit(tmp_path("tree/dir/text"), LIT("text\n"));
	RUN(NULL, NULL, NULL, "tar", "--format=posix", "-C", tmp_path("tree"), "-cf",
	    tmp_path("tar"), ".");
	return 0;
}

static void pack(const struct way *w, struct ri_pack_result *r)
{
	struct ri_pack_opts o = pack_opts(w->kind);
	struct ri_err e = { 0 };

	check_ok(w->name, pack_file(tmp_path("tar"), tmp_path("out"), &o, r, &e), &e);
}

static void test_ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct ri_pack_result r;
		struct ri_archcheck c;
		struct ri_err e = { 0 };

		pack(&ways[i], &r);
		check_ok(ways[i].name, ri_archcheck_file(tmp_path("out"), &c, &e), &e);
		assert_int_equal(c.compression, ways[i].kind);
		assert_string_equal(c.build_id, r.build_id);
		assert_string_equal(c.archive_sha256, r.archive_sha256);
		assert_int_equal(c.archive_bytes, r.archive_bytes);
		assert_int_equal(c.tar_bytes, r.tar_bytes);
		assert_int_equal(c.entries, 4);
	}
}

/* One gzip member, one zstd frame, no id. */
static void test_by_hand(void **state)
{
	struct stat tar;

	(void)state;
	assert_int_equal(stat(tmp_path("tar"), &tar), 0);
	for (size_t i = 0; i < WAYS; i++) {
		char hex[RI_SHA256_HEX + 1];
		struct ri_archcheck c;
		struct ri_err e = { 0 };
		uint64_t bytes;

		run_ok(NULL, tmp_path("tar"), tmp_path("out"), ways[i].pack);
		check_ok(ways[i].name, ri_archcheck_file(tmp_path("out"), &c, &e), &e);
		check_ok("sum", ri_sha256_file(tmp_path("out"), hex, &bytes, &e), &e);
		assert_int_equal(c.compression, ways[i].kind);
		assert_string_equal(c.build_id, "");
		assert_string_equal(c.archive_sha256, hex);
		assert_int_equal(c.archive_bytes, bytes);
		assert_int_equal(c.tar_bytes, tar.st_size);
		assert_int_equal(c.entries, 4);
	}
}

static void expect_damage(const char *name, struct ri_span bytes)
{
	struct ri_archcheck c;
	struct ri_err e = { 0 };

	spit(tmp_path("bad"), bytes);
	if (ri_archcheck_file(tmp_path("bad"), &c, &e) == 0)
		fail_msg("%s: unseen", name);
	if (e.code != RI_E_VERIFY || strncmp(e.msg, "the archive /", 13) != 0)
		fail_msg("%s: code %d [%s]", name, (int)e.code, e.msg);
}

/* Cut anywhere, also between two pieces; more behind the end; one bit flipped anywhere. */
static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct ri_pack_result r;
		RI_BUF whole = { 0 };

		pack(&ways[i], &r);
		slurp(tmp_path("out"), &whole);
		for (size_t part = 0; part < 20; part++)
			expect_damage("cut", ri_span(whole.p, whole.n * part / 20 + 1));
		expect_damage("one byte less", ri_span(whole.p, whole.n - 1));
		/* 3 MB of noise do not shrink: the first piece takes 1 MiB and a little. */
		for (size_t n = 1 << 20; n < (1 << 20) + 4096; n++)
			if (memcmp(whole.p + n, whole.p, ways[i].kind == RI_ZSTD ? 4 : 10) == 0)
				expect_damage("cut between pieces", ri_span(whole.p, n));
		for (size_t part = 0; part < 20; part++) {
			size_t at = whole.n * part / 20 + 7;

			whole.p[at] ^= 0x04;
			/* Only the time and the operating system of a gzip header are free. */
			if (!(ways[i].kind == RI_GZIP && part == 0))
				expect_damage("bit", ri_buf_span(&whole));
			whole.p[at] ^= 0x04;
		}
		ri_buf_add_str(&whole, "more");
		expect_damage("more behind the end", ri_buf_span(&whole));
	}
}

static void test_not_archives(void **state)
{
	static const struct {
		const char *name;
		struct ri_span bytes;
		const char *msg;
	} cases[] = {
		{ "empty", BYTES(""), "it is empty" },
		{ "text", BYTES("hello\n"), "it is neither gzip nor zstd data" },
		{ "xz", BYTES("\3757zXZ\0"), "it is neither gzip nor zstd data" },
		{ "half a magic", BYTES("\x1f"), "it is neither gzip nor zstd data" },
		{ "a gzip header", BYTES("\x1f\x8b\x08\0\0\0\0\0\0\3"),
		    "the gzip data is cut short" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_archcheck c;
		struct ri_err e = { 0 };
		char msg[300];

		spit(tmp_path("bad"), cases[i].bytes);
		snprintf(msg, sizeof msg, "the archive %s: %s", tmp_path("bad"), cases[i].msg);
		check_err(cases[i].name, ri_archcheck_file(tmp_path("bad"), &c, &e), &e,
		    RI_E_VERIFY, msg);
	}
}

/* Whole as compressed data, but no whole tar. */
static void test_no_tar(void **state)
{
	RI_BUF tar = { 0 };

	(void)state;
	slurp(tmp_path("tar"), &tar);
	for (size_t i = 0; i < WAYS; i++) {
		static const char *const what[] = { "text", "cut in a file", "no end mark" };
		const struct ri_span in[] = { LIT("no tar at all\n"), ri_span(tar.p, 100000),
			ri_span(tar.p, tar.n / 10240 * 10240 - 10240) };

		for (size_t k = 0; k < 3; k++) {
			RI_BUF packed = { 0 };

			spit(tmp_path("in"), in[k]);
			run_ok(NULL, tmp_path("in"), tmp_path("packed"), ways[i].pack);
			slurp(tmp_path("packed"), &packed);
			expect_damage(what[k], ri_buf_span(&packed));
		}
	}
}

static void test_absent(void **state)
{
	struct ri_archcheck c;
	struct ri_err e = { 0 };
	char msg[300];

	(void)state;
	snprintf(msg, sizeof msg, "opening the archive %s: No such file or directory",
	    tmp_path("absent"));
	check_err("absent", ri_archcheck_file(tmp_path("absent"), &c, &e), &e, RI_E_IO, msg);
}

/* The identity: found again, read silently by tar, and nothing else taken for it. */
static void test_identity(void **state)
{
	char tar[RI_ARCHIVE_ID_BYTES + 1024] = { 0 }, id[RI_BUILD_ID_LEN + 1] = "untouched";
	RI_BUF said = { 0 };
	const char *argv[] = { "tar", "-tf", tmp_path("id"), NULL };

	(void)state;
	ri_archive_id_render(TEST_ID, (unsigned char *)tar);
	spit(tmp_path("id"), ri_span(tar, sizeof tar));
	assert_int_equal(run_to(NULL, NULL, tmp_path("names"), tmp_path("said"), argv), 0);
	slurp(tmp_path("names"), &said);
	slurp(tmp_path("said"), &said);
	assert_int_equal(said.n, 0);
	for (size_t n = 0; n < RI_ARCHIVE_ID_BYTES; n++)
		assert_false(ri_archive_id_find(ri_span(tar, n), id));
	for (size_t at = 0; at < 569; at++) {
		/* A header's zeros count into its sum; what ends the sum itself does not. */
		if (at == 154 || at == 155)
			continue;
		tar[at] ^= 0x10;
		if (ri_archive_id_find(ri_span(tar, sizeof tar), id))
			fail_msg("byte %zu changed, still an id", at);
		tar[at] ^= 0x10;
	}
	assert_string_equal(id, "untouched");
	assert_true(ri_archive_id_find(ri_span(tar, sizeof tar), id));
	assert_string_equal(id, TEST_ID);
}

static void test_id_valid(void **state)
{
	(void)state;
	assert_true(ri_archive_id_valid(TEST_ID));
	assert_false(ri_archive_id_valid(""));
	assert_false(ri_archive_id_valid("0123456789abcdef0123456789abcde"));
	assert_false(ri_archive_id_valid("0123456789abcdef0123456789abcdef0"));
	assert_false(ri_archive_id_valid("0123456789abcdef0123456789abcdeg"));
	assert_false(ri_archive_id_valid("0123456789ABCDEF0123456789abcdef"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_not_archives),
		cmocka_unit_test(test_no_tar),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_id_valid),
	};

	return cmocka_run_group_tests(tests, make_tree, tmp_tear_down);
}
