// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What libguestfs leaves behind where its process is killed: a directory libguestfsXXXXXX with the sockets
 * to its appliance in it.
 */
#include "base/err.h"

/**
 * Remove the directories of that name in @dir that are this user's, hold sockets and nothing else, and none
 * that a process still has. @unix_sockets: the kernel's list of those, /proc/net/unix. What cannot be
 * removed is logged.
 */
void ri_appliance_sweep(const char *dir, const char *unix_sockets);
