// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The two fstabs of a guest that runs from RAM: on its disk and in the archive.
 */
#include "os/fstab_lines.h"

/** The root's line where each file is in a tmpfs. */
#define RI_FSTAB_TMPFS_ROOT "none / tmpfs defaults 0 0"
/**
 * The same where it is an overlay. systemd mounts the root anew with these options, and an overlay takes none of its
 * own then: mount(8) of util-linux 2.39 and later would fail with "No changes allowed in reconfigure" (fs/overlayfs/params.c,
 * ovl_parse_param, since Linux 6.5). So only the VFS's may stand here.
 */
#define RI_FSTAB_OVERLAY_ROOT "overlay / overlay rw,relatime 0 0"

/**
 * The fstab that stays on the disk, whatever the form: the root's line becomes RI_FSTAB_TMPFS_ROOT (with that
 * line's own end), all else stays.
 * @return 0; -1 with RI_E_GUEST: "no entry for /", "two entries for / (lines 3 and 9)",
 *         "line 4 contains a NUL byte"; RI_E_NOMEM.
 */
int ri_fstab_to_ram(struct ri_span in, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * The fstab inside the archive: as ri_fstab_to_ram, but with the line @root, and lines that need the disk are commented
 * out, each with "#ramimg: " in front: what @lines, sorted from @in, has as HERE, SWAP, or ON_DEMAND on this disk.
 * @return 0; -1 as ri_fstab_to_ram.
 */
int ri_fstab_for_archive(struct ri_span in, const char *root, const struct ri_fstab_lines *lines,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Undo ri_fstab_to_ram on a file that may have been edited since: its "none / tmpfs" root line
 * becomes the root line of @orig again, all else of @now stays, that line's own end too. If the
 * root of @now is no longer a tmpfs, somebody has already undone it, and @now passes through.
 * @return 0; -1 with RI_E_GUEST where either has not exactly one root line (as ri_fstab_to_ram says
 *         it, for @orig behind "the original fstab: ").
 */
int ri_fstab_restore(struct ri_span now, struct ri_span orig, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
