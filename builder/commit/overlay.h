// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a stage's overlay holds, read without the volume below it.
 */
#include "disk/image.h"
#include "volume/stage.h"

/**
 * The disk as far as the overlay of @s has it; what is not in it reads as zeros.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_overlay_open(const struct ri_stage *s, struct ri_image **out,
    struct ri_err *e) RI_MUST_CHECK;
