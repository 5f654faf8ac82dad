// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The bytes of files on their way to the client: large pieces are read straight into shared memory
 * and lent (reader/shared.h); small ones are sent in the frame.
 */
#include "reader/server_send.h"

/**
 * Send all data of a file, lent or in DATA frames; holes are skipped.
 * @return 0; -1 as ri_fs_data_to, RI_E_IO.
 */
int ri_server_file(struct ri_server *s, struct ri_fs *fs, const struct ri_fs_inode *i,
    struct ri_err *e) RI_MUST_CHECK;
/** The client has given slots back (RI_WIRE_BACK). @return 0; -1 RI_E_IO: more than it had. */
int ri_server_back(struct ri_server *s, struct ri_span in, struct ri_err *e) RI_MUST_CHECK;
