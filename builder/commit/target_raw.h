// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A raw volume as a commit's target: it is written through the descriptor that was checked.
 */
#include "commit/target.h"
#include "volume/volume.h"

/** As ri_target_open, for a @v that is raw. */
int ri_target_raw(const struct ri_volume *v, struct ri_target **out,
    struct ri_err *e) RI_MUST_CHECK;
