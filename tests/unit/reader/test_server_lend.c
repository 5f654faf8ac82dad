// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/direct_fake.h"
#include "unit/extfs_fixture.h"

#include "reader/server.h"

/*
 * Files on their way from the real reader through memory that both have.
 */

static bool taken; /* the descriptor that the process means for its scratch file is in use */

/** A reader of the image in a process of its own, with the root mounted. */
static void open_reader(struct ri_guest **g)
{
	int pair[2], said[2], image = open(tmp_path(EXT_IMAGE), O_RDONLY);
	RI_BUF in = { 0 };
	struct ri_peer_ends ends;
	struct ri_err e = { 0 };
	struct ri_reader *d;
	struct ri_peer peer;

	assert_true(image >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(said, O_CLOEXEC), 0);
	ends = (struct ri_peer_ends){ pair[0], ri_shared_create(&e),
		{ .pid = fork(), .err = said[0] } };
	if (ends.child.pid == 0) {
		/* Out of the way of 3 to 5 first. */
		int from[] = { fcntl(pair[1], F_DUPFD, 20), fcntl(image, F_DUPFD, 20),
			fcntl(ends.shared, F_DUPFD, 20) };

		dup2(said[1], 2);
		for (int i = 0; i < 3; i++)
			dup2(from[i], RI_WIRE_SOCKET + i);
		for (int fd = RI_WIRE_SHARED + 1; fd < 64; fd++)
			close(fd);
		if (taken)
			dup2(2, RI_WIRE_SHARED + 1);
		_exit(ri_reader_serve(&e) == 0 ? 0 : 1);
	}
	assert_true(ends.child.pid > 0 && ends.shared >= 0);
	close(pair[1]);
	close(said[1]);
	close(image);
	check_ok("connect", ri_peer_connect(&peer, &ends, "the direct reader", WAIT_MS, &e), &e);
	check_ok("new", ri_reader_new(&peer, &d, &e), &e);
	*g = &d->g;
	ri_wire_put_u64(&in, EXT_BYTES);
	ri_wire_put_u32(&in, 0);
	check_ok("open", ri_peer_open(&d->peer, ri_buf_span(&in), &e), &e);
	check_ok("mount", (*g)->ops->mount(*g, "/dev/sda", "/", true, &e), &e);
}

static void check_noise(struct ri_guest *g, size_t n)
{
	struct ri_err e = { 0 };
	char name[64];
	RI_BUF b = { 0 };

	snprintf(name, sizeof name, "/bytes-%zu", n);
	check_ok(name, g->ops->read(g, name, sizeof ext_noise, &b, &e), &e);
	assert_int_equal(b.n, n);
	assert_memory_equal(b.p, ext_noise, n);
}

/** Three slots a file, so that the slots go round and what is given back is not a multiple of a file. */
static void test_slots_go_round(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;

	(void)state;
	open_reader(&g);
	for (int i = 0; i < 3 * (int)RI_SHARED_SLOTS; i++) {
		check_noise(g, sizeof ext_noise);
		check_noise(g, 5000);
		check_noise(g, 61);
	}
}

/** The scratch file is where it is looked for, whatever was there. */
static void test_scratch_elsewhere(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;

	(void)state;
	taken = true;
	open_reader(&g);
	taken = false;
	check_noise(g, 5000);
}

/** Holes between pieces that are lent and pieces that are not. */
static void test_holes(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	struct ri_err e = { 0 };
	RI_BUF b = { 0 };

	(void)state;
	open_reader(&g);
	check_ok("holes", g->ops->read(g, "/holes", 8 << 20, &b, &e), &e);
	assert_int_equal(b.n, (5 << 20) + 3);
	assert_memory_equal(b.p + (1 << 20), "middle", 6);
	assert_memory_equal(b.p + (5 << 20), "end", 3);
	assert_int_equal(b.p[(5 << 20) - 1], 0);
}

/** What is longer than asked for is not begun, and the reader can be asked on. */
static void test_too_long(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	struct ri_err e = { 0 };
	RI_BUF b = { 0 };
	int rc;

	(void)state;
	open_reader(&g);
	rc = g->ops->read(g, "/bytes-61", 60, &b, &e);
	check_err("too long", rc, &e, RI_E_BUDGET,
	    "/bytes-61 in the guest has 61 bytes, and may have 60 at most");
	assert_int_equal(b.n, 0);
	e = (struct ri_err){ 0 };
	check_ok("as long as it may be", g->ops->read(g, "/bytes-61", 61, &b, &e), &e);
	assert_int_equal(b.n, 61);
}

