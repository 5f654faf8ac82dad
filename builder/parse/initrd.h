// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An initrd that a guest wrote: whoever asks about it does not read it himself. A process of its own,
 * confined (host/confine.h), does, and is not believed either.
 *
 * Where the process ends, crashes or is killed, the error is RI_E_IO and says so.
 */
#include "initrd/parents.h"
#include "parse/peer.h"

/**
 * Whether the file at @path, which errors call @name, is a whole initramfs of a kind that ramimg
 * extends (initrd/check.h).
 * @return 0; -1 RI_E_GUEST (absent, empty, damaged, cut short), RI_E_UNSUPPORTED (made by
 * another generator, named where known), RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_parse_initrd_check(const char *path, const char *name, struct ri_initrd_info *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Which of the directories above the @n @members the initrd at @path, which errors call
 * @name, has, for ri_initrd_append.
 * @return 0 with *@out for ri_initrd_parents_free; -1 RI_E_GUEST (it has something other than a
 *         directory where a member needs one, or already has a member), or as
 *         ri_parse_initrd_check.
 */
int ri_parse_initrd_parents(const char *path, const char *name,
    const struct ri_initrd_member *members, size_t n, struct ri_initrd_parents *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Append the bytes of the file @member ("ramimg/manifest") of the archive that ri_initrd_append put
 * at the end of @path to @out.
 * @return 0; -1 RI_E_VERIFY (no such archive or member, damaged), RI_E_IO, RI_E_CANCELLED,
 *         RI_E_NOMEM.
 */
int ri_parse_initrd_member(const char *path, const char *member, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/*
 * The same of a process that is there: what it answers is looked at as closely as if it had been taken
 * over. @size is the initrd's.
 */
int ri_parse_initrd_ask_check(struct ri_peer *p, uint64_t size, struct ri_initrd_info *out,
    struct ri_err *e) RI_MUST_CHECK;
int ri_parse_initrd_ask_parents(struct ri_peer *p, const struct ri_initrd_member *members, size_t n,
    struct ri_initrd_parents *out, struct ri_err *e) RI_MUST_CHECK;
int ri_parse_initrd_ask_member(struct ri_peer *p, const char *member, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
