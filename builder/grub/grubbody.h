// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The commands of an entry of the guest, and which of them the RAM entry has too. Nothing is copied as
 * text: each command is cut into words, each word is checked, and those on a list are written anew.
 */
#include "base/buf.h"

/** What the entry has to boot, and which of its lines make sense for a root in RAM. */
struct ri_grub_boots {
	const char *kernel;  /* path as GRUB sees it */
	const char *fs_uuid; /* of the file system that it is on */
	/*
	 * Whether `recordfail` stays: Ubuntu's mark that a boot has begun. What takes it back in the
	 * guest writes to the grubenv in RAM, so somebody has to do it on the disk.
	 */
	bool recordfail;
	/*
	 * Whether `savedefault` stays. Not where the RAM entry is the default anyhow: the guest's own
	 * choice is needed when the entry has failed.
	 */
	bool savedefault;
};

struct ri_grub_body {
	struct ri_buf before, after; /* whole lines: before the kernel's, behind the initrd's */
	struct ri_buf early;         /* "/boot/acpi.img ": initrds before the last, or empty */
	const char *suffix;          /* of linux and initrd: "", "efi", "16" */
};

/**
 * @return 0; -1 RI_E_GUEST with why it cannot be understood: a command that is not on the list, a
 *         block, two kernels, another kernel's path than @boots has, a `search` for another file
 *         system; RI_E_NOMEM.
 */
int ri_grub_body_read(struct ri_span body, const struct ri_grub_boots *boots,
    struct ri_grub_body *out, struct ri_err *e) RI_MUST_CHECK;
void ri_grub_body_free(struct ri_grub_body *b);

/** The first path that a `linux` command of the entry names, quotes in it; without a p: none. */
struct ri_span ri_grub_body_kernel(struct ri_span body);
