// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/is_built.h"
#include "os/filesystems.h"
#include "plan/guest_paths.h"

/* As a file on the root's file system, and on a separate /boot's. */
static const char *const traces[] = { RI_PATH_STATE, RI_PATH_INITRD, "/initrd.img-ramboot" };

static int has_traces(struct ri_guest *g, const char *device, bool *found, struct ri_err *e)
{
	enum ri_kind kind = RI_KIND_NONE;
	bool bad;

	if (g->ops->preen(g, device, &bad, e) < 0 || g->ops->umount_all(g, e) < 0 ||
	    g->ops->mount(g, device, "/", true, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof traces / sizeof traces[0] && kind == RI_KIND_NONE; i++)
		if (g->ops->kind(g, traces[i], &kind, e) < 0)
			return -1;
	*found = kind != RI_KIND_NONE;
	return 0;
}

/* Whether an ordinary system could have its root or /boot there. */
static bool may_hold_them(const char *type)
{
	static const char *const never[] = { "", "swap", "vfat", "LVM2_member" };

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (strcmp(type, never[i]) == 0)
			return false;
	return true;
}

static int look(struct ri_guest *g, enum ri_built *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist l = { 0 };
	bool others = false, looked = false, found = false;

	if (g->ops->filesystems(g, &l, e) < 0)
		return -1;
	for (size_t i = 0; i < l.n && !found; i++) {
		if (!ri_filesystem_has_e2fsck(l.v[i].type)) {
			others = others || may_hold_them(l.v[i].type);
			continue;
		}
		looked = true;
		if (has_traces(g, l.v[i].device, &found, e) < 0)
			return -1;
	}
	if (found)
		*out = RI_BUILT_YES;
	else if (looked && !others)
		*out = RI_BUILT_NO;
	return 0;
}

static int open_and_look(const struct ri_session_openers *by, const char *path, const char *format,
    enum ri_built *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;

	if (ri_volume_open(path, format, RI_VOLUME_LOOK, &v, e) < 0 || by->reader(&v, &g, e) < 0)
		return -1;
	return look(g, out, e);
}

int ri_is_built_by(const struct ri_session_openers *by, const char *path, const char *format,
    enum ri_built *out, struct ri_err *e)
{
	struct ri_err why = { 0 };

	*out = RI_BUILT_UNKNOWN;
	if (open_and_look(by, path, format, out, &why) == 0 ||
	    (why.code != RI_E_NOMEM && why.code != RI_E_CANCELLED))
		return 0;
	*e = why;
	return -1;
}

int ri_is_built(const char *path, const char *format, enum ri_built *out, struct ri_err *e)
{
	return ri_is_built_by(&ri_session_openers, path, format, out, e);
}
