// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is in an image, as the programs of squashfs-tools and squashfs-tools-ng read it.
 */
#include "unit/check.h"

#include "unit/squashing.h"

static const enum ri_compression kinds[] = { RI_GZIP, RI_ZSTD, RI_LZ4 };

static void add_xattr(struct ri_xattrs *all, const char *name, struct ri_span value)
{
	struct ri_err e = { 0 };

	check_ok(name, ri_xattrs_add(all, ri_str(name), value, &e), &e);
}

/* One of each, in an order in which what is in "a" comes after "b". */
static void add_each(struct ri_squash *s)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs attrs = { 0 };
	static char name[256], target[4096];
	const struct ri_squash_entry in[] = {
		{ .path = ".", .mode = S_IFDIR | 0751, .uid = 7, .gid = 8, .mtime = 1 },
		{ .path = "a", .mode = S_IFDIR | 01777, .mtime = 2, .xattrs = &attrs },
		{ .path = "b", .mode = S_IFDIR | 0700, .uid = 70000, .gid = 4294967295 },
		{ .path = "a/null", .mode = S_IFCHR | 0666, .rdev_major = 1, .rdev_minor = 3 },
		{ .path = "a/sda",
		    .mode = S_IFBLK | 0660,
		    .gid = 6,
		    .rdev_major = 4095,
		    .rdev_minor = 1048575 },
		{ .path = "a/fifo", .mode = S_IFIFO | 0600, .xattrs = &attrs },
		{ .path = "a/soft", .mode = S_IFLNK | 0777, .target = "../b", .xattrs = &attrs },
		{ .path = "b/far", .mode = S_IFLNK | 0777, .target = target },
		{ .path = name, .mode = S_IFIFO | 0644 },
		{ .path = "b/old", .mode = S_IFIFO | 0644, .mtime = -1 },
		{ .path = "b/new", .mode = S_IFIFO | 0644, .mtime = 4294967296 },
		{ .path = "b/last", .mode = S_IFIFO | 0644, .mtime = 4294967295 },
		{ .path = "a/suid", .mode = S_IFREG | 04755, .mtime = 3, .xattrs = &attrs },
	};

	memset(name, 'n', 255);
	memset(target, 't', 4095);
	add_xattr(&attrs, "user.note", LIT("a value"));
	add_xattr(&attrs, "security.capability", LIT("\1\0\0\2\0\4\0\0"));
	add_xattr(&attrs, "trusted.empty", LIT(""));
	add_xattr(&attrs, "system.posix_acl_access", LIT("\2\0\0\0"));
	for (size_t i = 0; i < sizeof in / sizeof *in; i++)
		squash_add(s, &in[i]);
	squash_file(s, "b/file", LIT("content\n"));
	squash_add(s, &(struct ri_squash_entry){ .path = "a/hard", .link = "b/file" });
	squash_add(s, &(struct ri_squash_entry){ .path = "hard", .link = "a/hard" });
	squash_add(s, &(struct ri_squash_entry){ .path = "hard.fifo", .link = "a/fifo" });
}

static void test_each(void **state)
{
	RI_BUF said = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ri_squash_opts o = squash_opts(kinds[i]);
		struct ri_squash_result r;
		struct ri_squash *s;
		int fd;

		s = squash_begin(&o, &fd);
		add_each(s);
		r = squash_end(&s, &fd);
		assert_int_equal(r.clamped_times, 2);
		assert_int_equal(r.lost_xattrs, 4);
		SQUASH_SAYS(&said, "env", "TZ=UTC", "unsquashfs", "-lln", "image");
		squash_has(&said, "drwxr-x--x 7/8 ");
		squash_has(&said, "1970-01-01 00:00 squashfs-root\n");
		squash_has(&said, "drwxrwxrwt 0/0 ");
		squash_has(&said, "drwx------ 70000/4294967295 ");
		squash_has(&said, "crw-rw-rw- 0/0                   1,  3 1970-01-01 00:00 "
				  "squashfs-root/a/null\n");
		squash_has(&said, "brw-rw---- 0/6 ");
		squash_has(&said, "prw------- 0/0 ");
		squash_has(&said, " squashfs-root/a/soft -> ../b\n");
		squash_has(&said, "-rwsr-xr-x 0/0 ");
		squash_has(&said, " 8 2023-11-14 22:13 squashfs-root/hard\n");
		squash_has(&said, " 2106-02-07 06:28 squashfs-root/b/new\n");
		squash_has(&said, " 1970-01-01 00:00 squashfs-root/b/old\n");
		SQUASH_SAYS(&said, "rdsquashfs", "-s", "a/sda", "image");
		squash_has(&said, "Device number: 4095:1048575 (");
		SQUASH_SAYS(&said, "rdsquashfs", "-x", "a/suid", "image");
		squash_has(&said, "user.note=a value\n");
		squash_has(&said, "trusted.empty=\n");
		squash_has(&said, "security.capability=0x0100000200040000\n");
		assert_null(strstr(said.p, "posix"));
		SQUASH_SAYS(&said, "rdsquashfs", "-c", "hard", "image");
		check_span("content", ri_span(said.p, said.n - 1), LIT("content\n"));
		SQUASH_SAYS(&said, "unsquashfs", "-s", "image");
		squash_has(&said, "Filesystem is exportable via NFS\n");
		squash_has(&said, "Number of inodes 14\n");
	}
}

/* Bytes that no compressor makes fewer, the same at each call. */
static void fill(struct ri_buf *b, size_t n)
{
	uint32_t x = 1;

	b->n = 0;
	for (size_t i = 0; i < n; i += 4) {
		x = x * 1664525u + 1013904223u;
		ri_buf_add(b, &(uint32_t){ x ^ x >> 13 }, 4);
	}
	assert_false(b->oom);
}

