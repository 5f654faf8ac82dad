// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whole trees: GNU tar → ri_pack → GNU tar, and back the same in everything.
 */
#include "unit/check.h"

#include "format/archive_id.h"
#include "unit/alltree.h"
#include "unit/packing.h"
#include "unit/trees.h"

#include <sys/mount.h>
#include <sys/statvfs.h>

#include "support/archcheck.h"

/* Unpack as an administrator would; what tar says on stderr goes into "said". */
static int untar(const char *archive, const char *to)
{
	const char *argv[] = { "tar", "-xpf", archive, "--xattrs", "--xattrs-include=*", "--acls",
		"--numeric-owner", "--warning=no-timestamp", "-C", to, NULL };

	return run_to(NULL, NULL, NULL, tmp_path("said"), argv);
}

static void check_silent(const char *want)
{
	RI_BUF said = { 0 };

	slurp(tmp_path("said"), &said);
	check_span("what tar said", ri_buf_span(&said), ri_str(want));
}

static const struct {
	const char *name, *file;
	enum ri_compression kind;
	bool sparse;
} ways[] = {
	{ "gzip", "ram.tar.gz", RI_GZIP, false },
	{ "zstd", "ram.tar.zst", RI_ZSTD, false },
	{ "zstd, holes reported", "ram.tar.zst", RI_ZSTD, true },
};

static void round_trip(size_t way, struct ri_pack_result *r, const char *said)
{
	struct ri_pack_opts o = pack_opts(ways[way].kind);
	char archive[200];
	struct ri_archcheck c;
	struct ri_err e = { 0 };

	snprintf(archive, sizeof archive, "%s", tmp_path(ways[way].file));
	tar_tree(tmp_path("src"), tmp_path("tar"), ways[way].sparse);
	check_ok(ways[way].name, pack_file(tmp_path("tar"), archive, &o, r, &e), &e);
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "dst");
	assert_int_equal(mkdir(tmp_path("dst"), 0755), 0);
	assert_int_equal(untar(archive, tmp_path("dst")), 0);
	if (said) /* NULL: whatever it says */
		check_silent(said);
	/* The root of the tree is an entry of its own. */
	assert_int_equal(same_trees(tmp_path("src"), tmp_path("dst")) + 1, r->entries);
	check_ok("check", ri_archcheck_file(archive, &c, &e), &e);
	assert_string_equal(c.build_id, r->build_id);
	assert_string_equal(c.archive_sha256, r->archive_sha256);
	assert_int_equal(c.archive_bytes, r->archive_bytes);
	assert_int_equal(c.tar_bytes, r->tar_bytes);
	assert_int_equal(c.entries, r->entries);
	assert_int_equal(c.compression, ways[way].kind);
}

