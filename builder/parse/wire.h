// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What goes over the socket to a process that parses what a guest wrote, in both directions: frames
 * of a length, a kind and a payload. Numbers are in host byte order, as both ends are the same program. A string is a length,
 * that many bytes without a NUL, and then a NUL that the length does not count.
 *
 * Nothing that is decoded here is trusted: one end reads what is hostile, and the other end
 * reads what the first made of it. Everything is checked against the end of the frame.
 */
#include "base/buf.h"
#include "parse/shared.h"

#include <stdint.h>

#define RI_WIRE_DATA_MAX (1u << 17)                       /* bytes of a file in one frame */
#define RI_WIRE_FRAME_MAX (RI_WIRE_DATA_MAX + (1u << 18)) /* payload of any frame */
#define RI_WIRE_HEAD 8

/** The descriptors that such a process is started with. */
#define RI_WIRE_SOCKET 3
#define RI_WIRE_INPUT 4  /* what it parses */
#define RI_WIRE_SHARED 5 /* parse/shared.h; not all have it */

/** The requests, with their payload in brackets. Each process answers some of them. */
enum ri_wire_op {
	/* What is to be read, the first one. The direct reader's: [u64 size, u32 whether the image's
	   descriptor is an NBD socket]; of an initrd [u64 size]. DONE is [u32 whether Landlock
	   confines it] */
	RI_WIRE_OPEN = 1,
	RI_WIRE_FILESYSTEMS,
	RI_WIRE_CHECK,     /* [device] */
	RI_WIRE_MOUNT = 6, /* [device, mount point]; the corpus of the fuzzers has these numbers */
	RI_WIRE_UMOUNT_ALL,
	RI_WIRE_TAGS,         /* [device] */
	RI_WIRE_DEVICE,       /* [device] */
	RI_WIRE_SPACE,        /* [path] */
	RI_WIRE_KIND,         /* [path] */
	RI_WIRE_RESOLVE,      /* [path] */
	RI_WIRE_LIST,         /* [path] */
	RI_WIRE_READ,         /* [path, u64 the most bytes that the file may have] */
	RI_WIRE_SHA256,       /* [path] */
	RI_WIRE_GLOB,         /* [pattern] */
	RI_WIRE_USAGE,        /* [path] */
	RI_WIRE_TREE,         /* [patterns of rules, to the end of the frame] */
	RI_WIRE_BACK,         /* [u32 how many lent slots are free again]; at any time, no answer */
	RI_WIRE_INITRD_CHECK, /* DONE is [u32 compression, u32 early, u32 ours, u32 generator and u32
				   its hook, as os/initramfs.h numbers them, u64 entries, u64 bytes of
				   their files] */
	RI_WIRE_INITRD_PARENTS, /* [paths of members, to the end of the frame]; DONE is [u32 whether
				   it is there, for each directory above them] */
	RI_WIRE_INITRD_MEMBER,  /* [path] */
	RI_WIRE_MODULE, /* the input is no initrd but a compressed kernel module: [u64 the most bytes that
			   it may unpack to] */
};

/** The frames of an answer: DONE or ERROR, after any number of the others. */
enum ri_wire_answer {
	RI_WIRE_DONE = 100, /* [the result, which depends on the request] */
	RI_WIRE_ERROR,      /* [u32 code, u32 errno, message] */
	RI_WIRE_BEAT,       /* still at work; empty */
	RI_WIRE_ITEMS,      /* part of a list: any number of [u64 number, string] */
	RI_WIRE_DATA,       /* part of a file: [u64 offset], then bytes to the end of the frame */
	RI_WIRE_ENTRY,      /* the next entry of a tree */
	RI_WIRE_LENT,       /* part of a file in shared memory: [u64 offset, u32 slot, u32 bytes] */
};

/** The head of a frame: the bytes of its payload, and its kind. */
struct ri_wire_head {
	uint32_t n, kind;
};

/** An entry of a tree; strings point into the frame. */
struct ri_wire_entry {
	const char *path, *target; /* of a link; "" for anything else */
	bool hardlink;             /* target is an earlier entry's path */
	uint32_t mode, uid, gid, major, minor, nsec;
	int64_t mtime;
	uint64_t size;
	struct ri_span xattrs; /* for ri_wire_xattr */
};

/** Bytes of a file in shared memory (parse/shared.h). */
struct ri_wire_lent {
	uint64_t at; /* in the file */
	uint32_t slot, n;
};

/* Append a value to @b; the caller calls ri_buf_check. */
void ri_wire_put_u32(struct ri_buf *b, uint32_t v);
void ri_wire_put_u64(struct ri_buf *b, uint64_t v);
void ri_wire_put_str(struct ri_buf *b, struct ri_span s);
void ri_wire_put_head(struct ri_buf *b, uint32_t kind, size_t n);
void ri_wire_put_error(struct ri_buf *b, const struct ri_err *e);
/** All of @w except its xattrs, which the caller adds with ri_wire_put_xattr. */
void ri_wire_put_entry(struct ri_buf *b, const struct ri_wire_entry *w);
void ri_wire_put_xattr(struct ri_buf *b, const char *name, struct ri_span value);
void ri_wire_put_lent(struct ri_buf *b, const struct ri_wire_lent *l);

/** Cut the next value off @in. @return false if it is missing or malformed. */
bool ri_wire_u32(struct ri_span *in, uint32_t *v) RI_MUST_CHECK;
bool ri_wire_u64(struct ri_span *in, uint64_t *v) RI_MUST_CHECK;
bool ri_wire_str(struct ri_span *in, const char **s) RI_MUST_CHECK;
/** Decode the head with which @in begins. @return false if it is cut off or the frame too long. */
bool ri_wire_head(struct ri_span in, struct ri_wire_head *h) RI_MUST_CHECK;

/**
 * Put the error in an ERROR frame from @name into @e; control bytes in its message are replaced.
 * @return always -1.
 */
int ri_wire_error(struct ri_span in, const char *name, struct ri_err *e);
/**
 * Decode an ENTRY frame. It must keep the promises of pack/source.h: clean relative paths, a type
 * that an archive can hold, a target for links and for nothing else, nanoseconds below a second.
 * @return false if it does not.
 */
bool ri_wire_entry(struct ri_span in, struct ri_wire_entry *w) RI_MUST_CHECK;
/** Cut the next attribute off @in. @return 1; 0 after the last one; -1 if it is malformed. */
int ri_wire_xattr(struct ri_span *in, const char **name, struct ri_span *value) RI_MUST_CHECK;
/** Decode a LENT frame. @return false if it is malformed or its slot does not exist. */
bool ri_wire_lent(struct ri_span in, struct ri_wire_lent *l) RI_MUST_CHECK;
