// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * diskless_tool bring INITRD ARCHIVE: the initrd brings the archive, as a build with --diskless has it.
 * diskless_tool iso OUT KERNEL INITRD CMDLINE: the ISO of --iso.
 */
#include "initrd/bring.h"
#include "iso/iso.h"
#include "plan/guest_paths.h"

#include <stdio.h>

static int iso(char **argv, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending to = RI_PENDING_INIT;
	const struct ri_iso_spec s = { .id = "0123456789abcdef0123456789abcdef",
		.os_name = "Test 1",
		.cmdline = argv[5],
		.kernel = argv[3],
		.initrd = argv[4],
		.date = 946684800 };

	return ri_iso_check(e) < 0 || ri_pending_open(argv[2], 0600, &to, e) < 0 ||
		       ri_iso_write(&s, &to, e) < 0
		   ? -1
		   : ri_pending_keep(&to, e);
}

int main(int argc, char **argv)
{
	struct ri_err e = { 0 };
	int rc;

	if (argc == 4 && strcmp(argv[1], "bring") == 0)
		rc = ri_initrd_bring(argv[2], RI_MEMBER_ARCHIVE, argv[3], &e);
	else if (argc == 6 && strcmp(argv[1], "iso") == 0)
		rc = iso(argv, &e);
	else
		return 2;
	if (rc < 0)
		fprintf(stderr, "%s\n", e.msg);
	return rc < 0;
}
