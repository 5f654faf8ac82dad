#pragma once
/*
 * The direct reader's process: it answers requests (reader/wire.h) on a socket about a disk behind
 * a descriptor. It opens nothing by path, so that it can be fenced off.
 */
#include "reader/server_send.h"

/** The descriptors that it is started with. */
#define RI_READER_SOCKET 3
#define RI_READER_IMAGE 4
#define RI_READER_SHARED 5

/**
 * Serve on these descriptors until the other end closes the socket.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM. What a request runs into is an answer, not a failure.
 */
int ri_reader_serve(struct ri_err *e) RI_MUST_CHECK;

/* The requests; @in is the payload, @out the payload of DONE. @return 0; -1 with what ERROR says. */
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