#define ROOT_OR_SKIP()                                                                             \
	do {                                                                                       \
		if (geteuid() != 0) {                                                              \
			print_message("needs root, for owners, device nodes and mounts\n");        \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

static void test_everything(void **state)
{
	(void)state;
	ROOT_OR_SKIP();
	set_up_root();
	make_metadata();
	make_xattrs();
	make_kinds();
	make_names();
	make_deep();
	mtime(".", 1234567890, 987654321);
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
		struct ri_pack_result r;

		round_trip(w, &r, "");
		assert_int_equal(r.entries - r.inodes, 3);
		assert_int_equal(r.acl_files, 2);
		assert_int_equal(r.capability_files, 1);
		assert_int_equal(r.sparse_files, 3);
		assert_int_equal(r.left_out.n, 0);
		ri_pack_result_free(&r);
	}
}

/* Names that are no UTF-8 are marked as POSIX has it. GNU tar does not know the mark and says so,
 * for each, but only for each of those; the name is right. */
static void test_other_charsets(void **state)
{
	(void)state;
	set_up_root();
	put("\xff\xfe", LIT("1"));
	put("latin \xfc", LIT("2"));
	put("\303\274", LIT("3"));
	put("ascii", LIT("4"));
	for (size_t w = 0; w < 2; w++) {
		struct ri_pack_result r;

		round_trip(w, &r,
		    "tar: Ignoring unknown extended header keyword 'hdrcharset'\n"
		    "tar: Ignoring unknown extended header keyword 'hdrcharset'\n");
		assert_int_equal(r.entries, 5);
		ri_pack_result_free(&r);
	}
}

/* A file with holes is named by a record of its own, which libarchive 3.6.2 fills with what a ustar
 * header holds of the name where that is no UTF-8 and longer than 100 bytes. */
static void test_long_names_of_holes(void **state)
{
	static const off_t end[] = { 1 << 20 };
	static const struct {
		const char *begin;
		int length;
	} names[] = { { "\xff", 97 }, { "\xff", 98 }, { "\xff", 250 }, { "dir \xfc/", 200 } };

	(void)state;
	set_up_root();
	assert_int_equal(mkdirat(root, "dir \xfc", 0755), 0);
	for (size_t i = 0; i < 4; i++) {
		char name[300];

		snprintf(name, sizeof name, "%s%0*d", names[i].begin, names[i].length, 1);
		sparse(name, 2 << 20, end, 1);
	}
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
		struct ri_pack_result r;

		round_trip(w, &r, NULL);
		assert_int_equal(r.sparse_files, 4);
		ri_pack_result_free(&r);
	}
}

/* Libarchive turns an id beyond INT_MAX into 0 when it writes an ACL as text, and 0 is root. Such an
 * ACL stays the attribute that it is; the others become text, and no attribute. */
static void test_huge_acl_ids(void **state)
{
	struct ri_pack_result r;
	RI_BUF tar = { 0 };
	struct ri_pack_opts o = pack_opts(RI_ZSTD);
	struct ri_err e = { 0 };

	(void)state;
	set_up_root();
	put("huge", LIT("a"));
	xattr("huge", "system.posix_acl_access", VALUE(acl_huge));
	tar_tree(tmp_path("src"), tmp_path("tar"), false);
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out.zst"), &o, &r, &e), &e);
	assert_int_equal(r.acl_files, 1);
	RUN(NULL, tmp_path("out.zst"), tmp_path("out.tar"), "zstd", "-dcq");
	slurp(tmp_path("out.tar"), &tar);
	assert_null(memmem(tar.p, tar.n, "SCHILY.acl", 10));
	assert_non_null(memmem(tar.p, tar.n, acl_huge, sizeof acl_huge - 1));
	ri_pack_result_free(&r);
}

/* What a tmpfs counts is what was foretold, to the page and the inode. */
static void test_tmpfs_need(void **state)
{
	struct ri_pack_result r;
	struct statvfs empty, full;
	int rc;

	(void)state;
	ROOT_OR_SKIP();
	set_up_root();
	make_kinds();
	make_names();
	round_trip(1, &r, "");
	assert_int_equal(mkdir(tmp_path("mnt"), 0755), 0);
	rc = mount("none", tmp_path("mnt"), "tmpfs", 0, "size=64m");
	if (rc < 0)
		fail_msg("mounting a tmpfs: %s", strerror(errno));
	assert_int_equal(statvfs(tmp_path("mnt"), &empty), 0);
	rc = untar(tmp_path(ways[1].file), tmp_path("mnt"));
	assert_int_equal(statvfs(tmp_path("mnt"), &full), 0);
	assert_int_equal(umount2(tmp_path("mnt"), MNT_DETACH), 0);
	assert_int_equal(rc, 0);
	assert_int_equal((empty.f_bfree - full.f_bfree) * full.f_bsize, r.data_bytes);
	/* The tmpfs' own root is there before; ours is counted. A tmpfs counts every hard link as an
	 * inode (shmem_link). */
	assert_int_equal(empty.f_ffree - full.f_ffree, r.entries - 1);
	assert_true(r.tmpfs_bytes > r.data_bytes + r.inodes * 1024);
	assert_true(r.tmpfs_bytes < r.data_bytes + r.entries * 1500);
	ri_pack_result_free(&r);
}

