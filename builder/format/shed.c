// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/shed.h"

const char *const ri_shed_dirs[] = { "lib/modules", "usr/lib/modules", "lib/firmware",
	"usr/lib/firmware", NULL };

bool ri_shed_has(const char *path)
{
	for (size_t i = 0; ri_shed_dirs[i]; i++) {
		size_t n = strlen(ri_shed_dirs[i]);

		if (strncmp(path, ri_shed_dirs[i], n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}
