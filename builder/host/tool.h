// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a program of QEMU's keeps, which parses what a guest or a stranger wrote: the files that it was
 * started for, and the right to open them. docs/confinement.md has the table.
 */
#include "host/landlock.h"

#include <stddef.h>

#include <linux/filter.h>

struct ri_tool_file {
	const char *path; /* what exists; borrowed */
	enum ri_landlock_may may;
};

struct ri_tool {
	const struct ri_tool_file
	    *files; /* all that it has to open, apart from libraries and sysfs */
	size_t n;
	bool appliance; /* it begins as root, takes another user itself, and has its own filter */
	bool machine;   /* it is a virtual machine, whose memory and time are what it was given */
};

/** A tool about to be started, for ri_tool_free. Initialise with RI_TOOL_READY_INIT. */
struct ri_tool_ready {
	const struct ri_tool *tool; /* borrowed */
	char *program;              /* where it is: a path */
	int rules;                  /* of Landlock; -1: the kernel has none */
	struct sock_fprog filter;   /* of seccomp(2); len 0: none */
};
#define RI_TOOL_READY_INIT                                                                         \
	{                                                                                          \
		.rules = -1                                                                        \
	}

/**
 * Look for @name in PATH, and prepare what ri_tool_enter needs.
 * @return 0; -1 RI_E_IO "cannot run NAME: …", RI_E_NOMEM.
 */
int ri_tool_prepare(const struct ri_tool *t, const char *name, struct ri_tool_ready *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_tool_free(struct ri_tool_ready *r);

/**
 * Give up the rest, in the process that becomes the program; system calls alone, for use after fork(2).
 * Started by root it becomes nobody where nobody can open the files as @tool says; else it stays root
 * without a capability, or with the one that opens files of others. What it may then open, by Landlock,
 * are those files and, to read, libraries and sysfs. No process can be started, no socket made, and
 * none of the system calls of administration made.
 * @return 0; -1 see errno: the process must not go on.
 */
int ri_tool_enter(const struct ri_tool_ready *r) RI_MUST_CHECK;
