// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The blocks by which the part of a disk is recognised that a commit does not write.
 */
#include <stddef.h>
#include <stdint.h>

#define RI_SAMPLE_MAX 600

/**
 * The offsets of a disk of @size bytes in @out, rising: its beginning and its end, where partition tables
 * are, and blocks at equal distances in between; all of them where the disk is small.
 * @return how many.
 */
size_t ri_sample(uint64_t size, uint64_t out[RI_SAMPLE_MAX]);
