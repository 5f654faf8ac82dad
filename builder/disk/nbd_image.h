// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An image behind a read-only NBD export.
 */
#include "disk/image.h"

/**
 * The export (of the empty name) at the other end of the connected socket @fd, which belongs to the
 * image from here on, even on failure. Waits for the server's greeting, or for the server to end.
 * One thread at a time may read.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_image_nbd(int fd, struct ri_image **out, struct ri_err *e) RI_MUST_CHECK;
