// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A source that is a tar stream, written into a pipe on a thread of its own.
 */
#include "guest/guest.h"
#include "pack/source.h"

/** Write the whole tree of @g to @fd as a tar stream, without what @excludes name. @return 0; -1. */
typedef int ri_tar_out_fn(struct ri_guest *g, int fd, const struct ri_strv *excludes,
    struct ri_err *e);

/**
 * The source of what @tar_out writes, in the form that pack/source_tar.h reads. @g and @excludes are
 * borrowed, and @g answers nothing else, until the source is freed. Where @tar_out fails, its error is
 * the source's, whatever the stream looked like by then.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_tar_source(ri_tar_out_fn *tar_out, struct ri_guest *g, const struct ri_strv *excludes,
    struct ri_source **out, struct ri_err *e) RI_MUST_CHECK;
