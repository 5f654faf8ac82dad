// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A process that parses, forked and not started anew: so it is where a test can let something fail in it, and confines
 * itself as ever.
 */
#include "unit/initrds.h"
#include "unit/packing.h"

#include "parse/initrd.h"
#include "parse/initrd_server.h"
#include "parse/peer.h"
#include "parse/tar_server.h"
#include "parse/tree.h"

#include <archive_entry.h>
#include <signal.h>
#include <sys/socket.h>

struct served {
	int (*serve)(struct ri_err *e);
	int (*ask)(struct ri_peer *p, struct ri_err *e); /* everything, and looks at the answers */
	const char *name;
	const char *input; /* in tmpdir */
	bool shares;
};

static uint64_t served_initrd_bytes;

#define SERVED_BIG (3u << 19) /* bytes of a file, more than all of the shared memory */

/* A tar with all kinds of inodes, and an initrd. */
static inline int served_set_up(void **state)
{
	RI_FREE char *big = calloc(1, SERVED_BIG);
	const struct ri_initrd_member m[] = { { "ramimg/large", 0644, { big, SERVED_BIG / 2 } } };
	struct ri_err e = { 0 };
	struct stat st;

	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	if (!big || make_trees(state) < 0)
		return -1;
	memset(big, 5, SERVED_BIG);
	RUN(tmpdir, NULL, NULL, "mkdir", "tree");
	spit(tmp_path("tree/a"), ri_span(big, SERVED_BIG));
	RUN(tmpdir, NULL, NULL, "ln", "tree/a", "tree/b");
	RUN(tmpdir, NULL, NULL, "ln", "-s", "a", "tree/c");
	RUN(tmpdir, NULL, NULL, "mkfifo", "tree/d");
	RUN(tmpdir, NULL, NULL, "setfattr", "-n", "user.x", "-v", "y", "tree/a");
	tar_tree(tmp_path("tree"), tmp_path("tree.tar"), false);
	make_base(&rows[RI_INITRD_NONE], false);
	if (initrd_append(tmp_path("base"), tmp_path("initrd"), m, 1, &e) < 0 ||
	    lstat(tmp_path("initrd"), &st) < 0)
		return -1;
	served_initrd_bytes = (uint64_t)st.st_size;
	return 0;
}

static inline int served_tar(struct ri_peer *p, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct archive_entry *entry;
	struct ri_source_block b;
	uint64_t bytes = 0, entries = 0;
	int rc;

	if (ri_peer_open(p, ri_span("", 0), e) < 0 ||
	    ri_tree_source(p, ri_span("", 0), &src, e) < 0)
		return -1;
	while ((rc = src->ops->next(src, &entry, e)) == 0 && entry) {
		entries++;
		while ((rc = src->ops->data(src, &b, e)) > 0)
			bytes += b.n;
		if (rc < 0)
			return -1;
	}
	if (rc == 0) {
		assert_int_equal(entries, 5);
		assert_int_equal(bytes, SERVED_BIG);
	}
	return rc;
}

static inline int served_initrd(struct ri_peer *p, struct ri_err *e)
{
	static const struct ri_initrd_member of[] = { { "ramimg/other", 0644, { 0 } } };
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents parents = { 0 };
	struct ri_initrd_info info;
	RI_BUF size = { 0 };
	RI_BUF member = { 0 };

	ri_wire_put_u64(&size, served_initrd_bytes);
	if (ri_buf_check(&size, e) < 0 || ri_peer_open(p, ri_buf_span(&size), e) < 0 ||
	    ri_parse_initrd_ask_check(p, served_initrd_bytes, &info, e) < 0 ||
	    ri_parse_initrd_ask_parents(p, of, 1, &parents, e) < 0 ||
	    ri_parse_initrd_ask_member(p, "ramimg/large", &member, e) < 0)
		return -1;
	assert_true(info.ours);
	assert_int_equal(parents.n, 1);
	assert_true(parents.v[0].present);
	assert_int_equal(member.n, SERVED_BIG / 2);
	return 0;
}

static const struct served served_kinds[] = {
	{ ri_tar_serve, served_tar, "the tar's reader", "tree.tar", true },
	{ ri_initrd_serve, served_initrd, "the initrd's reader", "initrd", false },
};

static inline _Noreturn void served_child(const struct served *s, int socket, int input, int shared,
    int err, void (*faults)(bool on))
{
	const int theirs[] = { socket, input, shared, err };
	int high[4];
	struct ri_err e = { 0 };
	int rc;

	for (size_t i = 0; i < 4; i++)
		high[i] = theirs[i] < 0 ? -1 : fcntl(theirs[i], F_DUPFD, 40);
	if (dup2(high[0], RI_WIRE_SOCKET) < 0 || dup2(high[1], RI_WIRE_INPUT) < 0 ||
	    (shared >= 0 && dup2(high[2], RI_WIRE_SHARED) < 0) || dup2(high[3], 2) < 0)
		_exit(99);
	close_range(shared >= 0 ? 6 : 5, ~0u, 0);
	faults(true);
	rc = s->serve(&e);
	faults(false);
	if (rc < 0)
		dprintf(2, "%s\n", e.msg);
	_exit(rc < 0);
}

/* Start one; @faults is told when it and we begin to count what fails. */
static inline void served_start(const struct served *s, void (*faults)(bool on),
    struct ri_peer_ends *ends)
{
	RI_FD int input = open(tmp_path(s->input), O_RDONLY | O_CLOEXEC);
	struct ri_err e = { 0 };
	int pair[2], err[2];

	*ends = (struct ri_peer_ends){ .shared = s->shares ? ri_shared_create(&e) : -1 };
	assert_true(input >= 0 && (!s->shares || ends->shared >= 0));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	ends->child.pid = fork();
	assert_true(ends->child.pid >= 0);
	if (ends->child.pid == 0)
		served_child(s, pair[1], input, ends->shared, err[1], faults);
	close(pair[1]);
	close(err[1]);
	ends->socket = pair[0];
	ends->child.err = err[0];
}

/* All that is asked of it. */
static inline int served_ask(const struct served *s, void (*faults)(bool on), struct ri_err *e)
{
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	struct ri_peer_ends ends;
	int rc;

	faults(false);
	served_start(s, faults, &ends);
	faults(true);
	rc = ri_peer_connect(&p, &ends, s->name, 60000, e) < 0 || s->ask(&p, e) < 0 ? -1 : 0;
	faults(false);
	return rc;
}
