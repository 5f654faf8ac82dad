// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The bytes of files on their way to the client: large pieces are read straight into memory that it
 * has too, and lent; small ones are in the frame.
 */
#include "reader/server_send.h"

/** Send a file's bytes, lent or as DATA frames. @return 0; -1 as ri_fs_data_to, RI_E_IO. */
int ri_server_file(struct ri_server *s, struct ri_fs *fs, const struct ri_fs_inode *i,
    struct ri_err *e) RI_MUST_CHECK;
/** The client gave slots back (RI_WIRE_BACK). */
int ri_server_back(struct ri_server *s, struct ri_span in, struct ri_err *e) RI_MUST_CHECK;
