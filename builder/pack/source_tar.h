// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A tar stream as the source of an archive.
 */
#include "pack/source.h"

/**
 * Read a tar stream from @fd (a pipe or a file; not closed) as GNU tar writes it with
 * --format=posix --xattrs --acls --selinux --numeric-owner, with or without --sparse. The end of the
 * archive must stand in the stream, followed by nothing but zeros, and is read up to the end of
 * @fd. @return 0; -1 RI_E_NOMEM.
 */
int ri_source_tar(int fd, struct ri_source **out, struct ri_err *e) RI_MUST_CHECK;

/** Says that there is still somebody at work. @return 0; -1, and reading ends with that error. */
typedef int ri_beat_fn(void *arg, struct ri_err *e);
/**
 * Have @beat(@arg) called from within the calls of @tar, which ri_source_tar made, whenever it looks
 * for more of its stream: five times a second while nothing comes.
 */
void ri_source_tar_beats(struct ri_source *tar, ri_beat_fn *beat, void *arg);
