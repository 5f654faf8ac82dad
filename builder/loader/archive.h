// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The archive as a file: opened below a directory, checked, and unpacked with progress.
 */
#include "loader/load.h"
#include "loader/tarin.h"

/** The readers of one archive, opened and released together. */
struct ri_unpack {
	struct ri_frames *frames;
	struct ri_tarin *tar;
};

/** What turns bytes read into progress on the consoles. */
struct ri_progress {
	struct ri_cons *cons;
	uint64_t total;
};

/**
 * Open @path below @base, symbolic links within it resolved as they will be once @base is the
 * root. The path came with the initrd, the disk's links did not.
 * @return the descriptor; -1 RI_E_IO.
 */
int ri_open_below(const char *base, const char *path, int flags, struct ri_err *e) RI_MUST_CHECK;
/** Open the archive and check its length, if not foreign. @return 0 and the descriptor; -1 RI_E_IO, RI_E_VERIFY. */
int ri_archive_open(const struct ri_load_opts *o, const struct ri_manifest *m, int *fd,
    struct ri_err *e) RI_MUST_CHECK;

struct ri_tick ri_progress_tick(struct ri_progress *p);
/** Open the readers on @fd and prove the identity. @return 0; -1 as ri_tarin_open. */
int ri_unpack_begin(int fd, const struct ri_manifest *m, struct ri_tick tick, struct ri_unpack *u,
    struct ri_err *e) RI_MUST_CHECK;
void ri_unpack_free(struct ri_unpack *u);
