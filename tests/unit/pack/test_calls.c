// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Packing in which a call of the kernel fails, each in turn, or is interrupted; and what is not taken from a source. */
#include "unit/calls.h"

#include "unit/packing.h"

#include "pack/body.h"

#include <archive.h>
#include <archive_entry.h>

#define BYTES_N (RI_BODY_IN_MEMORY + 3 * RI_BODY_PAGE + 100) /* too large for memory */

/* A file with data at its beginning and at its end, after a hole that is told and one of zeros. */
struct fake_source {
	struct ri_source base;
	size_t next;
	uint64_t offset; /* of the last block */
	char bytes[18 * RI_BODY_PAGE];
};

static int fake_data(struct ri_source *s, struct ri_source_block *b, struct ri_err *e)
{
	struct fake_source *f = (struct fake_source *)s;

	(void)e;
	if (f->next++ == 2)
		return 0;
	*b = f->next == 1 ? (struct ri_source_block){ f->bytes, sizeof f->bytes, 0 }
			  : (struct ri_source_block){ f->bytes, 100, f->offset };
	return 1;
}

static const struct ri_source_ops fake_ops = { .data = fake_data };

static void seen(void *arg, uint64_t bytes)
{
	(void)arg, (void)bytes;
}

struct put {
	uint64_t n, sum;
	size_t left; /* pieces up to the one that is not taken; 0: all are */
};

static int put(void *arg, const void *p, size_t n, struct ri_err *e)
{
	struct put *to = arg;
	const unsigned char *b = p;

	if (to->left > 0 && --to->left == 0)
		return ri_fail(e, RI_E_IO, 0, "not taken");
	to->n += n;
	for (size_t i = 0; i < n; i++)
		to->sum += b[i];
	return 0;
}

static struct fake_source a_file(void)
{
	struct fake_source f = { .base = { &fake_ops }, .offset = BYTES_N - 100 };

	memset(f.bytes, 3, RI_BODY_PAGE); /* and zeros enough for a hole */
	memset(f.bytes + 17 * RI_BODY_PAGE, 3, RI_BODY_PAGE);
	return f;
}

static int spool(const void *to, struct ri_err *e)
{
	RI_ON_EXIT(ri_body_free) struct ri_body b;
	struct fake_source f = a_file();
	struct put *p = (struct put *)(uintptr_t)to;

	*p = (struct put){ .left = p->left };
	ri_body_init(&b, tmpdir, seen, NULL);
	return ri_body_read(&b, &f.base, BYTES_N, e) < 0 || ri_body_replay(&b, put, p, e) < 0 ? -1
											      : 0;
}

static void after_spool(const void *to, int now, const struct ri_err *e)
{
	const struct put *p = to;

	(void)e;
	if (now == 0) {
		assert_true(p->n == BYTES_N);
		assert_int_equal(p->sum, 3 * (2 * RI_BODY_PAGE + 100));
	} else {
		assert_true(calls_failed && calls_errnum != EINTR);
	}
	assert_int_equal(tmp_count(tmpdir), 0);
}

static void test_spool(void **state)
{
	struct put to = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_true(calls_each("spool", NULL, EIO, spool, after_spool, &to) > 8);
	assert_true(calls_each("spool", "pwrite64", EINTR, spool, after_spool, &to) > 1);
	assert_true(calls_each("spool", "pread64", EINTR, spool, after_spool, &to) > 1);
	/* Each piece that is not taken is the last. */
	for (to.left = 1;; to.left++) {
		size_t left = to.left;

		e = (struct ri_err){ 0 };
		if (spool(&to, &e) == 0)
			break;
		assert_string_equal(e.msg, "not taken");
		to.left = left;
	}
	assert_true(to.n == BYTES_N);
}

/* A source whose blocks are not as it promises. */
static void test_lies(void **state)
{
	static const struct {
		uint64_t offset;
		const char *says;
	} cases[] = {
		{ UINT64_MAX - 50, "more data than its length of 8400996 bytes" },
		{ BYTES_N - 99, "more data than its length of 8400996 bytes" },
		{ 4096, "data out of order at byte 4096" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_ON_EXIT(ri_body_free) struct ri_body b;
		struct fake_source f = a_file();
		struct ri_err e = { 0 };

		f.offset = cases[i].offset;
		ri_body_init(&b, tmpdir, seen, NULL);
		check_err(cases[i].says, ri_body_read(&b, &f.base, BYTES_N, &e), &e, RI_E_IO,
		    cases[i].says);
	}
}

static int pack_it(const void *threads, struct ri_err *e)
{
	struct ri_pack_opts o = pack_opts(RI_ZSTD);
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };

	o.threads = *(const unsigned *)threads;
	return pack_file(tmp_path("tree.tar"), tmp_path("out"), &o, &r, e);
}

