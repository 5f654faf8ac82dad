// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Kernel modules that the initrd brings for the compressed form.
 */
#include "base/strv.h"

/**
 * Load the files @names of the directory @dir in their order (finit_module(2)). One that is there already is fine.
 * @return 0; -1 RI_E_IO naming the file.
 */
int ri_kmods_load(const char *dir, const struct ri_strv *names, struct ri_err *e) RI_MUST_CHECK;
