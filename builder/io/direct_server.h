#pragma once
/*
 * The direct reader's process: it answers requests (io/direct_wire.h) on a socket about a disk behind
 * a descriptor. It opens nothing by path, so that it can be fenced off.
 */
#include "io/direct_vfs.h"
#include "io/direct_wire.h"

/** The descriptors that it is started with. */
#define RI_DIRECT_SOCKET 3
#define RI_DIRECT_IMAGE 4
#define RI_DIRECT_SHARED 5

/**
 * Serve on these descriptors until the other end closes the socket.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM. What a request runs into is an answer, not a failure.
 */
int ri_direct_serve(struct ri_err *e) RI_MUST_CHECK;

struct ri_server {
	int socket, image;
	struct ri_vfs vfs;
	bool open;
	struct ri_buf out; /* frames that wait to be sent together */
	int64_t sent_ms;   /* when the last were */
	bool lost;         /* the socket failed: there is nobody to answer to */
	char *shared;      /* RI_SHARED_BYTES */
	unsigned slot;     /* the next to lend */
	unsigned lent;     /* the slots that have not come back */
	unsigned untold;   /* of them, those whose frames wait */
};

/** Send a frame, or keep it to be sent with others. @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_server_frame(struct ri_server *s, uint32_t kind, struct ri_span payload,
    struct ri_err *e) RI_MUST_CHECK;
/** Send what waits, then @more from where it lies. @return as above. */
int ri_server_flush(struct ri_server *s, struct ri_span more, struct ri_err *e) RI_MUST_CHECK;
/** A frame whose payload the caller adds to s->out has been added: send it, or keep it. */
int ri_server_added(struct ri_server *s, struct ri_err *e) RI_MUST_CHECK;
/** All @n bytes. @return 1; 0 where the stream ends before the first; -1 RI_E_IO. */
int ri_server_receive(struct ri_server *s, void *to, size_t n, struct ri_err *e) RI_MUST_CHECK;
/** Send a file's bytes, lent or as DATA frames. @return 0; -1 as ri_fs_data_to, RI_E_IO. */
int ri_server_file(struct ri_server *s, struct ri_fs *fs, const struct ri_fs_inode *i,
    struct ri_err *e) RI_MUST_CHECK;
/** The client gave slots back (RI_WIRE_BACK). */
int ri_server_back(struct ri_server *s, struct ri_span in, struct ri_err *e) RI_MUST_CHECK;
/** A BEAT frame, where nothing was sent for a second. @arg is the server. */
int ri_server_beat(void *arg, struct ri_err *e) RI_MUST_CHECK;
/** Append an item to an ITEMS frame in @b, which is sent when it is large. */
int ri_server_item(struct ri_server *s, struct ri_buf *b, uint64_t number, const char *text,
    struct ri_err *e) RI_MUST_CHECK;
/** Send what is left of the ITEMS frame. */
int ri_server_items_end(struct ri_server *s, struct ri_buf *b, struct ri_err *e) RI_MUST_CHECK;

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

/** RI_E_IO for a request that cannot be decoded; the other end is ours, so this is a bug there. */
int ri_server_garbled(struct ri_err *e);