static void after_pack(const void *threads, int now, const struct ri_err *e)
{
	(void)threads;
	if (calls_errnum == EINTR)
		assert_int_equal(now, 0);
	else if (now < 0)
		assert_true(e->code == RI_E_IO || e->code == RI_E_NOMEM || e->code == RI_E_BUDGET);
	else
		assert_null(calls_failed);
}

static void make_tar(void)
{
	RUN(tmpdir, NULL, NULL, "mkdir", "tree");
	RUN(tmpdir, NULL, NULL, "truncate", "-s", "9M", "tree/hole");
	spit(tmp_path("tree/small"), LIT("small"));
	tar_tree(tmp_path("tree"), tmp_path("tree.tar"), true);
}

static void test_pack(void **state)
{
	static const struct {
		const char *call;
		int errnum;
	} calls[] = { { "read", EIO }, { "read", EINTR }, { "write", ENOSPC }, { "write", EINTR },
		{ "mmap64", ENOMEM }, { "ftruncate64", ENOSPC }, { "pwrite64", EIO } };
	static const unsigned threads = 1, many = 10000;
	struct ri_err e = { 0 };

	(void)state;
	make_tar();
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		calls_each(calls[i].call, calls[i].call, calls[i].errnum, pack_it, after_pack,
		    &threads);
	assert_true(calls_each("read", "read", EIO, pack_it, after_pack, &threads) > 0);
	assert_true(calls_each("write", "write", ENOSPC, pack_it, after_pack, &threads) > 0);
	check_ok("many threads", pack_it(&many, &e), &e);
}

static int beat(void *arg, struct ri_err *e)
{
	size_t *left = arg;

	return *left > 0 && --*left == 0 ? ri_fail(e, RI_E_IO, 0, "no beat") : 0;
}

/* Whoever is to hear that there is life in it does not: no more is read. */
static void test_beats(void **state)
{
	(void)state;
	make_tar();
	for (size_t n = 1;; n++) {
		RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
		RI_FD int fd = open(tmp_path("tree.tar"), O_RDONLY | O_CLOEXEC);
		struct archive_entry *entry;
		size_t left = n;
		struct ri_err e = { 0 };
		int rc;

		check_ok("source", ri_source_tar(fd, &src, &e), &e);
		ri_source_tar_beats(src, beat, &left);
		while ((rc = src->ops->next(src, &entry, &e)) == 0 && entry)
			;
		if (rc == 0)
			break;
		assert_int_equal(left, 0);
		assert_non_null(strstr(e.msg, "no beat"));
	}
}

/* Names that no path below a root has. */
static void test_names(void **state)
{
	static const char *const names[] = { "a/../b", "..", "a//b", "a/./b" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
		RI_FD int fd =
		    open(tmp_path("bad.tar"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		char header[1536] = { 0 };
		unsigned sum = 8 * ' ';
		struct archive_entry *entry;
		struct ri_err e = { 0 };

		/* What POSIX has in a ustar header; two blocks of zeros end it. */
		snprintf(header, 100, "%s", names[i]);
		memcpy(header + 100, "0000644\0000000000\0000000000\00000000000000\00000000000000",
		    48);
		header[156] = '0';
		memcpy(header + 257, "ustar\00000", 8);
		for (size_t k = 0; k < 512; k++)
			sum += (unsigned char)header[k];
		snprintf(header + 148, 8, "%06o", sum);
		header[155] = ' ';
		assert_int_equal(write(fd, header, sizeof header), sizeof header);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		check_ok("source", ri_source_tar(fd, &src, &e), &e);
		assert_int_equal(src->ops->next(src, &entry, &e), -1);
		assert_non_null(strstr(e.msg, "the tar stream has an entry"));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tmp_set_up, tmp_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_spool),
		TEST(test_lies),
		TEST(test_pack),
		TEST(test_beats),
		TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
