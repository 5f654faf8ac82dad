// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The tar stream that goes into the archive: pax entries by libarchive and the end mark, into the compressing
 * pool.
 */
#include "pack/compress.h"

struct archive_entry;
struct ri_tarw;

/** Begin. @comp must outlive it. @return 0; -1 RI_E_NOMEM, RI_E_IO. */
int ri_tarw_new(struct ri_comp *comp, struct ri_tarw **out, struct ri_err *e) RI_MUST_CHECK;
/** An entry, as libarchive wants it. @return 0; -1 RI_E_GUEST, RI_E_IO, RI_E_NOMEM. */
int ri_tarw_entry(struct ri_tarw *w, struct archive_entry *entry, struct ri_err *e) RI_MUST_CHECK;
/** Data of the entry; an ri_body_put_fn. */
int ri_tarw_data(void *tarw, const void *p, size_t n, struct ri_err *e) RI_MUST_CHECK;
/** Write the end mark. */
int ri_tarw_close(struct ri_tarw *w, struct ri_err *e) RI_MUST_CHECK;
/** For RI_ON_EXIT; NULL is fine. */
void ri_tarw_freep(struct ri_tarw **w);
