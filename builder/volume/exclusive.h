// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Exclusive use of a volume: nobody else uses it when work begins, and whatever can be kept out is
 * kept out until it ends.
 */
#include "volume/volume.h"

/**
 * Lock @v for @use and look for others, in this order: another ramimg (flock), a QEMU (its byte
 * locks), the kernel (a loop device, a mapping, a mount; a block device is claimed with O_EXCL, for
 * RI_VOLUME_WRITE until @v is closed, so that nothing can be mounted or assembled from it
 * meanwhile), processes that have it open. One that only reads conflicts with RI_VOLUME_WRITE only,
 * and gets a second to close it: udev and blkid probe every device that changes. RI_VOLUME_LOOK
 * claims nothing and minds nobody.
 * @return 0; -1 RI_E_BUSY naming who it is, RI_E_IO, RI_E_CANCELLED.
 */
int ri_volume_claim(struct ri_volume *v, enum ri_volume_use use, struct ri_err *e) RI_MUST_CHECK;

/**
 * For a file that the volume builds on, which others may build on too: another ramimg, a QEMU, the
 * kernel or a process must not write to it. Whoever wants to later sees that it is open here.
 * @return as ri_volume_claim.
 */
int ri_volume_claim_below(struct ri_volume *node, struct ri_err *e) RI_MUST_CHECK;

/**
 * Right before @v is written to: the path still leads to the file that was opened.
 * @return 0; -1 RI_E_BUSY, RI_E_IO.
 */
int ri_volume_check_path(const struct ri_volume *v, struct ri_err *e) RI_MUST_CHECK;

/**
 * The same, and once more all that ri_volume_claim looks at for RI_VOLUME_WRITE, and at the files
 * that it builds on: it was long ago.
 * @return as ri_volume_claim.
 */
int ri_volume_reclaim(const struct ri_volume *v, struct ri_err *e) RI_MUST_CHECK;
