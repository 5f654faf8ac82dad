// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/boot_count.h"
#include "format/grubenv.h"

static struct ri_span block_of(const struct ri_facts *f)
{
	return ri_buf_span(&f->grubenv.bytes);
}

/* Whether GRUB takes the block, and has room in it for the count: 1 or 0; -1 RI_E_NOMEM. */
static int is_usable(const struct ri_facts *f, struct ri_err *e)
{
	struct ri_err why = { 0 };
	RI_BUF counted = { 0 };

	if (ri_grubenv_set(block_of(f), RI_GRUBENV_FAILED, "2", &counted, &why) == 0)
		return 1;
	return why.code == RI_E_NOMEM ? ri_nomem(e) : 0;
}

/*
 * GRUB writes to the blocks that a file has on a disk or partition. It does so behind the file
 * system's back, so where a file's bytes lie elsewhere too (LVM, md; btrfs and zfs with their
 * checksums) it does not write at all; Debian's and Ubuntu's 00_header leave out their recordfail
 * there. Of these LVM and btrfs get this far.
 */
int ri_bootcount_fault(const struct ri_facts *f, const char **fault, struct ri_err *e)
{
	int usable = 1;

	*fault = NULL;
	if (f->bootdev.lvm_hint) {
		*fault = "/boot is on LVM, to which GRUB cannot write";
		return 0;
	}
	if (strcmp(f->boot->fstype, "btrfs") == 0) {
		*fault = "/boot is on btrfs, to which GRUB cannot write";
		return 0;
	}
	for (size_t i = 0; i < f->mounts_n; i++)
		if (strcmp(f->mounts[i].mountpoint, "/boot/grub") == 0) {
			*fault = "/boot/grub is a file system of its own";
			return 0;
		}
	if (f->grubenv.present)
		usable = is_usable(f, e);
	if (usable == 0)
		*fault =
		    "/boot/grub/grubenv is damaged or full; mend it in the guest: grub-editenv "
		    "/boot/grub/grubenv create";
	return usable < 0 ? -1 : 0;
}

unsigned ri_bootcount_of(const struct ri_facts *f)
{
	return ri_grubenv_failed(block_of(f));
}

int ri_bootcount_clear(const struct ri_facts *f, bool make, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span value;

	if (!f->grubenv.present) {
		if (make)
			ri_grubenv_empty(out);
		return ri_buf_check(out, e);
	}
	if (!ri_grubenv_get(block_of(f), RI_GRUBENV_FAILED, &value))
		return 0;
	return ri_grubenv_set(block_of(f), RI_GRUBENV_FAILED, NULL, out, e);
}
