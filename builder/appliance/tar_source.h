// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A source (pack/source.h) that reads a tar stream, which is written into a pipe by a thread of its
 * own.
 */
#include "guest/guest.h"
#include "pack/source.h"

/**
 * Write the whole tree of @g to @fd as a tar stream, without what matches @excludes (the patterns
 * of guest/find_excluded.h). @fd stays open.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED.
 */
typedef int ri_tar_out_fn(struct ri_guest *g, int fd, const struct ri_strv *excludes,
    struct ri_err *e);

/**
 * A source of what @tar_out writes, as parse/tar.h reads it; *@out is for ri_source_freep.
 * Until it is freed, @g and @excludes stay borrowed and no other operation may be called on @g. If
 * @tar_out fails, the source fails with its error, whatever the stream looked like by then.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_tar_source(ri_tar_out_fn *tar_out, struct ri_guest *g, const struct ri_strv *excludes,
    struct ri_source **out, struct ri_err *e) RI_MUST_CHECK;
