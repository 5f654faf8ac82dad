// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A tool that is not started by us but by a library, which is told a path for it: a link to this program, which
 * sees by its name what it is, gives up what the tool is not to have, and becomes the tool.
 */
#include "base/buf.h"
#include "base/strv.h"
#include "host/dir.h"
#include "host/tool.h"

/** The name of the link. */
#define RI_TOOL_LINK "ramimg-confined"

/**
 * Make the link in @d, and next to it what it is to become: @program, a path, with @arguments after those
 * that it is started with.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_tool_link(const struct ri_dir *d, const char *program, const struct ri_strv *arguments,
    const struct ri_tool *t, struct ri_err *e) RI_MUST_CHECK;

/** Whether this process was started by such a link. */
bool ri_tool_is_link(const char *argv0);

/**
 * Become the tool; its TMPDIR is the link's directory. @return never, or -1: RI_E_IO, RI_E_NOMEM.
 */
int ri_tool_become(int argc, char **argv, struct ri_err *e);
