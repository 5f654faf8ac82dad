// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is on the disk that is built, and by which names an fstab may call it.
 */
#include "base/strv.h"
#include "os/subvols.h"

/** A partition, logical volume or array of the disk, or the disk itself where it has no partitions. */
struct ri_ondisk_fs {
	char *device; /* libguestfs's name for it: "/dev/sda1", "/dev/vg/root" */
	char *type;   /* blkid(8)'s for its content: "ext4", "swap", "crypto_LUKS"; "" if unknown */
	/* "UUID=…", "LABEL=…", "PARTUUID=…", "PARTLABEL=…", and a volume's path "/dev/mapper/…" */
	struct ri_strv names;
	struct ri_subvols subvols; /* of a btrfs on which a root was looked for; else empty */
};

struct ri_ondisk {
	struct ri_ondisk_fs *v;
	size_t n;
};

/** Append a device, without names yet; both strings are copied. @return it; NULL: RI_E_NOMEM. */
struct ri_ondisk_fs *ri_ondisk_add(struct ri_ondisk *d, const char *device, const char *type,
    struct ri_err *e);
/**
 * The one that is called @name: a device, or one of its names. UUIDs are compared without regard to case, as
 * that of a FAT is written in capitals here and in small letters there. *@several: there are more.
 * @return NULL: none.
 */
const struct ri_ondisk_fs *ri_ondisk_find(const struct ri_ondisk *d, const char *name,
    bool *several);
/**
 * The first whose content may hold file systems that are not listed, as it has to be opened, put together or
 * imported first: encrypted, a member of an array or a pool. @return NULL: none.
 */
const struct ri_ondisk_fs *ri_ondisk_closed(const struct ri_ondisk *d);
void ri_ondisk_free(struct ri_ondisk *d);
