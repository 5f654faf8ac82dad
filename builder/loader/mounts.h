// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Mounts: what /proc/self/mountinfo tells, and the few changes that loading makes.
 */
#include "base/buf.h"

struct ri_mount {
	char dev[24]; /* "8:1" */
	char *point;  /* where it is mounted */
	char *fstype;
	char *source; /* "/dev/sda1", "none" */
};

/**
 * Cut the next line off @rest, the text of mountinfo (proc(5)), with its escapes resolved.
 * @return 1; 0 at the end; -1 RI_E_IO (malformed), RI_E_NOMEM.
 */
int ri_mountinfo_next(struct ri_span *rest, struct ri_mount *out, struct ri_err *e) RI_MUST_CHECK;
void ri_mount_free(struct ri_mount *m);

/**
 * The file system type on top at @point, for free(); NULL where nothing is mounted there.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_mounted_type(struct ri_span mountinfo, const char *point, char **fstype,
    struct ri_err *e) RI_MUST_CHECK;

/* A file system that no disk has and each kernel does. */
#define RI_MOUNT_NOTHING "ramfs"

/**
 * Move the mount at @from, with those below it, to @to, which is made with its parent. Where @from is below a
 * shared mount, there is a mount of the type RI_MOUNT_NOTHING below it at @to.
 * @return 0; -1 RI_E_IO: it is where it was.
 */
int ri_mount_move(const char *from, const char *to, struct ri_err *e) RI_MUST_CHECK;
/** Mount a tmpfs. @return 0; -1 RI_E_IO. */
int ri_mount_tmpfs(const char *point, const char *options, struct ri_err *e) RI_MUST_CHECK;
/** Unmount what is on top at @point. @return 0; -1 RI_E_IO. */
int ri_mount_off(const char *point, struct ri_err *e) RI_MUST_CHECK;
/**
 * Unmount what is mounted at @point and below it, the last first. @mountinfo is the file that says what is
 * mounted. @return 0; -1 RI_E_IO, RI_E_NOMEM: what is not unmounted yet stays.
 */
int ri_mount_off_all(const char *mountinfo, const char *point, struct ri_err *e) RI_MUST_CHECK;
/** Make what is mounted at @point writable. *@was: it was read-only. @return 0; -1 RI_E_IO. */
int ri_mount_writable(const char *point, bool *was, struct ri_err *e) RI_MUST_CHECK;
/** Make it read-only again. @return 0; -1 RI_E_IO. */
int ri_mount_readonly(const char *point, struct ri_err *e) RI_MUST_CHECK;
/** The whole of a file of /proc or /sys. @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_read_text(const char *path, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
