// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/tail.h"
#include "initrd/newc.h"
#include "initrd/window.h"

static int no_entry(void *arg, const struct ri_newc_entry *entry, struct ri_err *e)
{
	(void)arg;
	(void)entry;
	(void)e;
	return 0;
}

/* From @at to the end: whole archives? *@failed_at is where not. */
static int try(int fd, uint64_t at, uint64_t size, char *buf, bool *whole, uint64_t *failed_at,
    struct ri_err *e)
{
	static const struct ri_newc_ops ops = { no_entry, NULL };
	struct ri_initrd_in in = { fd, at, size, buf };
	RI_FREE struct ri_newc *n = malloc(sizeof *n);
	struct ri_err why;
	struct ri_span s;
	size_t used;

	if (!n)
		return ri_nomem(e);
	ri_newc_init(n, &ops, NULL, RI_E_GUEST);
	do {
		if (ri_initrd_more(&in, &s, e) < 0)
			return -1;
		if (ri_newc_feed(n, s, &used, &why) < 0 || used < s.n) {
			*whole = false;
			*failed_at = at + n->at;
			return 0;
		}
	} while (s.n > 0);
	*whole = ri_newc_complete(n);
	*failed_at = size;
	return 0;
}

/* The next multiple of four from @at on where an archive's magic stands; @size when none does. */
static int find_magic(int fd, uint64_t *at, uint64_t size, char *buf, struct ri_err *e)
{
	const size_t magic_n = 5; /* of 070701 and 070702 */
	struct ri_initrd_in in = { fd, *at + (4 - *at % 4) % 4, size, buf };
	struct ri_span s;

	while (in.at < size) {
		uint64_t from = in.at;

		if (ri_initrd_more(&in, &s, e) < 0)
			return -1;
		if (s.n < RI_NEWC_HEADER)
			break;
		for (size_t i = 0; i + magic_n < s.n; i += 4)
			if (memcmp(s.p + i, "07070", magic_n) == 0) {
				*at = from + i;
				return 0;
			}
		/* The windows overlap, so that a magic across their border is seen; still aligned. */
		if (in.at < size)
			in.at -= in.at % 4 + 8;
	}
	*at = size;
	return 0;
}

int ri_initrd_tail(int fd, uint64_t from, uint64_t size, uint64_t *at, struct ri_err *e)
{
	RI_FREE char *buf = malloc(RI_INITRD_WINDOW);
	uint64_t here = from, failed_at;
	bool whole;

	if (!buf)
		return ri_nomem(e);
	for (;;) {
		if (find_magic(fd, &here, size, buf, e) < 0)
			return -1;
		if (here >= size)
			break;
		if (try(fd, here, size, buf, &whole, &failed_at, e) < 0)
			return -1;
		if (whole)
			break;
		/* Entries between here and there fail at the same place. */
		here = failed_at > here ? failed_at : here + 4;
	}
	*at = here;
	return 0;
}