/* Same input, same bytes: whatever the number of threads, and of cores (0: a thread for each). */
static void test_deterministic(void **state)
{
	RI_BUF noise = { 0 };

	(void)state;
	ROOT_OR_SKIP();
	set_up_root();
	make_kinds();
	make_xattrs();
	for (uint32_t i = 0, x = 7; i < 3 << 20; i++) {
		x = x * 1664525 + 1013904223;
		ri_buf_add(&noise, &x, sizeof x);
	}
	put("noise", ri_buf_span(&noise));
	tar_tree(tmp_path("src"), tmp_path("tar"), false);
	for (size_t w = 0; w < 2; w++) {
		static const unsigned threads[] = { 1, 2, 5, 8, 0 };
		char first[RI_SHA256_HEX + 1] = "";

		for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
			struct ri_pack_opts o = pack_opts(ways[w].kind);
			struct ri_pack_result r;
			struct ri_err e = { 0 };

			o.threads = threads[i];
			check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e),
			    &e);
			if (i == 0)
				memcpy(first, r.archive_sha256, sizeof first);
			assert_string_equal(first, r.archive_sha256);
			ri_pack_result_free(&r);
		}
	}
}

/* Packed with what @change makes of the options, or of the tree before. */
static void packed_id(void (*change)(struct ri_pack_opts *o), char id[RI_BUILD_ID_LEN + 1])
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_archcheck c;
	struct ri_pack_result r;
	struct ri_err e = { 0 };

	if (change)
		change(&o);
	tar_tree(tmp_path("src"), tmp_path("tar"), false);
	check_ok("pack", pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e), &e);
	check_ok("check", ri_archcheck_file(tmp_path("out"), &c, &e), &e);
	assert_string_equal(c.build_id, r.build_id);
	memcpy(id, r.build_id, sizeof r.build_id);
	ri_pack_result_free(&r);
}

static void not_compressed(struct ri_pack_opts *o)
{
	o->level = 0;
}

static void as_zstd(struct ri_pack_opts *o)
{
	o->compression = RI_ZSTD;
}

static void configured_otherwise(struct ri_pack_opts *o)
{
	o->configuration = ri_str("reserve=2\n");
}

static void one_byte_more(struct ri_pack_opts *o)
{
	(void)o;
	spit(tmp_path("src/text"), ri_str("changed"));
}

static void a_second_later(struct ri_pack_opts *o)
{
	(void)o;
	RUN(tmpdir, NULL, NULL, "touch", "-d", "@1700000001", "src/text");
}

/* The id is of the content and of what made it: the same for the same, another for any other. */
static void test_build_id(void **state)
{
	static void (*const changes[])(struct ri_pack_opts *) = { not_compressed, as_zstd,
		configured_otherwise, one_byte_more, a_second_later };
	enum { N = sizeof changes / sizeof *changes };
	char ids[N + 1][RI_BUILD_ID_LEN + 1], again[RI_BUILD_ID_LEN + 1];

	(void)state;
	set_up_root();
	put("text", ri_str("change"));
	RUN(tmpdir, NULL, NULL, "touch", "-d", "@1700000000", "src/text");
	packed_id(NULL, ids[0]);
	assert_true(ri_archive_id_valid(ids[0]));
	for (size_t i = 0; i < N; i++) {
		packed_id(changes[i], ids[i + 1]);
		for (size_t k = 0; k <= i; k++)
			assert_string_not_equal(ids[k], ids[i + 1]);
	}
	spit(tmp_path("src/text"), ri_str("change"));
	RUN(tmpdir, NULL, NULL, "touch", "-d", "@1700000000", "src/text");
	packed_id(NULL, again);
	assert_string_equal(again, ids[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_other_charsets),
		cmocka_unit_test(test_long_names_of_holes),
		cmocka_unit_test(test_huge_acl_ids),
		cmocka_unit_test(test_tmpfs_need),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_build_id),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
