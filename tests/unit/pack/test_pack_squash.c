// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Packing into an image: what a tar gets, an image gets, but for what squashfs has no place for, which is counted; its
 * sums; and what ends it early. That the kernel reads the same tree is guest/squash-mount's part.
 */
#include "unit/check.h"

#include "unit/packing.h"
#include "unit/squashing.h"

#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <sys/xattr.h>
#include <xxhash.h>

#include "base/cancel.h"
#include "format/archive_id.h"
#include "host/sha256.h"

/* user::rw-, user:33:rwx, group::r-x, mask::rw-, other::--- */
static const char acl[] = "\2\0\0\0"
			  "\1\0\6\0\xff\xff\xff\xff"
			  "\2\0\7\0\41\0\0\0"
			  "\4\0\5\0\xff\xff\xff\xff"
			  "\20\0\6\0\xff\xff\xff\xff"
			  "\40\0\0\0\xff\xff\xff\xff";

static struct ri_pack_opts image_opts(void)
{
	struct ri_pack_opts o = pack_opts(RI_ZSTD);

	o.form = RI_PACK_SQUASH;
	return o;
}

static void write_noise(const char *name, size_t n)
{
	RI_BUF noise = { 0 };
	uint32_t x = (uint32_t)n;

	for (size_t i = 0; i < n; i += 4) {
		x = x * 1664525u + 1013904223u;
		ri_buf_add(&noise, &(uint32_t){ x ^ x >> 13 }, 4);
	}
	assert_false(noise.oom);
	spit(tmp_path(name), ri_span(noise.p, n));
}

static void make_tar(void)
{
	const struct timespec old[2] = { { -5, 0 }, { -5, 0 } };

	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "tree/etc", "tree/tmp");
	spit(tmp_path("tree/etc/fstab"), LIT("/dev/sda1 / ext4 defaults 0 1\n"));
	spit(tmp_path("tree/tmp/gone"), LIT("gone"));
	spit(tmp_path("tree/old"), LIT("old"));
	write_noise("tree/large", 9000000); /* more than waits in memory */
	RUN(tmpdir, NULL, NULL, "ln", "tree/large", "tree/second");
	RUN(tmpdir, NULL, NULL, "truncate", "-s", "200M", "tree/hole");
	RUN(tmpdir, NULL, NULL, "mkfifo", "tree/fifo");
	assert_int_equal(utimensat(AT_FDCWD, tmp_path("tree/old"), old, 0), 0);
	assert_int_equal(lsetxattr(tmp_path("tree/old"), "user.note", "x", 1, 0), 0);
	assert_int_equal(
	    lsetxattr(tmp_path("tree/old"), "system.posix_acl_access", acl, sizeof acl - 1, 0), 0);
	tar_tree(tmp_path("tree"), tmp_path("tree.tar"), true);
}

/* Every sum is of the bytes that are there, and the identity is the end of the file. */
static void check_sums(const struct ri_pack_result *r)
{
	char whole[RI_SHA256_HEX + 1], id[RI_BUILD_ID_LEN + 1];
	RI_BUF file = { 0 };

	slurp(tmp_path("image"), &file);
	assert_int_equal(file.n, r->archive_bytes);
	assert_int_equal(file.n % 4096, RI_ARCHIVE_ID_BYTES);
	ri_sha256_span(ri_buf_span(&file), whole);
	assert_string_equal(whole, r->archive_sha256);
	assert_true(
	    ri_archive_id_find(ri_span_skip(ri_buf_span(&file), file.n - RI_ARCHIVE_ID_BYTES), id));
	assert_string_equal(id, r->build_id);
	assert_int_equal(r->hashes.n, (file.n + (1 << 20) - 1) / (1 << 20) * 8);
	for (size_t i = 0; i * 8 < r->hashes.n; i++) {
		size_t n = file.n - (i << 20);
		uint64_t sum = htobe64(XXH64(file.p + (i << 20), n < 1 << 20 ? n : 1 << 20, 0));

		assert_memory_equal(r->hashes.p + 8 * i, &sum, sizeof sum);
	}
}

