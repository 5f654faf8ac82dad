// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The block devices on a disk: its partitions and logical volumes, by the names that libguestfs
 * uses for the only disk of an appliance.
 */
#include "disk/image.h"

struct ri_blockdev {
	char *name;   /* "/dev/sda1", "/dev/vg/root"; "/dev/sda" where the disk has no partitions */
	char *type;   /* blkid's TYPE: "ext4", "swap", "LVM2_member"; "" if unknown to it */
	bool foreign; /* not Linux's own, and nothing but its type is certain */
	char *uuid;   /* "" where it has none */
	char *label;  /* "" where it has none */
	char *ptable; /* "msdos" or "gpt" for a partition, else NULL */
	char *partuuid;  /* of a partition, in the table's words; else NULL */
	char *partlabel; /* its name in a GPT; NULL or "" where it has none */
	int part;        /* number of the partition, from 1; else 0 */
	char *
	    lvm_hint; /* GRUB's name for a logical volume, "lvmid/<vg uuid>/<lv uuid>", else NULL */
	struct ri_image *image;
};

/** In libguestfs's order: the disk itself, or its partitions; then the logical volumes. */
struct ri_disklayout {
	struct ri_blockdev *v;
	size_t n;
};

/** Append an empty device. @return NULL: RI_E_NOMEM, or there are too many. */
struct ri_blockdev *ri_layout_add(struct ri_disklayout *l, struct ri_err *e);
void ri_disklayout_free(struct ri_disklayout *l);
/** The device of that name, or NULL. */
const struct ri_blockdev *ri_disklayout_find(const struct ri_disklayout *l, const char *name);
