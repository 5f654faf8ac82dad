// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Giving the disk's root back after a failure.
 */
#include "loader/load.h"

/**
 * Take back what ri_load did, as far as it got, by what is mounted now: for a loader that died.
 * @return 0; -1 RI_E_COMMIT.
 */
int ri_load_undo(const struct ri_load_opts *o, struct ri_err *e) RI_MUST_CHECK;
