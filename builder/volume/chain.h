// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The files that belong to an image: itself and what it builds on. They are found from the headers,
 * since asking a program of QEMU's would already open them.
 */
#include "volume/volume.h"

#define RI_CHAIN_MAX 32 /* files that an image may build on, one on the other */

/**
 * Fill v->below with the files that @v builds on, opened, each of which nobody writes to, unless @use
 * is RI_VOLUME_LOOK.
 *
 * Refused: an image whose data is in another file, encrypted, or, for writing, one that cannot be
 * overwritten; a file below it that is not near it (volume/near.h), is no plain file or block device,
 * or whose format is not recorded or not one of ours; a name that is no path; a circle.
 *
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_BUSY, RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_chain_open(struct ri_volume *v, enum ri_volume_use use, struct ri_err *e) RI_MUST_CHECK;

/** Close the files below @v. */
void ri_chain_close(struct ri_volume *v);

/**
 * Append the beginning of the file behind @fd, as much as the parsers of headers want.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_chain_head(int fd, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
