// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * For host/tool.c: scripts that stand for qemu-img here start programs and count in files, which a
 * confined one cannot. The real one is confined in the tests of volume/, disk/ and commit/.
 */
#include "host/tool.h"

#include <stdlib.h>
#include <string.h>

int ri_tool_prepare(const struct ri_tool *t, const char *name, struct ri_tool_ready *out,
    struct ri_err *e)
{
	*out = (struct ri_tool_ready)RI_TOOL_READY_INIT;
	out->tool = t;
	out->program = strdup(name);
	return out->program ? 0 : ri_nomem(e);
}

int ri_tool_enter(const struct ri_tool_ready *r)
{
	(void)r;
	return 0;
}

void ri_tool_free(struct ri_tool_ready *r)
{
	free(r->program);
	*r = (struct ri_tool_ready)RI_TOOL_READY_INIT;
}
