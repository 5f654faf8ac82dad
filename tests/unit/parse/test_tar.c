// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A tar stream read by a process of its own, which is confined: the same entries and the same errors as
 * read here, and processes that die, hang and lie.
 */
#include "unit/filtered.h"
#include "unit/packing.h"
#include "unit/peer_fake.h"

#include "format/xattrs.h"
#include "parse/spawn.h"
#include "parse/tar.h"
#include "parse/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/xattr.h>

#define NAME "the tar's reader"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ri_xattr *)a)->name, ((const struct ri_xattr *)b)->name);
}

/* All that there is to be said of what comes out of @src; where its data is, and not in which pieces. */
static int describe(struct ri_source *src, struct ri_buf *out, struct ri_err *e)
{
	struct archive_entry *en;
	struct ri_source_block b;
	int rc;

	while ((rc = src->ops->next(src, &en, e)) == 0 && en) {
		RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };
		const char *hard = archive_entry_hardlink(en), *soft = archive_entry_symlink(en);
		bool file = archive_entry_filetype(en) == AE_IFREG && !hard;

		ri_buf_addf(out, "%s %o %lld:%lld %lld.%09ld [%s] [%s]", archive_entry_pathname(en),
		    hard ? archive_entry_perm(en) : archive_entry_mode(en),
		    (long long)archive_entry_uid(en), (long long)archive_entry_gid(en),
		    (long long)archive_entry_mtime(en), archive_entry_mtime_nsec(en),
		    hard ? hard : "", soft && !hard ? soft : "");
		if (file)
			ri_buf_addf(out, " %lld", (long long)archive_entry_size(en));
		if (archive_entry_filetype(en) == AE_IFCHR)
			ri_buf_addf(out, " %d,%d", (int)archive_entry_rdevmajor(en),
			    (int)archive_entry_rdevminor(en));
		check_ok("attributes", hard ? 0 : ri_xattrs_get(&x, en, e), e);
		if (x.n > 0)
			qsort(x.v, x.n, sizeof *x.v, by_name); /* as the packer does */
		for (size_t i = 0; i < x.n; i++) {
			ri_buf_addf(out, " %s=", x.v[i].name);
			ri_buf_add_span(out, ri_buf_span(&x.v[i].value));
		}
		for (uint64_t at = UINT64_MAX; file && (rc = src->ops->data(src, &b, e)) > 0;
		     at = b.offset + b.n) {
			if (b.n > 0 && b.offset != at)
				ri_buf_addf(out, "\n%llu ", (unsigned long long)b.offset);
			ri_buf_add(out, b.p, b.n);
		}
		if (rc < 0)
			return -1;
		ri_buf_addf(out, "\n");
	}
	return rc;
}

static int digest(const char *tar, bool apart_from_us, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	RI_FD int fd = open(tar, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	if ((apart_from_us ? ri_parse_tar(fd, &src, e) : ri_source_tar(fd, &src, e)) < 0)
		return -1;
	return describe(src, out, e);
}

static void noise(char *p, size_t n)
{
	uint32_t x = 1;

	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (char)(x >> 24);
	}
}

