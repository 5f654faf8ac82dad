// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/entry.h"
#include "format/posixacl.h"
#include "format/xattrs.h"

#include <archive.h>
#include <archive_entry.h>

/* "./path", with a "/" at the end of a directory's. */
static int set_path(struct archive_entry *to, const char *path, bool dir, struct ri_err *e)
{
	RI_FREE char *full = NULL;

	if (strcmp(path, ".") == 0) {
		archive_entry_copy_pathname(to, "./");
		return 0;
	}
	if (asprintf(&full, "./%s%s", path, dir ? "/" : "") < 0) {
		full = NULL;
		return ri_nomem(e);
	}
	archive_entry_copy_pathname(to, full);
	return 0;
}

static int set_link(struct archive_entry *to, const char *target, struct ri_err *e)
{
	RI_FREE char *full = NULL;

	if (asprintf(&full, "./%s", target) < 0) {
		full = NULL;
		return ri_nomem(e);
	}
	archive_entry_copy_hardlink(to, full);
	return 0;
}

/*
 * libarchive writes a negative time's seconds and fraction beside each other, so -1.5 s must be given
 * as -1 and .5. Between -1 and 0 it cannot write the sign: the fraction is dropped.
 */
static void set_mtime(struct archive_entry *from, struct archive_entry *to)
{
	time_t sec = archive_entry_mtime(from);
	long nsec = archive_entry_mtime_nsec(from);

	if (sec == -1)
		nsec = 0;
	if (sec < 0 && nsec > 0) {
		sec++;
		nsec = 1000000000 - nsec;
	}
	archive_entry_set_mtime(to, sec, nsec);
}

/* ACLs become lines of text if they can. */
static int take(const struct ri_xattr *x, struct ri_xattrs *keep, struct archive_entry *to,
    struct ri_err *e)
{
	struct ri_span value = ri_buf_span(&x->value);

	return ri_posixacl_stays(x->name, value)
		   ? ri_xattrs_add(keep, ri_str(x->name), value, e)
		   : ri_posixacl_to_entry(value, ri_posixacl_type(x->name), to, e);
}

static int set_xattrs(struct archive_entry *from, struct archive_entry *to, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs all = { 0 }, keep = { 0 };

	if (ri_xattrs_get(&all, from, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (take(&all.v[i], &keep, to, e) < 0)
			return -1;
	return ri_xattrs_set(&keep, to, e);
}

/* What is of its type alone. */
static void set_more(struct archive_entry *from, struct archive_entry *to)
{
	switch (archive_entry_filetype(from)) {
	case AE_IFCHR:
	case AE_IFBLK:
		archive_entry_set_rdevmajor(to, archive_entry_rdevmajor(from));
		archive_entry_set_rdevminor(to, archive_entry_rdevminor(from));
		break;
	case AE_IFLNK:
		archive_entry_copy_symlink(to, archive_entry_symlink(from));
		break;
	default:
		break;
	}
}

int ri_pack_entry_make(struct archive_entry *from, struct archive_entry *to, struct ri_err *e)
{
	const char *path = archive_entry_pathname(from), *link = archive_entry_hardlink(from);

	if (set_path(to, path, !link && archive_entry_filetype(from) == AE_IFDIR, e) < 0)
		return -1;
	/* The type first: setting the mode's other bits leaves it. */
	archive_entry_set_filetype(to, archive_entry_filetype(from));
	archive_entry_set_perm(to, archive_entry_perm(from));
	archive_entry_set_uid(to, archive_entry_uid(from));
	archive_entry_set_gid(to, archive_entry_gid(from));
	set_mtime(from, to);
	if (link)
		return set_link(to, link, e);
	set_more(from, to);
	return set_xattrs(from, to, e);
}
