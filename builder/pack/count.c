// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/count.h"
#include "format/posixacl.h"
#include "format/xattrs.h"

#include <archive_entry.h>

#define CAPABILITY "security.capability"

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int count_type(struct archive_entry *from, struct ri_pack_counts *counts, struct ri_err *e)
{
	const char *target;

	switch (archive_entry_filetype(from)) {
	case AE_IFREG:
	case AE_IFDIR:
	case AE_IFIFO:
	case AE_IFCHR:
	case AE_IFBLK:
		return 0;
	case AE_IFLNK:
		target = archive_entry_symlink(from);
		if (!target || !*target)
			return ri_fail(e, RI_E_GUEST, 0, "a symbolic link without a target");
		ri_tmpfs_need_symlink(&counts->need, strlen(target));
		return 0;
	default:
		return ri_fail(e, RI_E_GUEST, 0, "an inode of the unknown type 0%o",
		    (unsigned)archive_entry_filetype(from));
	}
}

static int count_xattrs(struct archive_entry *from, struct ri_pack_counts *counts, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs all = { 0 };
	uint64_t kept = 0;

	if (ri_xattrs_get(&all, from, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct ri_xattr *x = &all.v[i];

		kept += ri_posixacl_stays(x->name, ri_buf_span(&x->value));
		ri_tmpfs_need_xattr(&counts->need, strlen(x->name), x->value.n);
	}
	counts->acl_files +=
	    ri_xattrs_find(&all, RI_ACL_ACCESS) || ri_xattrs_find(&all, RI_ACL_DEFAULT);
	counts->capability_files += ri_xattrs_find(&all, CAPABILITY) != NULL;
	counts->xattr_files += kept > 0;
	counts->xattrs += kept;
	return 0;
}

int ri_pack_count(struct archive_entry *from, struct ri_pack_counts *counts, struct ri_err *e)
{
	const char *name = last_component(archive_entry_pathname(from));

	if (archive_entry_hardlink(from)) {
		ri_tmpfs_need_link(&counts->need, name);
		return 0;
	}
	ri_tmpfs_need_inode(&counts->need, name);
	return count_type(from, counts, e) < 0 ? -1 : count_xattrs(from, counts, e);
}
