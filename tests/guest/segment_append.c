// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * segment_append BASE OUT MANIFEST: the initrd BASE with the archive that a build adds.
 */
#include "host/hostfile.h"
#include "initrd/append.h"
#include "parse/initrd.h"
#include "plan/guest_paths.h"
#include "support/parse_child.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents parents = { 0 };
	RI_BUF manifest = { 0 };
	struct ri_initrd_info info;
	struct ri_err e;
	int status;

	if (parse_child(argc, argv, &status))
		return status;
	if (argc != 4)
		return 2;
	if (ri_file_read(argv[3], 1 << 20, &manifest, &e) == 0) {
		const struct ri_initrd_member members[] = {
			{ "scripts/ramimg", 0644, ri_str("mountroot() { :; }\n") },
			{ RI_MEMBER_RAMLOAD, 0755, ri_str("no program\n") },
			{ RI_MEMBER_MANIFEST, 0644, ri_buf_span(&manifest) },
		};

		const struct ri_initrd_addition add = { members, 3, &parents };

		if (ri_parse_initrd_check(argv[1], argv[1], &info, &e) == 0 &&
		    ri_parse_initrd_parents(argv[1], argv[1], members, 3, &parents, &e) == 0 &&
		    ri_initrd_append(argv[1], argv[2], &add, &e) == 0)
			return 0;
	}
	fprintf(stderr, "%s\n", e.msg);
	return 1;
}
