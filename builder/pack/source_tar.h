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
