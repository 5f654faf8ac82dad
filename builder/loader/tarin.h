// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The tar stream inside the archive: its members one by one, and the proof at the
 * end that nothing was missing. Only this, tree.c and meta.c
 * include <archive.h>.
 */
#include "format/manifest.h"
#include "loader/frames.h"

struct archive_entry;
struct ri_tarin;

/** Told how many bytes of the tar stream have been taken; called from the reading thread. */
struct ri_tick {
	void (*fn)(void *arg, uint64_t done);
	void *arg;
};

/**
 * Read the beginning of @f's content and get ready for the members. @f and @m stay the caller's and must outlive the reader.
 * @return 0 and the reader in *@out, for ri_tarin_close; -1 RI_E_VERIFY, RI_E_IO, RI_E_NOMEM.
 */
int ri_tarin_open(struct ri_frames *f, const struct ri_manifest *m, struct ri_tick tick,
    struct ri_tarin **out, struct ri_err *e) RI_MUST_CHECK;
/**
 * The next member, its names vetted, valid until the next call. @return 1; 0 at the end of the
 * archive; -1 RI_E_VERIFY (damaged, hostile), RI_E_IO.
 */
int ri_tarin_next(struct ri_tarin *t, struct archive_entry **entry, struct ri_err *e) RI_MUST_CHECK;
/**
 * The next stretch of the member's data and where in the file it belongs; what lies between two
 * stretches is a hole. @return 1; 0 after the last; -1 as above.
 */
int ri_tarin_data(struct ri_tarin *t, struct ri_span *data, int64_t *at,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * After the last member: read on to the archive's end, and compare the bytes and members with the
 * manifest's, which has none for a foreign archive. @return 0; -1 RI_E_VERIFY, RI_E_IO.
 */
int ri_tarin_finish(struct ri_tarin *t, struct ri_err *e) RI_MUST_CHECK;
/** Whether the stream itself has failed: then the member at hand has no part in it. */
bool ri_tarin_failed(const struct ri_tarin *t);
uint64_t ri_tarin_bytes(const struct ri_tarin *t);
uint64_t ri_tarin_entries(const struct ri_tarin *t);
void ri_tarin_close(struct ri_tarin **t);
