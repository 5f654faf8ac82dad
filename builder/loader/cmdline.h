// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the kernel line says to the loader. Words are separated by blanks; the last of a kind counts.
 *
 *   quiet              only the last line on the consoles, and what went wrong
 *   ramimg.disk        boot from the disk this time
 *   ramimg.foreign     load whatever archive lies at the manifest's path (loader/foreign.h)
 *   ramimg.size=SIZE   the tmpfs' size instead of the build's, as ri_tmpfs_size_check takes it
 */
#include "format/manifest.h"

/** Whether the kernel line @cmdline has the word @word. */
bool ri_cmdline_has(struct ri_span cmdline, const char *word);

/**
 * Apply the line's words to the manifest.
 * @return 0; -1 RI_E_CONFIG "ramimg.size=…: …", "ramimg.disk is on the kernel line";
 *         RI_E_NOMEM. The boot goes on from the disk, with that as its reason.
 */
int ri_cmdline_apply(struct ri_span cmdline, struct ri_manifest *m, struct ri_err *e) RI_MUST_CHECK;
