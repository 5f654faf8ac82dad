// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Part of the direct reader's process: the bytes of a file, sent or lent (parse/lend.h).
 */
#include "fs/vfs.h"
#include "parse/server.h"

/**
 * Send all data of a file, lent or in DATA frames; holes are skipped.
 * @return 0; -1 as ri_fs_data_to, RI_E_IO.
 */
int ri_server_file(struct ri_server *s, struct ri_fs *fs, const struct ri_fs_inode *i,
    struct ri_err *e) RI_MUST_CHECK;
