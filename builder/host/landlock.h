// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Landlock (landlock(7)): which files a process and what it starts can still open.
 */
#include "base/err.h"

#include <stdbool.h>

enum ri_landlock_may {
	RI_LANDLOCK_READ,  /* read files, list directories */
	RI_LANDLOCK_RUN,   /* and execute */
	RI_LANDLOCK_WRITE, /* read and write a file or device that exists */
	RI_LANDLOCK_FILL,  /* all that goes on below a directory, making and removing among it */
};

/**
 * A set of rules that allows nothing yet: all that this kernel's Landlock knows is denied.
 * @return 0 with its descriptor, for close(2), in *@rules, or -1 there where the kernel has no Landlock or a
 *         container keeps it away (systemd-nspawn's filter answers EPERM); -1 RI_E_IO.
 */
int ri_landlock_rules(int *rules, struct ri_err *e) RI_MUST_CHECK;

/**
 * Allow @may for the file at @path, or all below it.
 * @return 0, also where nothing is there; -1 RI_E_IO.
 */
int ri_landlock_allow(int rules, const char *path, enum ri_landlock_may may,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Hold this thread and what it starts to @rules, for good; it has set no_new_privs. Nothing but a system
 * call, for use after fork(2). @return 0; -1 see errno.
 */
int ri_landlock_enter(int rules) RI_MUST_CHECK;

/**
 * Deny this process everything that Landlock knows.
 * @return 0, *@there false where there is none; -1 RI_E_IO.
 */
int ri_landlock_nothing(bool *there, struct ri_err *e) RI_MUST_CHECK;
