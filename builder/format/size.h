// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Sizes as people write them: "64M", "2G", a percentage of the RAM.
 */
#include "base/err.h"

#include <stdint.h>

/**
 * "64M", "2G", "512K", "1T", "123" -> bytes; units are powers of 1024, in upper or lower case.
 * @return 0; -1 RI_E_CONFIG with the reason.
 */
int ri_size_parse(const char *text, uint64_t *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * A tmpfs size= value (tmpfs(5)): "1%".."100%", or a size above 0 as ri_size_parse takes it.
 * @return 0; -1 RI_E_CONFIG.
 */
int ri_tmpfs_size_check(const char *text, struct ri_err *e) RI_MUST_CHECK;
