// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A program that asks about an initrd or a tar starts itself once more, to read it (parse/spawn.h).
 */
#include "parse/initrd_server.h"
#include "parse/tar_server.h"

#include <stdbool.h>
#include <stdio.h>

/** Whether main was started for that: then it has been done, and *@status is what to exit with. */
static inline bool parse_child(int argc, char **argv, int *status)
{
	static const struct {
		const char *command;
		int (*serve)(struct ri_err *e);
	} children[] = { { "parse-initrd", ri_initrd_serve }, { "parse-tar", ri_tar_serve } };
	struct ri_err e = { 0 };

	for (size_t i = 0; argc == 2 && i < sizeof children / sizeof *children; i++) {
		if (strcmp(argv[1], children[i].command) != 0)
			continue;
		*status = children[i].serve(&e) < 0;
		if (*status)
			fprintf(stderr, "%s\n", e.msg);
		return true;
	}
	return false;
}
