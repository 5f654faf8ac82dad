// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/undo.h"
#include "loader/mounts.h"

#include <sys/mount.h>

/** Whether something of type @type (any where NULL) is mounted on top at @point. */
static int is_mounted(const struct ri_load_opts *o, const char *point, const char *type, bool *yes,
    struct ri_err *e)
{
	RI_BUF text = { 0 };
	RI_FREE char *found = NULL;

	if (ri_read_text(o->mountinfo, &text, e) < 0 ||
	    ri_mounted_type(ri_buf_span(&text), point, &found, e) < 0)
		return -1;
	*yes = found && (!type || strcmp(found, type) == 0);
	return 0;
}

static int undo(const struct ri_load_opts *o, struct ri_err *e)
{
	struct ri_err busy;
	bool aside, ram;

	if (is_mounted(o, o->aside, NULL, &aside, e) < 0)
		return -1;
	if (!aside)
		return 0; /* the disk's root never moved, so no tmpfs was mounted either */
	if (is_mounted(o, o->root, "tmpfs", &ram, e) < 0)
		return -1;
	/* Lazily where a stray process still looks at it: nothing may stand in the disk's way. */
	if (ram && ri_mount_off(o->root, &busy) < 0 && umount2(o->root, MNT_DETACH) < 0) {
		*e = busy;
		return -1;
	}
	return ri_mount_move(o->aside, o->root, e);
}

int ri_load_undo(const struct ri_load_opts *o, struct ri_err *e)
{
	struct ri_err ignored;
	bool mounted;

	if (o->no_mount)
		return 0;
	if (o->archive_root && is_mounted(o, o->archive_root, NULL, &mounted, &ignored) == 0 &&
	    mounted && ri_mount_off(o->archive_root, &ignored) == 0)
		rmdir(o->archive_root);
	if (undo(o, e) == 0) {
		rmdir(o->aside);
		return 0;
	}
	e->code = RI_E_COMMIT;
	return ri_ctx(e, "putting the disk's root back");
}
