// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/identity.h"
#include "format/archive_id.h"

int ri_identity_check(struct ri_span tar, const char *build_id, struct ri_err *e)
{
	char found[RI_BUILD_ID_LEN + 1];

	if (!ri_archive_id_find(tar, found))
		return ri_fail(e, RI_E_VERIFY, 0,
		    "not an archive that ramimg built: it begins without a build id");
	if (strcmp(found, build_id) != 0)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "the archive is of build %s, the initrd of build %s", found, build_id);
	return 0;
}

int ri_member_name_check(const char *path, struct ri_err *e)
{
	if (path[0] == '\0')
		return ri_fail(e, RI_E_VERIFY, 0, "hostile archive: a member without a name");
	if (path[0] == '/')
		return ri_fail(e, RI_E_VERIFY, 0, "hostile archive: the absolute name \"%.100s\"",
		    path);
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return ri_fail(e, RI_E_VERIFY, 0,
			    "hostile archive: the name \"%.100s\" leads out", path);
	}
	return 0;
}
