// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reader/server_file.h"
#include "parse/lend.h"

_Static_assert(RI_FS_PIECE <= RI_SHARED_SLOT, "a piece fits into a slot");

int ri_server_file(struct ri_server *s, struct ri_fs *fs, const struct ri_fs_inode *i,
    struct ri_err *e)
{
	const struct ri_fs_sink to = { ri_lend_room, ri_lend_took, s };

	return ri_fs_data_to(fs, i, &to, e);
}
