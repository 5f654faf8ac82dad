// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An archive that ramimg did not build, loaded because of ramimg.foreign on the kernel line: the
 * manifest says where it is; the rest of it does not apply.
 */
#include "loader/load.h"

/**
 * Make @m the manifest of whatever archive lies at its path: length and compression are the file's,
 * its other figures the largest there are. @return 0; -1 RI_E_IO, RI_E_VERIFY (neither gzip nor
 * zstd), RI_E_NOMEM.
 */
int ri_foreign_adopt(const struct ri_load_opts *o, struct ri_manifest *m,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether the tree at @root has a program that a boot would start; one without would leave the
 * machine hanging, and no manifest has vouched for it. Ends with @root as the process's root: for
 * the end of a process of its own. @return 0; -1 RI_E_VERIFY, RI_E_IO.
 */
int ri_foreign_bootable(const char *root, struct ri_err *e) RI_MUST_CHECK;
