// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A directory of the host that ramimg works in, by its descriptor. ramimg is root, and whoever can write to
 * a directory, or to one above it, can put a link to another place where it expects a file. So the way to
 * the directory is walked step by step and refused where somebody else could change it; below it, names are
 * single components, and no link is ever followed.
 *
 * That no other user can change the path is what allows it to be given to programs.
 */
#include "base/strv.h"

/** An open directory, for ri_dir_close. Zero-initialise it. */
struct ri_dir {
	char *path; /* as it was asked for: for messages and for programs; NULL: not open */
	int fd;     /* valid while path is not NULL */
};

/**
 * Open the directory @path. Each one on the way has to belong to root or to this user, and others must not
 * have leave to write to it, except where it is sticky as /tmp is; the last one may not even be that. Links
 * on the way count if they are root's or this user's.
 *
 * @make: if not 0, missing ones are made with these permissions.
 * @return 0; -1 RI_E_IO: also if it is refused, which the message gives the reason of; e->sys is ENOENT
 *         where it does not exist; RI_E_NOMEM.
 */
int ri_dir_open(const char *path, unsigned make, struct ri_dir *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The same for a directory in which others may do as they like: only to create a file
 * exclusively, and to rename it, is safe there.
 */
int ri_dir_open_any(const char *path, struct ri_dir *out, struct ri_err *e) RI_MUST_CHECK;
/** The directory @name in @d, under the same conditions. @return 0; -1 as ri_dir_open. */
int ri_dir_sub(const struct ri_dir *d, const char *name, struct ri_dir *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Make the directory @name in @d, with mode 0700, and open it. @return 0; -1 RI_E_IO (it exists). */
int ri_dir_make(const struct ri_dir *d, const char *name, struct ri_dir *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Make a directory of this user's own in /tmp, for ri_dir_remove_temporary.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_dir_make_temporary(struct ri_dir *out, struct ri_err *e) RI_MUST_CHECK;
/** Remove it with what is in it, and close it. */
void ri_dir_remove_temporary(struct ri_dir *d);
void ri_dir_close(struct ri_dir *d);

/** Create the file @name, to be read and written; it must not exist. @return descriptor; -1 RI_E_IO. */
int ri_dir_create(const struct ri_dir *d, const char *name, unsigned mode,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Create a file under a name that begins with @prefix, which *@name gets, for free().
 * @return descriptor; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_dir_create_new(const struct ri_dir *d, const char *prefix, unsigned mode, char **name,
    struct ri_err *e) RI_MUST_CHECK;
/** Create a file without a name in the directory @path, anybody's. @return descriptor; -1 RI_E_IO. */
int ri_dir_unnamed(const char *path, struct ri_err *e) RI_MUST_CHECK;
/** Open the file @name with @flags of open(2). @return descriptor; -1 RI_E_IO. */
int ri_dir_file(const struct ri_dir *d, const char *name, int flags,
    struct ri_err *e) RI_MUST_CHECK;
/** Whether there is anything called @name. @return 0; -1 RI_E_IO. */
int ri_dir_has(const struct ri_dir *d, const char *name, bool *yes, struct ri_err *e) RI_MUST_CHECK;
/**
 * Make @s the whole content of @name, for good.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM: @name has its old content, or all of @s.
 */
int ri_dir_put(const struct ri_dir *d, const char *name, struct ri_span s, unsigned mode,
    struct ri_err *e) RI_MUST_CHECK;
/** Give the file @name the permissions @mode. @return 0; -1 RI_E_IO. */
int ri_dir_chmod(const struct ri_dir *d, const char *name, unsigned mode,
    struct ri_err *e) RI_MUST_CHECK;
/** Make the symlink @name, which must not exist, to @target. @return 0; -1 RI_E_IO. */
int ri_dir_symlink(const struct ri_dir *d, const char *name, const char *target,
    struct ri_err *e) RI_MUST_CHECK;
/** Append the names of what is in @d to @out, in any order. @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_dir_list(const struct ri_dir *d, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;
/** Give @name of @d the name @to in @into, in place of what has it. @return 0; -1 RI_E_IO. */
int ri_dir_rename(const struct ri_dir *d, const char *name, const struct ri_dir *into,
    const char *to, struct ri_err *e) RI_MUST_CHECK;
/**
 * Remove @name: a file, a link, or a directory with what is in it, a few levels deep. It need not exist.
 * @return 0; -1 RI_E_IO.
 */
int ri_dir_remove(const struct ri_dir *d, const char *name, struct ri_err *e) RI_MUST_CHECK;
/** Have its names on the disk. @return 0; -1 RI_E_IO. */
int ri_dir_sync(const struct ri_dir *d, struct ri_err *e) RI_MUST_CHECK;
