// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Where an overlay has data of its own, by qemu-img map.
 */
#include "volume/stage.h"

struct ri_range {
	uint64_t at, bytes;
};

struct ri_ranges {
	struct ri_range *v; /* they rise, and touch neither each other nor the disk's end */
	size_t n;
};
void ri_ranges_free(struct ri_ranges *r);

/**
 * Ask qemu-img for the ranges of the overlay of @s that do not come from the volume below it.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_ranges_of(const struct ri_stage *s, struct ri_ranges *out, struct ri_err *e) RI_MUST_CHECK;

/** The same from what qemu-img map --output=json printed. */
int ri_ranges_parse(struct ri_span json, uint64_t size, struct ri_ranges *out,
    struct ri_err *e) RI_MUST_CHECK;
