// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/undo.h"
#include "host/hostfile.h"

#include <errno.h>

int ri_undo_read(int undo, uint64_t index, const struct ri_block *b, char *out, size_t n,
    struct ri_err *e)
{
	unsigned char digest[RI_BLOCK_DIGEST];
	ssize_t have = ri_file_read_at(undo, out, n, index * RI_BLOCK);

	if (have < 0)
		return ri_fail(e, RI_E_IO, errno, "reading what was there");
	memset(out + have, 0, n - (size_t)have); /* a hole at the end is not in the file at all */
	ri_block_digest(out, n, digest);
	return memcmp(digest, b->was, sizeof digest) == 0
		   ? 0
		   : ri_fail(e, RI_E_IO, 0, "the copy of what was there is damaged");
}
