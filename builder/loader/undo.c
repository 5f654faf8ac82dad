// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/undo.h"
#include "loader/mounts.h"
#include "loader/overlay.h"

#include <sys/mount.h>

/** The type of what is mounted on top at @point, for free(); NULL for nothing. */
static int type_at(const struct ri_load_opts *o, const char *point, char **type, struct ri_err *e)
{
	RI_BUF text = { 0 };

	return ri_read_text(o->mountinfo, &text, e) < 0
		   ? -1
		   : ri_mounted_type(ri_buf_span(&text), point, type, e);
}

/** A root of either form; the disk's has moved away. */
static bool is_ours(const char *type)
{
	return strcmp(type, "tmpfs") == 0 || strcmp(type, "overlay") == 0;
}

static int undo(const struct ri_load_opts *o, struct ri_err *e)
{
	RI_FREE char *aside = NULL;
	RI_FREE char *root = NULL;
	struct ri_err busy;

	if (type_at(o, o->aside, &aside, e) < 0)
		return -1;
	if (!aside)
		return 0; /* the disk's root never moved, so no tmpfs was mounted either */
	if (strcmp(aside, RI_MOUNT_NOTHING) != 0) {
		if (type_at(o, o->root, &root, e) < 0)
			return -1;
		/* Ours is on top. Lazily where a stray process still looks at it: nothing may stand in the disk's way. */
		if (root && is_ours(root) && ri_mount_off(o->root, &busy) < 0 &&
		    umount2(o->root, MNT_DETACH) < 0) {
			*e = busy;
			return -1;
		}
		if (ri_mount_move(o->aside, o->root, e) < 0)
			return -1;
	}
	/* What is left there is in nobody's way if it stays. */
	(void)!ri_mount_off_all(o->mountinfo, o->aside, &busy);
	return 0;
}

int ri_load_undo(const struct ri_load_opts *o, struct ri_err *e)
{
	RI_FREE char *archive = NULL;
	struct ri_err ignored;

	if (o->no_mount)
		return 0;
	if (o->archive_root && type_at(o, o->archive_root, &archive, &ignored) == 0 && archive &&
	    ri_mount_off(o->archive_root, &ignored) == 0)
		rmdir(o->archive_root);
	if (undo(o, e) == 0) {
		rmdir(o->aside);
		ri_layers_end(o->layers);
		return 0;
	}
	e->code = RI_E_COMMIT;
	return ri_ctx(e, "putting the disk's root back");
}
