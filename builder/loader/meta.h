// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A member's metadata, and how it is put on a file.
 */
#include "base/buf.h"

#include <stdint.h>
#include <sys/stat.h>

struct archive_entry;

/** What the file system could not take, counted instead of failing the boot. */
struct ri_loss {
	uint64_t user_xattrs;  /* user.*: a tmpfs has them since Linux 6.6 */
	uint64_t other_xattrs; /* trusted.*, security.*: a kernel without CONFIG_TMPFS_XATTR */
	uint64_t acls;         /* a kernel without CONFIG_TMPFS_POSIX_ACL */
};

static inline void ri_loss_add(struct ri_loss *sum, const struct ri_loss *more)
{
	sum->user_xattrs += more->user_xattrs;
	sum->other_xattrs += more->other_xattrs;
	sum->acls += more->acls;
}

struct ri_meta {
	mode_t mode; /* permission bits, setuid, setgid and sticky */
	uid_t uid;
	gid_t gid;
	struct timespec times[2]; /* access and modification, for utimensat(2) */
	struct ri_buf xattrs;     /* one after the other: struct xattr_head, name and NUL, value */
};

/**
 * Read @entry's metadata into @m, which may be used again and again and is released in the end.
 * ACLs become the attributes that the kernel has for them; their ids are numbers.
 * @return 0; -1 RI_E_GUEST (an ACL that names somebody without a number), RI_E_VERIFY (an attribute
 * larger than Linux has), RI_E_NOMEM.
 */
int ri_meta_read(struct ri_meta *m, struct archive_entry *entry, struct ri_err *e) RI_MUST_CHECK;
/**
 * Put everything on the regular file or directory @fd. @made says which bits of the mode it has
 * already; owner and group are 0 so far. @return 0; -1 RI_E_IO, RI_E_BUDGET.
 */
int ri_meta_apply_fd(const struct ri_meta *m, int fd, mode_t made, struct ri_loss *loss,
    struct ri_err *e) RI_MUST_CHECK;
/** Put everything on @name in the directory @dir: a link, device or fifo, never followed. */
int ri_meta_apply_at(const struct ri_meta *m, int dir, const char *name, bool symlink,
    struct ri_loss *loss, struct ri_err *e) RI_MUST_CHECK;
void ri_meta_free(struct ri_meta *m);
