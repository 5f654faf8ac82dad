// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/member.h"
/*
 * Reading a file of the archive at the end of an initrd.
 */
#include "initrd/tail.h"
#include "initrd/walk.h"
#include "initrd/window.h"

#include <sys/stat.h>

struct seeking {
	const char *member;
	struct ri_buf *out;
	size_t before; /* bytes in out that are not ours */
	bool inside, found;
};

static int on_entry(void *arg, const struct ri_newc_entry *entry, struct ri_err *e)
{
	struct seeking *s = arg;

	s->inside = strcmp(entry->name, s->member) == 0;
	if (!s->inside)
		return 0;
	if (!S_ISREG(entry->mode) || entry->size > RI_INITRD_MEMBER_MAX)
		return ri_fail(e, RI_E_VERIFY, 0, "its /%s is not a regular file, or is too large",
		    s->member);
	/* The last one of that name is the one that the kernel keeps. */
	s->out->n = s->before;
	s->found = true;
	return 0;
}

static int on_data(void *arg, struct ri_span data, struct ri_err *e)
{
	struct seeking *s = arg;

	if (!s->inside)
		return 0;
	ri_buf_add_span(s->out, data);
	return ri_buf_check(s->out, e);
}

static int read_from(int fd, uint64_t at, uint64_t size, struct seeking *s, struct ri_err *e)
{
	static const struct ri_newc_ops ops = { on_entry, on_data };
	RI_FREE char *buf = malloc(RI_INITRD_WINDOW);
	RI_FREE struct ri_newc *n = malloc(sizeof *n);
	struct ri_initrd_in in = { fd, at, size, buf };
	struct ri_span block;
	size_t used;

	if (!buf || !n)
		return ri_nomem(e);
	ri_newc_init(n, &ops, s, RI_E_VERIFY);
	do {
		if (ri_initrd_more(&in, &block, e) < 0 || ri_newc_feed(n, block, &used, e) < 0)
			return -1;
	} while (block.n > 0);
	return 0;
}

static int read_member(int fd, uint64_t size, struct seeking *s, struct ri_err *e)
{
	uint64_t at;

	if (ri_initrd_tail(fd, 0, size, &at, e) < 0)
		return -1;
	if (at == size)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "it does not end with an archive that ramimg added");
	if (read_from(fd, at, size, s, e) < 0)
		return -1;
	if (!s->found)
		return ri_fail(e, RI_E_VERIFY, 0, "the archive at its end has no /%s", s->member);
	return 0;
}

int ri_initrd_read_member(int fd, uint64_t size, const char *member, struct ri_buf *out,
    struct ri_err *e)
{
	struct seeking s = { .member = member, .out = out, .before = out->n };

	if (read_member(fd, size, &s, e) == 0)
		return 0;
	out->n = s.before;
	return -1;
}
