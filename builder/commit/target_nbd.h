// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A volume that is not raw as a commit's target: qemu-nbd writes its format.
 */
#include "commit/target.h"
#include "volume/volume.h"

/** As ri_target_open, for a @v that is not raw. */
int ri_target_nbd(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e) RI_MUST_CHECK;