static void check_image(const struct ri_pack_result *r)
{
	RI_BUF said = { 0 };
	RI_BUF large = { 0 };

	SQUASH_SAYS(&said, "unsquashfs", "-lln", "image");
	assert_null(strstr(said.p, "gone"));
	assert_null(strstr(said.p, "posix"));
	squash_has(&said, " 1970-01-01 00:00 squashfs-root/old\n");
	squash_has(&said, "-rw-r----- 0/0 "); /* the group's line is r-x, the mask rw- */
	squash_has(&said, " squashfs-root/fifo\n");
	squash_has(&said, "          209715200 ");
	SQUASH_SAYS(&said, "rdsquashfs", "-c", "etc/fstab", "image");
	assert_string_equal(said.p, "tmpfs / tmpfs defaults 0 0\n");
	SQUASH_SAYS(&said, "rdsquashfs", "-c", "etc/made", "image");
	assert_string_equal(said.p, "made");
	SQUASH_SAYS(&said, "rdsquashfs", "-c", "second", "image");
	slurp(tmp_path("tree/large"), &large);
	check_span("large", ri_span(said.p, said.n - 1), ri_buf_span(&large));
	SQUASH_SAYS(&said, "rdsquashfs", "-x", "old", "image");
	squash_has(&said, "user.note=x\n");
	assert_int_equal(r->lost_acls, 1);
	assert_int_equal(r->acl_files, 1);
	assert_int_equal(r->lost_xattrs, 0);
	assert_int_equal(r->clamped_times, 1);
	assert_int_equal(r->xattrs, 1);
	assert_int_equal(r->sparse_files, 1);
	assert_int_equal(r->entries, 10);
	assert_int_equal(r->inodes, 9);
	assert_in_range(r->tar_bytes, 9000000, 9001000);
	/* The tree: its pages; the image: its own, less than a page in a hundred more. */
	assert_in_range(r->tree_bytes, 9000000 + 9 * 1024, 9200000);
	assert_in_range(r->tmpfs_bytes, r->archive_bytes, r->archive_bytes * 102 / 100 + 8192);
}

static void test_whole(void **state)
{
	char *patterns[] = { (char[]){ "/tmp/" }, NULL };
	const struct ri_rules rules = { { patterns, 1 } };
	static const struct ri_pack_replace replace[] = {
		{ .path = "/etc/fstab", .bytes = BYTES("tmpfs / tmpfs defaults 0 0\n") },
		{ .path = "/etc/made", .bytes = BYTES("made"), .make = true },
	};
	static const unsigned threads[] = { 1, 2, 5 };
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result first = { 0 };

	(void)state;
	make_tar();
	for (size_t i = 0; i < 3; i++) {
		RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
		struct ri_pack_opts o = image_opts();
		struct ri_err e = { 0 };

		o.threads = threads[i];
		o.rules = &rules;
		o.replace = replace;
		o.replace_n = 2;
		check_ok("pack", pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &r, &e),
		    &e);
		if (i > 0) {
			assert_string_equal(first.archive_sha256, r.archive_sha256);
			continue;
		}
		check_sums(&r);
		check_image(&r);
		first = r;
		r = (struct ri_pack_result){ 0 };
	}
}

/* Another configuration is another id, of the same image. */
static void test_ids(void **state)
{
	struct ri_pack_result a = { 0 }, b = { 0 };
	struct ri_pack_opts o = image_opts();
	struct ri_err e = { 0 };

	(void)state;
	make_tar();
	check_ok("a", pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &a, &e), &e);
	o.configuration = ri_str("reserve=2\n");
	check_ok("b", pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &b, &e), &e);
	assert_string_not_equal(a.build_id, b.build_id);
	assert_int_equal(a.archive_bytes, b.archive_bytes);
	assert_memory_equal(a.hashes.p, b.hashes.p, a.hashes.n - 8);
	ri_pack_result_free(&a);
	ri_pack_result_free(&b);
}

static void test_forms_of_compression(void **state)
{
	static const struct {
		enum ri_compression kind;
		int level;
		uint32_t block_size;
		const char *said;
	} rows[] = {
		{ RI_GZIP, 9, 0, NULL },
		{ RI_LZ4, 0, 4096, NULL },
		{ RI_LZ4, 1, 1 << 20, NULL },
		{ RI_ZSTD, 15, 1 << 20, NULL },
		{ RI_GZIP, 0, 0, "gzip level 0: must be 1 to 9" },
		{ RI_ZSTD, 3, 5000,
		    "a block size of 5000 bytes: must be a power of two from 4096 to 1048576" },
	};

	(void)state;
	make_tar();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
		struct ri_pack_opts o = image_opts();
		struct ri_err e = { 0 };
		int rc;

		o.compression = rows[i].kind;
		o.level = rows[i].level;
		o.block_size = rows[i].block_size;
		rc = pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &r, &e);
		if (rows[i].said) {
			check_err("options", rc, &e, RI_E_CONFIG, rows[i].said);
			continue;
		}
		check_ok("pack", rc, &e);
		check_sums(&r);
		RUN(tmpdir, NULL, NULL, "rm", "-rf", "out");
		RUN(tmpdir, NULL, NULL, "unsquashfs", "-no-progress", "-d", "out", "image");
		RUN(tmpdir, NULL, NULL, "diff", "-r", "--no-dereference", "-x", "fifo", "tree",
		    "out");
	}
}

