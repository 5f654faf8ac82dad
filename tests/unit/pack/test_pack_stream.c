// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Streams that end too early, are damaged, or never end.
 */
#include "unit/check.h"
#include "pack/source_tar.h"

#include "unit/packing.h"

#include <archive.h>
#include <archive_entry.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/cancel.h"
#include "pack/compress.h"
#include "support/archcheck.h"

#define BLOCK 512

static int pack_span(struct ri_span tar, const struct ri_pack_opts *o, struct ri_pack_result *r,
    struct ri_err *e)
{
	spit(tmp_path("tar"), tar);
	return pack_file(tmp_path("tar"), tmp_path("out"), o, r, e);
}

static void make_tar(struct ri_buf *tar)
{
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "tree");
	assert_int_equal(mkdir(tmp_path("tree"), 0755), 0);
	assert_int_equal(mkdir(tmp_path("tree/dir"), 0755), 0);
	spit(tmp_path("tree/dir/file"), LIT("content"));
	/* Zeros: a stream cut behind them ends like one with its end mark. */
	spit(tmp_path("tree/zeros"), ri_span((const char[4096]){ 0 }, 4096));
	assert_int_equal(symlink("x", tmp_path("tree/link")), 0);
	tar_tree(tmp_path("tree"), tmp_path("whole"), false);
	slurp(tmp_path("whole"), tar);
}

/* Where the end mark begins: behind the last block that is not zeros, or the data before it. */
static size_t end_mark(struct ri_span tar)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	size_t at;

	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_memory(a, tar.p, tar.n), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK)
		;
	at = (size_t)archive_read_header_position(a);
	archive_read_free(a);
	return at;
}

/* Cut anywhere before its end mark is complete, it is an error, never a short archive. */
static void test_cut_short(void **state)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	RI_BUF tar = { 0 };
	size_t whole;

	(void)state;
	make_tar(&tar);
	whole = end_mark(ri_buf_span(&tar)) + 2 * BLOCK;
	assert_in_range(whole, 10 * BLOCK, tar.n);
	for (size_t n = 0; n <= tar.n; n += n % BLOCK == 0 ? 1 : n % BLOCK == 1 ? BLOCK - 2 : 1) {
		struct ri_pack_result r = { 0 };
		struct ri_err e = { 0 };
		int rc = pack_span(ri_span(tar.p, n), &o, &r, &e);

		if ((rc == 0) != (n >= whole))
			fail_msg("cut at %zu of %zu: %d [%s]", n, whole, rc, e.msg);
		if (rc < 0) {
			assert_int_equal(e.code, RI_E_IO);
			assert_non_null(strstr(e.msg, "cut short"));
		}
		ri_pack_result_free(&r);
	}
}

static void test_damaged(void **state)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	struct ri_pack_result r;
	struct ri_err e = { 0 };
	RI_BUF tar = { 0 };
	size_t mark;

	(void)state;
	make_tar(&tar);
	mark = end_mark(ri_buf_span(&tar));
	tar.p[mark + 3 * BLOCK] = 'x';
	assert_int_equal(pack_span(ri_buf_span(&tar), &o, &r, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "the tar stream goes on behind its end mark"));
	tar.p[mark + 3 * BLOCK] = '\0';
	tar.p[2 * BLOCK] ^= 1; /* a header's checksum */
	assert_int_equal(pack_span(ri_buf_span(&tar), &o, &r, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "the tar stream is damaged or cut short at byte"));
}

/* No tree at all, and one of nothing but its root. */
static void test_empty(void **state)
{
	static const char zeros[10240];
	struct ri_pack_opts o = pack_opts(RI_ZSTD);
	struct ri_pack_result r;
	struct ri_archcheck c;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("nothing", pack_span(ri_span(zeros, sizeof zeros), &o, &r, &e), &e);
	assert_int_equal(r.entries, 0);
	check_ok("check", ri_archcheck_file(tmp_path("out"), &c, &e), &e);
	assert_int_equal(c.entries, 0);
	assert_string_equal(c.build_id, r.build_id);
	assert_int_equal(mkdir(tmp_path("void"), 0755), 0);
	tar_tree(tmp_path("void"), tmp_path("tar"), false);
	check_ok("root", pack_file(tmp_path("tar"), tmp_path("out"), &o, &r, &e), &e);
	assert_int_equal(r.entries, 1);
	assert_int_equal(r.inodes, 1);
	assert_int_equal(r.data_bytes, 0);
	/* The two blocks of the identity, at least one for the root, and the end mark. */
	assert_in_range(r.tar_bytes, 5 * BLOCK, 8 * BLOCK);
}

