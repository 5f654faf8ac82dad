// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fuzz.h"
#include "initrd/filter.h"
#include "initrd/member.h"
#include "initrd/walk.h"
#include "parse/initrd.h"
#include "parse/module.h"
#include "parse/tree.h"

#include <archive_entry.h>
#include <sys/socket.h>

/*
 * What a process that parses may answer, to those who asked it: a byte that chooses the question, then
 * all that it says before it ends. What is taken of it is what the caller relies on.
 */

#define WAIT_MS 10000

static char shared[RI_SHARED_BYTES];

static void check(struct ri_peer *p, struct ri_err *e)
{
	struct ri_initrd_info info;

	if (ri_parse_initrd_ask_check(p, 5, &info, e) < 0)
		return;
	FUZZ_CHECK(info.bytes == 5 && *ri_initrd_comp_name(info.comp));
	FUZZ_CHECK(info.entries <= RI_INITRD_ENTRIES_MAX);
	FUZZ_CHECK(info.shed_bytes <= info.unpacked_bytes);
	FUZZ_CHECK(info.unpacked_bytes <= RI_INITRD_UNPACKED_MAX);
}

static void parents(struct ri_peer *p, struct ri_err *e)
{
	static const struct ri_initrd_member members[] = { { "a/b/c", 0644, { "", 0 } },
		{ "a/d", 0644, { "", 0 } } };
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents found = { 0 };

	if (ri_parse_initrd_ask_parents(p, members, 2, &found, e) == 0)
		FUZZ_CHECK(found.n == 2 && strcmp(found.v[1].path, "a/b") == 0);
}

static void member(struct ri_peer *p, size_t n, struct ri_err *e)
{
	RI_BUF out = { 0 };

	ri_buf_add_str(&out, "before");
	if (ri_parse_initrd_ask_member(p, "a", &out, e) < 0)
		FUZZ_CHECK(out.n == 6);
	FUZZ_CHECK(out.n - 6 <= n && memcmp(out.p, "before", 6) == 0);
}

static void module(struct ri_peer *p, struct ri_err *e)
{
	RI_BUF out = { 0 };

	if (ri_parse_module_ask(p, 16, &out, e) < 0)
		FUZZ_CHECK(out.n == 0);
	FUZZ_CHECK(out.n <= 16);
}

static void one_entry(struct ri_source *src, struct archive_entry *entry, struct ri_err *e)
{
	uint64_t size = (uint64_t)archive_entry_size(entry), at = 0;
	const char *path = archive_entry_pathname(entry);
	struct ri_source_block b;

	FUZZ_CHECK(path && path[0] != '/' && strncmp(path, "../", 3) != 0);
	FUZZ_CHECK(archive_entry_filetype(entry) != AE_IFSOCK);
	while (src->ops->data(src, &b, e) > 0) {
		FUZZ_CHECK(!archive_entry_hardlink(entry) || b.n == 0);
		FUZZ_CHECK(b.offset >= at && b.offset <= size && b.n <= size - b.offset);
		at = b.offset + b.n;
	}
}

static void tree(struct ri_peer *p, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct archive_entry *entry;

	if (ri_tree_source(p, ri_span("", 0), &src, e) < 0)
		return;
	while (src->ops->next(src, &entry, e) == 0 && entry)
		one_entry(src, entry, e);
}

static void ask(struct ri_peer *p, uint8_t what, size_t n)
{
	struct ri_err e = { 0 };

	switch (what) {
	case 'c':
		check(p, &e);
		break;
	case 'p':
		parents(p, &e);
		break;
	case 'm':
		member(p, n, &e);
		break;
	case 'k':
		module(p, &e);
		break;
	case 't':
		tree(p, &e);
		break;
	}
	FUZZ_CHECK(e.code != RI_E_COMMIT && e.code != RI_E_CANCELLED && e.code != RI_E_VERIFY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ri_peer_ends ends = { .shared = -1, .child = RI_CHILD_INIT };
	RI_ON_EXIT(ri_peer_end) struct ri_peer p = { 0 };
	RI_FD int theirs = -1;
	struct ri_err e;
	int pair[2];

	if (n == 0 || n > 65536) /* more than a socket holds */
		return 0;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	ends.socket = pair[0];
	theirs = pair[1];
	FUZZ_CHECK(write(theirs, data + 1, n - 1) == (ssize_t)(n - 1));
	FUZZ_CHECK(shutdown(theirs, SHUT_WR) == 0);
	FUZZ_CHECK(ri_peer_connect(&p, &ends, "the reader", WAIT_MS, &e) == 0);
	p.shared = shared; /* it is there for all of them, and stays */
	ask(&p, data[0], n);
	p.shared = NULL;
	return 0;
}