static int make_tree(void **state)
{
	static char large[1 << 20];
	int fd;

	if (tmp_set_up(state) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "tree/dir/sub");
	noise(large, sizeof large);
	spit(tmp_path("tree/dir/large"), ri_span(large, sizeof large));
	spit(tmp_path("tree/dir/small"), LIT("small"));
	spit(tmp_path("tree/dir/empty"), LIT(""));
	spit(tmp_path("tree/\303\244 latin \344"), LIT("not UTF-8"));
	RUN(tmpdir, NULL, NULL, "ln", "tree/dir/small", "tree/dir/sub/\303\266 again");
	RUN(tmpdir, NULL, NULL, "ln", "-s", "a target \303\244", "tree/link");
	RUN(tmpdir, NULL, NULL, "mkfifo", "tree/fifo");
	RUN(tmpdir, NULL, NULL, "touch", "-d", "1969-01-01T00:00:00.25", "tree/dir/empty");
	fd = open(tmp_path("tree/holes"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || pwrite(fd, large, 5000, 1 << 20) != 5000 || ftruncate(fd, 3 << 20) < 0 ||
	    setxattr(tmp_path("tree/dir/small"), "user.a=b%", "v\0w", 3, 0) < 0)
		return -1;
	close(fd);
	if (geteuid() == 0) {
		RUN(tmpdir, NULL, NULL, "mknod", "tree/null", "c", "1", "3");
		RUN(tmpdir, NULL, NULL, "setfacl", "-m", "u:1234:rw", "tree/dir/small");
	}
	tar_tree(tmp_path("tree"), tmp_path("dense"), false);
	tar_tree(tmp_path("tree"), tmp_path("sparse"), true);
	return 0;
}

static void test_the_same_entries(void **state)
{
	static const char *const tars[] = { "dense", "sparse" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		RI_BUF here = { 0 };
		RI_BUF there = { 0 };
		struct ri_err e = { 0 };

		check_ok("here", digest(tmp_path(tars[i]), false, &here, &e), &e);
		check_ok("there", digest(tmp_path(tars[i]), true, &there, &e), &e);
		assert_in_range(here.n, 1 << 20, 8 << 20);
		assert_int_equal(here.n, there.n);
		assert_memory_equal(here.p, there.p, here.n);
	}
}

/* What is wrong with a stream is said as it is said here. */
static void test_the_same_errors(void **state)
{
	RI_BUF whole = { 0 };

	(void)state;
	slurp(tmp_path("sparse"), &whole);
	for (size_t part = 0; part < 12; part++) {
		struct ri_err here = { 0 };
		struct ri_err there = { 0 };
		RI_BUF a = { 0 };
		RI_BUF b = { 0 };

		if (part == 11)
			memset(whole.p + 512, 'x', 512);
		spit(tmp_path("bad"), ri_span(whole.p, part == 11 ? whole.n : whole.n * part / 12));
		assert_int_equal(digest(tmp_path("bad"), false, &a, &here), -1);
		check_err("bad", digest(tmp_path("bad"), true, &b, &there), &there, here.code,
		    here.msg);
	}
}

static void write_one(const char *to, void (*fill)(struct archive_entry *en))
{
	struct archive *a = archive_write_new();
	struct archive_entry *en = archive_entry_new();

	assert_non_null(en);
	assert_int_equal(archive_write_set_format_pax(a), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, to), ARCHIVE_OK);
	archive_entry_set_pathname(en, "dir/x");
	archive_entry_set_mode(en, AE_IFREG | 0644);
	archive_entry_set_size(en, 0);
	fill(en);
	assert_int_equal(archive_write_header(a, en), ARCHIVE_OK);
	archive_entry_free(en);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void a_stranger(struct archive_entry *en)
{
	archive_entry_set_uid(en, 1ll << 32);
}

static void many_attributes(struct archive_entry *en)
{
	static char value[60000];

	noise(value, sizeof value);
	for (int i = 0; i < 7; i++) {
		char name[] = "user.0";

		name[5] = (char)('0' + i);
		archive_entry_xattr_add_entry(en, name, value, sizeof value);
	}
}

static void test_what_does_not_fit(void **state)
{
	static const struct {
		void (*fill)(struct archive_entry *en);
		enum ri_code code;
		const char *msg;
	} cases[] = {
		{ a_stranger, RI_E_GUEST, "dir/x: its owner is 4294967296, which no Linux has" },
		{ many_attributes, RI_E_UNSUPPORTED,
		    "dir/x: an answer of 420164 bytes, too large for the tar's reader" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };

		write_one(tmp_path("one"), cases[i].fill);
		check_err(cases[i].msg, digest(tmp_path("one"), true, &out, &e), &e, cases[i].code,
		    cases[i].msg);
	}
}

static void be_killed(void)
{
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	check_err("killed", digest(tmp_path("dense"), true, &out, &e), &e, RI_E_IO,
	    NAME " ended by signal 31 (Bad system call)");
}

static void test_killed(void **state)
{
	const struct filtered f = { SCMP_SYS(read), RI_WIRE_INPUT, SCMP_ACT_KILL_PROCESS };

	(void)state;
	apart(&f, be_killed);
}

/* A writer that stops for longer than its reader may say nothing. */
static void write_slowly(int fd)
{
	RI_BUF whole = { 0 };

	slurp(tmp_path("dense"), &whole);
	if (write(fd, whole.p, 30000) != 30000)
		_exit(99);
	poll(NULL, 0, 4500);
	for (size_t at = 30000; at < whole.n;) {
		ssize_t n = write(fd, whole.p + at, whole.n - at);

		if (n < 0)
			_exit(99);
		at += (size_t)n;
	}
	_exit(0);
}

static void test_a_slow_stream(void **state)
{
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct ri_spawn_opts o = { .command = "parse-tar",
		.name = NAME,
		.shares = true,
		.wait_ms = 3000 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	int ends[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		write_slowly(ends[1]);
	close(ends[1]);
	o.input = ends[0];
	check_ok("spawn", ri_spawn(&o, &p, &e), &e);
	close(ends[0]);
	check_ok("open", ri_peer_open(&p, ri_span("", 0), &e), &e);
	check_ok("tree", ri_tree_source(&p, ri_span("", 0), &src, &e), &e);
	check_ok("read", describe(src, &out, &e), &e);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void send_entry(int fd, const struct ri_wire_entry *w)
{
	RI_BUF b = { 0 };

	ri_wire_put_entry(&b, w);
	send_frame(fd, RI_WIRE_ENTRY, ri_buf_span(&b));
}

static void lie_socket(int fd)
{
	send_entry(fd, &(struct ri_wire_entry){ .path = "a", .target = "", .mode = 0140644 });
	pause();
}

static void lie_link_out(int fd)
{
	send_entry(fd, &(struct ri_wire_entry){ .path = "a",
			   .target = "../b",
			   .hardlink = true,
			   .mode = 0100644 });
	pause();
}

static void lie_lent(int fd)
{
	const struct ri_wire_lent l = { 0, 0, RI_SHARED_SLOT + 1 };
	RI_BUF b = { 0 };

	send_entry(fd,
	    &(struct ri_wire_entry){ .path = "a", .target = "", .mode = 0100644, .size = 1 << 20 });
	ri_wire_put_lent(&b, &l);
	send_frame(fd, RI_WIRE_LENT, ri_buf_span(&b));
	pause();
}

static void lie_done(int fd)
{
	send_frame(fd, RI_WIRE_ITEMS, LIT(""));
	pause();
}

/* More than unit/reader/test_client_tree.c has of the same client. */
static void test_believes_nothing(void **state)
{
	void (*const readers[])(int fd) = { lie_socket, lie_link_out, lie_lent, lie_done };

	(void)state;
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
		RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };

		new_peer(readers[i], NAME, &p);
		check_ok("tree", ri_tree_source(&p, ri_span("", 0), &src, &e), &e);
		check_err("lie", describe(src, &out, &e), &e, RI_E_IO, NAME " breaks the protocol");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_entries),
		cmocka_unit_test(test_the_same_errors),
		cmocka_unit_test(test_what_does_not_fit),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_a_slow_stream),
		cmocka_unit_test(test_believes_nothing),
	};

	return cmocka_run_group_tests(tests, make_tree, tmp_tear_down);
}
