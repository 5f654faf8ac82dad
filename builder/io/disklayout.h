#pragma once
/*
 * What is on a disk, read directly: partitions, LVM's logical volumes, and what kind of file system
 * each bears. Names are those that libguestfs gives to the only disk of an appliance, so that facts
 * from here and from there can be compared and used together.
 *
 * Everything here is hostile input. What is not known for certain (md, dm-crypt, a volume that is not
 * linear, more than the one disk, another partition table than msdos and gpt) is RI_E_UNSUPPORTED with
 * a sentence: the caller then takes the appliance.
 */
#include "io/image.h"

struct ri_blockdev {
	char *name;   /* "/dev/sda1", "/dev/vg/root"; "/dev/sda" where the disk has no partitions */
	char *type;   /* blkid's TYPE: "ext4", "swap", "LVM2_member"; "" where it knows none */
	char *uuid;   /* "" where it has none */
	char *label;  /* "" where it has none */
	char *ptable; /* "msdos" or "gpt" for a partition, else NULL */
	char *partuuid; /* of a partition, in the table's words; else NULL */
	int part;       /* number of the partition, from 1; else 0 */
	char
	    *lvm_hint; /* GRUB's name of a logical volume, "lvmid/<vg uuid>/<lv uuid>", else NULL */
	struct ri_image *image;
};

/** In libguestfs's order: the disk itself, or its partitions; then the logical volumes. */
struct ri_disklayout {
	struct ri_blockdev *v;
	size_t n;
};

/**
 * Read the layout of @disk, which stays in use as long as *@out does.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_disklayout_read(struct ri_image *disk, struct ri_disklayout *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_disklayout_free(struct ri_disklayout *l);
/** The device of that name, or NULL. */
const struct ri_blockdev *ri_disklayout_find(const struct ri_disklayout *l, const char *name);