static void test_no_space(void **state)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	RI_FD int from = -1, full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct ri_pack_result r;
	struct ri_err e = { 0 };

	(void)state;
	/* Much more than the pool holds, so that it is told while the stream still flows. */
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "big");
	for (char name[] = "big/a"; name[4] < 'k'; name[4]++)
		RUN(tmpdir, "/dev/urandom", tmp_path(name), "head", "-c", "4000000");
	tar_tree(tmp_path("big"), tmp_path("tar"), false);
	from = open(tmp_path("tar"), O_RDONLY | O_CLOEXEC);
	check_ok("source", ri_source_tar(from, &src, &e), &e);
	check_err("full", ri_pack(src, &o, full, &r, &e), &e, RI_E_IO,
	    "writing the archive: No space left on device");
	assert_int_equal(e.sys, ENOSPC);
	assert_true(lseek(from, 0, SEEK_CUR) < 40000000);
}

/* Run @fn in a process of its own, which must end with status 0. */
static void in_child(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(30); /* a hang is a failure */
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the child ended with status %#x", (unsigned)status);
}

static int stream_end = -1;

/* The beginning of a stream, a signal, and then nothing more: the pipe stays open. */
static void *begin_and_stop(void *arg)
{
	struct ri_span *tar = arg;

	if (write(stream_end, tar->p, 5 * BLOCK) != 5 * BLOCK)
		abort();
	kill(getpid(), SIGTERM);
	return NULL;
}

static int cancelled_child(void)
{
	struct ri_pack_opts o = pack_opts(RI_GZIP);
	RI_FD int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct ri_pack_result r;
	struct ri_err e = { 0 };
	RI_BUF tar = { 0 };
	struct ri_span bytes;
	pthread_t thread;
	int ends[2], rc;

	slurp(tmp_path("whole"), &tar);
	bytes = ri_buf_span(&tar);
	if (ri_cancel_install(&e) < 0 || pipe(ends) < 0 || ri_source_tar(ends[0], &src, &e) < 0)
		return 1;
	stream_end = ends[1];
	if (pthread_create(&thread, NULL, begin_and_stop, &bytes) != 0)
		return 2;
	rc = ri_pack(src, &o, null, &r, &e);
	pthread_join(thread, NULL);
	if (rc != -1 || e.code != RI_E_CANCELLED || strcmp(e.msg, "interrupted") != 0) {
		fprintf(stderr, "returned %d, said [%s]\n", rc, e.msg);
		return 3;
	}
	return 0;
}

/* A signal ends it, even while nothing comes out of the appliance. */
static void test_cancelled(void **state)
{
	RI_BUF tar = { 0 };

	(void)state;
	make_tar(&tar);
	in_child(cancelled_child);
}

#define MANY 100000

/* Sanitizers have memory of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_MEMORY 0
#elif defined(__has_feature)
#define OWN_MEMORY !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define OWN_MEMORY 1
#endif

/* 100,000 entries as bare headers, each with a file of one block: nothing is kept of them. */
static void *many(void *arg)
{
	char block[2 * BLOCK] = { 0 };
	FILE *f = fdopen(stream_end, "w");

	(void)arg;
	for (int i = 0; i < MANY; i++) {
		unsigned sum = 0;

		memset(block, 0, sizeof block);
		snprintf(block, 100, "./some/directory/with/a/name/file-number-%d", i);
		memcpy(block + 100, "0000644\0000000000\0000000000\00000000001000\00000000000000\0",
		    48);
		memcpy(block + 156, "0\0", 2);
		memcpy(block + 257, "ustar\00000", 8);
		memset(block + 148, ' ', 8);
		for (size_t k = 0; k < BLOCK; k++)
			sum += (unsigned char)block[k];
		snprintf(block + 148, 8, "%06o", sum);
		memset(block + BLOCK, 'x', BLOCK);
		if (fwrite(block, sizeof block, 1, f) != 1)
			abort();
	}
	memset(block, 0, sizeof block);
	if (fwrite(block, sizeof block, 1, f) != 1 || fclose(f) != 0)
		abort();
	return NULL;
}

static int many_child(void)
{
	struct ri_pack_opts o = pack_opts(RI_ZSTD);
	RI_FD int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct ri_pack_result r = { 0 };
	struct ri_err e = { 0 };
	struct rusage before, after;
	pthread_t thread;
	int ends[2];

	getrusage(RUSAGE_SELF, &before);
	o.threads = RI_COMP_THREADS_AUTO;
	if (pipe(ends) < 0 || ri_source_tar(ends[0], &src, &e) < 0)
		return 1;
	stream_end = ends[1];
	if (pthread_create(&thread, NULL, many, NULL) != 0)
		return 2;
	if (ri_pack(src, &o, null, &r, &e) < 0 || r.entries != MANY) {
		fprintf(stderr, "%s, %ju entries\n", e.msg, (uintmax_t)r.entries);
		return 3;
	}
	pthread_join(thread, NULL);
	getrusage(RUSAGE_SELF, &after);
	if (OWN_MEMORY && after.ru_maxrss - before.ru_maxrss > 64 * 1024) {
		fprintf(stderr, "%ld KiB more\n", after.ru_maxrss - before.ru_maxrss);
		return 4;
	}
	return 0;
}

static void test_many_entries(void **state)
{
	(void)state;
	in_child(many_child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_no_space),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_many_entries),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
