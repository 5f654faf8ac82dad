// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a program of QEMU's that works on a volume has to open.
 */
#include "host/tool.h"
#include "volume/chain.h"
#include "volume/stage.h"

/** Room for an overlay, a volume, all that it builds on, what is written, and a device. */
struct ri_tool_files {
	struct ri_tool_file v[RI_CHAIN_MAX + 4];
	size_t n;
};

/** One more file, or none if @path is NULL. @path is borrowed. */
void ri_tool_files_add(struct ri_tool_files *f, const char *path, enum ri_landlock_may may);
/** @v with @may, and to be read what it builds on. */
void ri_tool_files_add_volume(struct ri_tool_files *f, const struct ri_volume *v,
    enum ri_landlock_may may);
/** The overlay of @s and all below it, to be read. */
void ri_tool_files_add_stage(struct ri_tool_files *f, const struct ri_stage *s);
/** They as what a tool keeps; @f is borrowed. */
struct ri_tool ri_tool_files_keep(const struct ri_tool_files *f);
