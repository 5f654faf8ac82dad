// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Loading the appliance's module, which is done only when something needs an appliance: without libguestfs the rest
 * of ramimg works.
 */
#include "appmodule/table.h"
#include "base/buf.h"

/** The module's file. */
#define RI_APPMODULE_FILE "ramimg-appliance.so"

/**
 * The module's path for a program at @exe, an absolute path (NULL: not known). Of a program that is where it is
 * installed, the module is where that is installed, and nowhere else. Of one that is not, as in a build tree, it is
 * beside the program, if it is there and root's or the owner's of the program, and not everybody's to write to. A link to the
 * program is followed, and where rights come with the program (@secure, AT_SECURE of getauxval(3)), somebody without
 * them may have given its file a second name: then its directory says nothing. No variable of the environment and no
 * working directory is asked.
 * @return a path for free(); NULL: no memory.
 */
char *ri_appmodule_path(const char *exe, bool secure);

/**
 * Load the module @path; once loaded, it stays. On failure *@install, if the reason is something that apt can
 * install, is the rest of that command, else NULL; the message does not name it.
 * @return 0; -1 RI_E_IO: it or libguestfs is not there, or it is of another build.
 */
int ri_appmodule_load(const char *path, const struct ri_appmodule **out, const char **install,
    struct ri_err *e) RI_MUST_CHECK;
