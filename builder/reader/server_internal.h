// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The requests that the direct reader's process answers; server.c has their table.
 */
#include "reader/server_send.h"

/*
 * One function for each request (enum ri_wire_op). @in is the request's payload; what is appended
 * to @out becomes the payload of DONE.
 * @return 0; -1 with the error that is sent as ERROR.
 */
int ri_server_space(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_kind(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_resolve(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_list(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_read(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_sha256(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_usage(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_glob(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_filesystems(struct ri_server *s, struct ri_span in, struct ri_buf *out,
    struct ri_err *e);
int ri_server_check(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_tags(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_device(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_roots(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_os(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_server_tree(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
