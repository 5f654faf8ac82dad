// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * segment_append BASE OUT MANIFEST: the initrd BASE with the archive that a build adds.
 */
#include "host/hostfile.h"
#include "initrd/append.h"
#include "initrd/check.h"
#include "initrd/initrd.h"
#include "plan/guest_paths.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	RI_BUF manifest = { 0 };
	struct ri_initrd_info info;
	struct ri_err e;

	if (argc != 4)
		return 2;
	if (ri_file_read(argv[3], 1 << 20, &manifest, &e) == 0) {
		const struct ri_initrd_member members[] = {
			{ RI_MEMBER_SCRIPT, 0644, ri_str("mountroot() { :; }\n") },
			{ RI_MEMBER_RAMLOAD, 0755, ri_str("no program\n") },
			{ RI_MEMBER_MANIFEST, 0644, ri_buf_span(&manifest) },
		};

		if (ri_initrd_check(argv[1], &info, &e) == 0 &&
		    ri_initrd_append(argv[1], argv[2], members, 3, &e) == 0)
			return 0;
	}
	fprintf(stderr, "%s\n", e.msg);
	return 1;
}