/* To the byte, as for a tar. */
static void test_room(void **state)
{
	struct ri_pack_opts o = image_opts();
	struct ri_pack_result r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_tar();
	check_ok("any", pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &r, &e), &e);
	o.room_is = "the test has";
	o.room = r.archive_bytes;
	ri_pack_result_free(&r);
	check_ok("as much", pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &r, &e), &e);
	ri_pack_result_free(&r);
	for (o.room--; o.room > 50; o.room /= 2) {
		e = (struct ri_err){ 0 };
		assert_int_equal(pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &r, &e),
		    -1);
		assert_int_equal(e.code, RI_E_BUDGET);
		assert_non_null(strstr(e.msg, "that the test has; make room there"));
	}
}

/* A source that says what no tree can be. */
struct odd_source {
	struct ri_source base;
	struct archive_entry *entry;
	const char *const *path; /* "path", or "path>link"; "/" at the end: a directory */
};

static int odd_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct odd_source *s = (struct odd_source *)base;
	char path[64], *link;
	size_t n;

	(void)e;
	*entry = NULL;
	if (!*s->path)
		return 0;
	snprintf(path, sizeof path, "%s", *s->path++);
	n = strlen(path);
	archive_entry_clear(s->entry);
	archive_entry_set_mode(s->entry, AE_IFREG | 0644);
	if (path[n - 1] == '/') {
		path[n - 1] = '\0';
		archive_entry_set_mode(s->entry, AE_IFDIR | 0755);
	}
	link = strchr(path, '>');
	if (link) {
		*link++ = '\0';
		archive_entry_copy_hardlink(s->entry, link);
	}
	archive_entry_copy_pathname(s->entry, path);
	archive_entry_set_size(s->entry, 0);
	*entry = s->entry;
	return 0;
}

static int odd_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	(void)base, (void)b, (void)e;
	return 0;
}

static int pack_odd(const char *const *paths, struct ri_pack_result *r, struct ri_err *e)
{
	static const struct ri_source_ops ops = { odd_next, odd_data, NULL };
	struct odd_source s = { { &ops }, archive_entry_new(), paths };
	const struct ri_pack_opts o = image_opts();
	RI_FD int fd = open(tmp_path("image"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc = ri_pack(&s.base, &o, fd, r, e);

	archive_entry_free(s.entry);
	return rc;
}

static void test_odd_sources(void **state)
{
	static const struct {
		const char *paths[4], *said;
	} rows[] = {
		{ { "a/b" }, "/a/b: no directory came that it is in" },
		{ { "a", "a/b" }, "/a/b: no directory came that it is in" },
		{ { "a/", "b>a" }, "/b: it is a hard link to the directory a" },
		{ { "b>a", "a" }, "/b: it is a hard link to a, which did not come before" },
		{ { "a", "a" }, "/a: it comes twice" },
		{ { "a", "./" }, "/: it comes twice, or after what is in it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_pack_result r = { 0 };
		struct ri_err e = { 0 };

		check_err(rows[i].said, pack_odd(rows[i].paths, &r, &e), &e, RI_E_GUEST,
		    rows[i].said);
	}
}

static int pack_to_write_only(const struct ri_pack_opts *o, struct ri_pack_result *r,
    struct ri_err *e)
{
	RI_FD int from = open(tmp_path("tree.tar"), O_RDONLY | O_CLOEXEC);
	RI_FD int to = open(tmp_path("image"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;

	assert_true(from >= 0 && to >= 0);
	return ri_source_tar(from, &src, e) < 0 ? -1 : ri_pack(src, o, to, r, e);
}

/* A descriptor that cannot be read back, and one that is full. */
static void test_descriptors(void **state)
{
	struct ri_pack_opts o = image_opts();
	struct ri_pack_result r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_tar();
	check_err("write only", pack_to_write_only(&o, &r, &e), &e, RI_E_IO,
	    "reading the archive back: Bad file descriptor");
	e = (struct ri_err){ 0 };
	check_err("full", pack_file(tmp_path("tree.tar"), "/dev/full", &o, &r, &e), &e, RI_E_IO,
	    "writing the archive: No space left on device");
}

/* Last: it cannot be undone. */
static void test_cancelled(void **state)
{
	struct ri_pack_opts o = image_opts();
	struct ri_pack_result r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_tar();
	ri_cancel_request();
	check_err("cancelled", pack_file(tmp_path("tree.tar"), tmp_path("image"), &o, &r, &e), &e,
	    RI_E_CANCELLED, "interrupted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_ids, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_forms_of_compression, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_room, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_odd_sources, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_descriptors, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_cancelled, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
