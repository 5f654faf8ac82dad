// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What each line of an fstab is to a root in RAM. Every line is one of these kinds; one of which that cannot be
 * said is an error, as its files could be missing in RAM without a word.
 */
#include "os/fstab.h"
#include "os/ondisk.h"

enum ri_fstab_kind {
	RI_FSTAB_ROOT,
	RI_FSTAB_HERE,      /* a file system of this disk that belongs to the running system */
	RI_FSTAB_ELSEWHERE, /* on another disk, or a drive, swap too: the line goes on working */
	RI_FSTAB_SWAP,      /* on this disk, in a file on it, or where that is not known */
	RI_FSTAB_NO_DISK, /* virtual, of the network, or a part of the tree (bind, an image's file) */
	RI_FSTAB_ON_DEMAND /* noauto, and nothing of systemd's mounts it */
};

struct ri_fstab_line {
	enum ri_fstab_kind kind;
	size_t line;                   /* from 1 */
	const struct ri_ondisk_fs *fs; /* HERE, and ON_DEMAND if it is on this disk; else NULL */
	char *point;         /* as ri_fstab_point has it; "" where it is mounted nowhere */
	bool nofail;         /* the system comes up without it */
	struct ri_span opts; /* its options, in the text */
};

/** In the order of the text. */
struct ri_fstab_lines {
	struct ri_fstab_line *v;
	size_t n;
};

/**
 * Sort the lines of @text, the fstab of a system on @disk, which *@out points into.
 *
 * A device is known by UUID, label, PARTUUID or PARTLABEL, however it is written, by its volume's path, or as a
 * part of the first disk (/dev/sda1, /dev/vda1, /dev/nvme0n1p1). _netdev, nofail and the like do not change
 * where it is. noauto counts only where neither an option of systemd's (systemd.mount(5): x-systemd.automount,
 * wanted-by, required-by) nor another line (a mount point or a source below it, x-systemd.requires) has it
 * mounted, nor is it one of the mount points @automounts (NULL: there are none), and not for /boot, which a build
 * needs.
 *
 * @return 0; -1 RI_E_GUEST: "line 4, column 1: " and what cannot be said, and what to write instead;
 *         RI_E_BUDGET: as ri_fstab_check; RI_E_NOMEM.
 */
int ri_fstab_sort(struct ri_span text, const struct ri_ondisk *disk,
    const struct ri_strv *automounts, struct ri_fstab_lines *out, struct ri_err *e) RI_MUST_CHECK;
void ri_fstab_lines_free(struct ri_fstab_lines *l);
