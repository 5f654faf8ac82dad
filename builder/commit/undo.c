// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/undo.h"

#include <errno.h>
#include <unistd.h>

int ri_undo_read(int undo, uint64_t index, const struct ri_block *b, char *out, size_t n,
    struct ri_err *e)
{
	unsigned char digest[RI_BLOCK_DIGEST];
	size_t have = 0;

	while (have < n) {
		ssize_t got = pread(undo, out + have, n - have, (off_t)(index * RI_BLOCK + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ri_fail(e, RI_E_IO, errno, "reading what was there");
		if (got == 0)
			break;
		have += (size_t)got;
	}
	memset(out + have, 0, n - have); /* a hole at the end is not in the file at all */
	ri_block_digest(out, n, digest);
	return memcmp(digest, b->was, sizeof digest) == 0
		   ? 0
		   : ri_fail(e, RI_E_IO, 0, "the copy of what was there is damaged");
}