/* Files of lengths around a block's, of noise, of zeros, and of both. */
static void test_lengths(void **state)
{
	static const size_t lengths[] = { 0, 1, 4095, 4096, 131071, 131072, 131073, 262144,
		1000000 };
	struct ri_squash_opts o = squash_opts(RI_ZSTD);
	RI_BUF noise = { 0 };
	RI_BUF said = { 0 };
	RI_FREE char *zeros = calloc(1, 1000000);
	struct ri_squash *s;
	char name[32];
	int fd;

	(void)state;
	assert_non_null(zeros);
	fill(&noise, 1000000);
	memset(noise.p + 131072, 0, 131072); /* the second block is a hole */
	s = squash_begin(&o, &fd);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		snprintf(name, sizeof name, "noise%zu", lengths[i]);
		squash_file(s, name, ri_span(noise.p, lengths[i]));
		snprintf(name, sizeof name, "zeros%zu", lengths[i]);
		squash_file(s, name, ri_span(zeros, lengths[i]));
	}
	/* The noise once, cut at five places, and nothing of the rest. */
	assert_in_range(squash_end(&s, &fd).bytes, 1000000, 1600000);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		snprintf(name, sizeof name, "noise%zu", lengths[i]);
		SQUASH_SAYS(&said, "rdsquashfs", "-c", name, "image");
		check_span(name, ri_span(said.p, said.n - 1), ri_span(noise.p, lengths[i]));
		snprintf(name, sizeof name, "zeros%zu", lengths[i]);
		SQUASH_SAYS(&said, "unsquashfs", "-cat", "image", name);
		check_span(name, ri_span(said.p, said.n - 1), ri_span(zeros, lengths[i]));
	}
}

/* As many bytes, whatever the number of threads. */
static void test_threads(void **state)
{
	static const unsigned threads[] = { 1, 2, 5, 2 };
	RI_BUF first = { 0 };
	RI_BUF next = { 0 };
	RI_BUF noise = { 0 };

	(void)state;
	fill(&noise, 3000000);
	for (size_t i = 0; i < 4; i++) {
		struct ri_squash_opts o = squash_opts(RI_ZSTD);
		struct ri_buf *out = i == 0 ? &first : &next;
		struct ri_squash *s;
		char name[32];
		int fd;

		o.threads = threads[i];
		s = squash_begin(&o, &fd);
		add_each(s);
		for (size_t k = 0; k < 200; k++) {
			snprintf(name, sizeof name, "%zu", k);
			squash_file(s, name, ri_span(noise.p + k * 7, k % 5 * 150000 + k));
		}
		squash_end(&s, &fd);
		out->n = 0;
		slurp(tmp_path("image"), out);
		if (i > 0 && !ri_span_eq(ri_buf_span(&first), ri_buf_span(&next)))
			fail_msg("%u threads: %zu bytes, not the same as the %zu of one",
			    threads[i], next.n, first.n);
	}
}

/* So many that a list has an index, and inodes that are far from one another. */
static void test_large_directory(void **state)
{
	struct ri_squash_opts o = squash_opts(RI_ZSTD);
	struct ri_squash_entry in = { .path = "d", .mode = S_IFDIR | 0755 };
	RI_BUF said = { 0 };
	struct ri_squash *s;
	struct ri_span rest, line;
	char name[64];
	int fd;

	(void)state;
	s = squash_begin(&o, &fd);
	squash_add(s, &in);
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "d/entry-with-a-name-%06u", (i * 7919) % 100000);
		in = (struct ri_squash_entry){ .path = name,
			.mode = S_IFREG | 0600,
			.uid = i % 65535 };
		squash_add(s, &in);
	}
	squash_add(s,
	    &(struct ri_squash_entry){ .path = "z", .link = "d/entry-with-a-name-070000" });
	squash_end(&s, &fd);
	SQUASH_SAYS(&said, "unsquashfs", "-ls", "image");
	rest = ri_buf_span(&said);
	for (unsigned i = 0; i < 2; i++)
		assert_true(ri_span_line(&rest, &line)); /* the root, and d */
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(name, sizeof name, "squashfs-root/d/entry-with-a-name-%06u\n", i);
		assert_true(ri_span_line(&rest, &line));
		check_span("entry", line, ri_str(name));
	}
	SQUASH_SAYS(&said, "rdsquashfs", "-s", "z", "image");
	squash_has(&said, "Hard link count: 2\n");
	SQUASH_SAYS(&said, "rdsquashfs", "-s", "/", "image");
	squash_has(&said, "Hard link count: 3\n");
}

/* Nothing but a root that did not come; and what is put behind an image. */
static void test_empty(void **state)
{
	struct ri_squash_opts o = squash_opts(RI_GZIP);
	RI_BUF said = { 0 };
	RI_BUF image = { 0 };
	struct ri_squash_result r;
	struct ri_err e = { 0 };
	struct ri_squash *s;
	int fd;

	(void)state;
	s = squash_begin(&o, &fd);
	check_ok("finish", ri_squash_finish(s, &r, &e), &e);
	check_ok("trailer", ri_squash_trailer(s, "behind", 6, &e), &e);
	ri_squash_freep(&s);
	close(fd);
	slurp(tmp_path("image"), &image);
	assert_int_equal(image.n, RI_SQUASH_ALIGN + 6);
	assert_memory_equal(image.p + RI_SQUASH_ALIGN, "behind", 6);
	SQUASH_SAYS(&said, "unsquashfs", "-lln", "image");
	squash_has(&said, "drwxr-xr-x 0/0 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_lengths, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_threads, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_large_directory, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_empty, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
