#pragma once
/*
 * The direct reader's process: it answers requests (reader/wire.h) on a socket about a disk behind
 * a descriptor. It opens nothing by path, so that it can be fenced off.
 */
#include "reader/server_send.h"

/** The descriptors that it is started with. */
#define RI_DIRECT_SOCKET 3
#define RI_DIRECT_IMAGE 4
#define RI_DIRECT_SHARED 5

/**
 * Serve on these descriptors until the other end closes the socket.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM. What a request runs into is an answer, not a failure.
 */
int ri_direct_serve(struct ri_err *e) RI_MUST_CHECK;

/* The requests; @in is the payload, @out the payload of DONE. @return 0; -1 with what ERROR says. */
int ri_serve_space(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_kind(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_resolve(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_list(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_read(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_sha256(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_usage(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_glob(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_filesystems(struct ri_server *s, struct ri_span in, struct ri_buf *out,
    struct ri_err *e);
int ri_serve_check(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_tags(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_device(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_roots(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_os(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
int ri_serve_tree(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e);
