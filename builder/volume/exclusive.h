#pragma once
/*
 * Having a volume alone: nobody else has it when work begins, and what can be held off is held off
 * until it ends.
 */
#include "volume/volume.h"

/**
 * Lock @v for @use and look for others, in this order: another ramimg (flock), a QEMU (its byte locks),
 * the kernel (a loop device, a mapping, a mount; a block device is claimed with O_EXCL, for
 * RI_VOLUME_WRITE until @v is closed, so that nothing can be mounted or assembled from it meanwhile),
 * processes that have it open. One that only reads is in the way of RI_VOLUME_WRITE only, and is given
 * a second to let go: udev and blkid look at every device that changes.
 * @return 0; -1 RI_E_BUSY naming who it is, RI_E_IO, RI_E_CANCELLED.
 */
int ri_volume_claim(struct ri_volume *v, enum ri_volume_use use, struct ri_err *e) RI_MUST_CHECK;