/** What is behind links that lead round in a circle is not there; that is no error. */
static void test_links_in_a_circle(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	struct ri_err e = { 0 };
	enum ri_kind kind;

	(void)state;
	ext_debugfs("symlink round dir/../round\n");
	open_reader(&g);
	check_ok("kind", g->ops->kind(g, "/round", &kind, &e), &e);
	assert_int_equal(kind, RI_KIND_LINK);
	check_ok("kind", g->ops->kind(g, "/round/file", &kind, &e), &e);
	assert_int_equal(kind, RI_KIND_NONE);
}

/** A client that returns what it was not lent is not one that the reader goes on with. */
static void test_returned_too_much(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	struct ri_err e = { 0 };
	enum ri_kind kind;
	uint32_t one = 1;

	(void)state;
	open_reader(&g);
	send_frame(ri_reader_of(g)->peer.socket, RI_WIRE_BACK,
	    ri_span((const char *)&one, sizeof one));
	check_err("asking", g->ops->kind(g, "/", &kind, &e), &e, RI_E_IO,
	    "the direct reader ended with status 1");
}

/** A reader that never reads must not hold its client. */
static void test_nobody_listens(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	struct ri_err e = { 0 };
	char *path;

	(void)state;
	path = malloc(RI_WIRE_DATA_MAX + 1);
	assert_non_null(path);
	memset(path, 'x', RI_WIRE_DATA_MAX);
	path[RI_WIRE_DATA_MAX] = '\0';
	open_reader(&g);
	kill(ri_reader_of(g)->peer.child.pid, SIGSTOP);
	for (int i = 0; i < 100 && !ri_reader_of(g)->peer.broken; i++) {
		RI_BUF in = { 0 };

		ri_wire_put_str(&in, ri_str(path));
		if (ri_peer_ask(&ri_reader_of(g)->peer, RI_WIRE_KIND, ri_buf_span(&in), &e) < 0)
			break;
	}
	free(path);
	check_err("asking", -1, &e, RI_E_IO, "the direct reader did not listen for 1 s");
	kill(ri_reader_of(g)->peer.child.pid, SIGCONT);
}

/** The tree from beginning to end. @return how many bytes of files came, or -1. */
static long long read_tree(struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct archive_entry *entry;
	struct ri_source_block b;
	long long bytes = 0;
	int rc = 0;

	open_reader(&g);
	check_ok("source", g->ops->source(g, NULL, NULL, &src, e), e);
	while (rc == 0 && (rc = src->ops->next(src, &entry, e)) == 0 && entry)
		while ((rc = src->ops->data(src, &b, e)) > 0)
			bytes += (long long)b.n;
	return rc < 0 ? -1 : bytes;
}

/** @n more files whose blocks are those of a file of 300,000 bytes. */
static void share_blocks(int n)
{
	RI_BUF commands = { 0 };

	ext_make("ext4", "^metadata_csum", "1024", "256");
	for (int i = 0; i < n; i++)
		ri_buf_addf(&commands, "copy_inode bytes-300000 many/name-%d\n", i);
	ext_debugfs(commands.p);
}

/** The disk has four MiB: fourteen such files are more. */
static void test_shared_blocks(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	share_blocks(12);
	assert_in_range(read_tree(&e), 13 * sizeof ext_noise, EXT_BYTES);
	share_blocks(13);
	assert_int_equal(read_tree(&e), -1);
	if (e.code != RI_E_BUDGET || !strstr(e.msg, ": up to here the files of /dev/sda hold 4") ||
	    !strstr(e.msg,
		" bytes, and it has only 4194304: some share blocks, which no intact ext4 does; "
		"check it with e2fsck"))
		fail_msg("said [%s]", e.msg);
	share_blocks(1);
}

static int set_up(void **state)
{
	if (ext_tree(state) < 0)
		return -1;
	ext_make("ext4", "^metadata_csum", "1024", "256");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_go_round),
		cmocka_unit_test(test_scratch_elsewhere),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_links_in_a_circle),
		cmocka_unit_test(test_returned_too_much),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_shared_blocks),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_tear_down);
}
