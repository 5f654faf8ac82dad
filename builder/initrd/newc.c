// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/newc.h"

#define TRAILER "TRAILER!!!"
/* Where in the header, behind the magic, the eight hex digits of a field are. */
enum { FIELD_MODE = 1, FIELD_SIZE = 6, FIELD_NAME_N = 11 };

void ri_newc_init(struct ri_newc *n, const struct ri_newc_ops *ops, void *arg, enum ri_code damaged)
{
	memset(n, 0, sizeof *n);
	n->ops = ops;
	n->arg = arg;
	n->damaged = damaged;
	n->state = RI_NEWC_BETWEEN;
}

bool ri_newc_complete(const struct ri_newc *n)
{
	return n->state == RI_NEWC_BETWEEN && n->archives > 0;
}

static void go(struct ri_newc *n, enum ri_newc_state state, uint64_t left)
{
	n->state = state;
	n->left = left;
	n->have = 0;
}

static uint64_t padding(uint64_t at)
{
	return (4 - at % 4) % 4;
}

static int bad(const struct ri_newc *n, const char *why, struct ri_err *e)
{
	return ri_fail(e, n->damaged, 0, "damaged cpio archive at byte %llu: %s",
	    (unsigned long long)n->at, why);
}

static bool field(const char *header, unsigned i, uint32_t *out)
{
	const char *p = header + 6 + 8 * i;
	uint32_t v = 0;

	for (size_t k = 0; k < 8; k++) {
		char c = p[k];
		int d = c >= '0' && c <= '9'   ? c - '0'
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
					       : -1;

		if (d < 0)
			return false;
		v = v << 4 | (uint32_t)d;
	}
	*out = v;
	return true;
}

static int end_header(struct ri_newc *n, struct ri_err *e)
{
	const char *h = n->collect;

	if (memcmp(h, "070701", 6) != 0 && memcmp(h, "070702", 6) != 0)
		return bad(n, "no entry where one must begin", e);
	if (!field(h, FIELD_MODE, &n->mode) || !field(h, FIELD_SIZE, &n->size) ||
	    !field(h, FIELD_NAME_N, &n->name_n))
		return bad(n, "an entry with a malformed header", e);
	if (n->name_n < 1 || n->name_n > RI_NEWC_NAME_MAX)
		return bad(n, "an entry with a name of impossible length", e);
	go(n, RI_NEWC_NAME, n->name_n + padding(n->at + n->name_n));
	return 0;
}

static int end_name(struct ri_newc *n, struct ri_err *e)
{
	struct ri_newc_entry entry = { n->collect, n->mode, n->size };
	size_t len = n->name_n - 1;

	if (memchr(n->collect, '\0', n->name_n) != n->collect + len)
		return bad(n, "an entry whose name is not terminated", e);
	if (strcmp(n->collect, TRAILER) == 0) {
		n->archives++;
		go(n, RI_NEWC_BETWEEN, 0);
		return n->size == 0 ? 0 : bad(n, "a trailer with content", e);
	}
	while (len > 1 && n->collect[len - 1] == '/')
		n->collect[--len] = '\0';
	while (entry.name[0] == '.' && entry.name[1] == '/')
		entry.name += 2;
	while (entry.name[0] == '/')
		entry.name++;
	if (n->ops->entry(n->arg, &entry, e) < 0)
		return -1;
	go(n, RI_NEWC_BODY, n->size);
	return 0;
}

/* What has a length is over. */
static int end_state(struct ri_newc *n, struct ri_err *e)
{
	switch (n->state) {
	case RI_NEWC_HEAD:
		return end_header(n, e);
	case RI_NEWC_NAME:
		return end_name(n, e);
	case RI_NEWC_BODY:
		go(n, RI_NEWC_PAD, padding(n->at));
		return 0;
	case RI_NEWC_PAD:
		go(n, RI_NEWC_HEAD, RI_NEWC_HEADER);
		return 0;
	case RI_NEWC_BETWEEN:
		break;
	}
	return 0;
}

/* Zeros between archives. @return false at a byte that does not belong here. */
static bool between(struct ri_newc *n, struct ri_span in, size_t *used)
{
	size_t i = 0;

	while (i < in.n && in.p[i] == 0)
		i++;
	n->at += i;
	*used += i;
	if (i == in.n)
		return true;
	if (in.p[i] != '0' || n->at % 4 != 0)
		return false;
	go(n, RI_NEWC_HEAD, RI_NEWC_HEADER);
	return true;
}

static int take(struct ri_newc *n, struct ri_span in, size_t *used, struct ri_err *e)
{
	size_t part = n->left < in.n ? (size_t)n->left : in.n;

	if (n->state == RI_NEWC_HEAD || n->state == RI_NEWC_NAME) {
		memcpy(n->collect + n->have, in.p, part);
		n->have += part;
	} else if (n->state == RI_NEWC_BODY && n->ops->data && part > 0) {
		if (n->ops->data(n->arg, ri_span(in.p, part), e) < 0)
			return -1;
	}
	n->at += part;
	n->left -= part;
	*used += part;
	return n->left == 0 ? end_state(n, e) : 0;
}

int ri_newc_feed(struct ri_newc *n, struct ri_span in, size_t *used, struct ri_err *e)
{
	*used = 0;
	/* A state of length 0 (no content, no padding) is left without a byte. */
	while (*used < in.n || (n->state != RI_NEWC_BETWEEN && n->left == 0)) {
		struct ri_span rest = { in.p + *used, in.n - *used };

		if (n->state == RI_NEWC_BETWEEN) {
			if (!between(n, rest, used))
				return 0;
		} else if (take(n, rest, used, e) < 0)
			return -1;
	}
	return 0;
}
