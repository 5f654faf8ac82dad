// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * ramload, the static loader, built into the program (cmake/Embed.cmake).
 */
#include "base/buf.h"

/** Its first byte, and the one after its last. */
extern const char ri_asset_ramload[], ri_asset_ramload_end[];

/** All of its bytes. */
static inline struct ri_span ri_asset_ramload_span(void)
{
	return ri_span(ri_asset_ramload, (size_t)(ri_asset_ramload_end - ri_asset_ramload));
}
