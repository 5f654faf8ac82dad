// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/tool_files.h"

void ri_tool_files_add(struct ri_tool_files *f, const char *path, enum ri_landlock_may may)
{
	if (path && f->n < sizeof f->v / sizeof *f->v)
		f->v[f->n++] = (struct ri_tool_file){ path, may };
}

void ri_tool_files_add_volume(struct ri_tool_files *f, const struct ri_volume *v,
    enum ri_landlock_may may)
{
	ri_tool_files_add(f, v->path, may);
	for (size_t i = 0; i < v->below_n; i++)
		ri_tool_files_add(f, v->below[i].path, RI_LANDLOCK_READ);
}

void ri_tool_files_add_stage(struct ri_tool_files *f, const struct ri_stage *s)
{
	ri_tool_files_add(f, s->overlay, RI_LANDLOCK_READ);
	ri_tool_files_add_volume(f, s->volume, RI_LANDLOCK_READ);
}

struct ri_tool ri_tool_files_keep(const struct ri_tool_files *f)
{
	return (struct ri_tool){ .files = f->v, .n = f->n };
}
