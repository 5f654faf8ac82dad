// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/release.h"
#include "loader/blockdev.h"
#include "loader/blockuse.h"
#include "loader/detach.h"
#include "loader/lvm.h"

static int keep(struct ri_strv *kept, const char *what, const char *why, struct ri_err *e)
{
	RI_BUF text = { 0 };

	ri_buf_addf(&text, "%s: %s", what, why);
	return ri_buf_check(&text, e) < 0 ? -1 : ri_strv_add(kept, text.p, e);
}

/** Find the disks of all file systems; one that is not found is listed among the kept. */
static int find(const struct ri_release_paths *p, const struct ri_strv *uuids,
    struct ri_strv *disks, struct ri_strv *groups, struct ri_strv *kept, struct ri_err *e)
{
	struct ri_err why;

	for (size_t i = 0; i < uuids->n; i++) {
		RI_FREE char *name = NULL;

		if (ri_block_by_uuid(p, uuids->v[i], &name, &why) == 0 &&
		    ri_block_disks(p, name, disks, groups, &why) == 0)
			continue;
		if (why.code == RI_E_NOMEM)
			return ri_nomem(e);
		if (keep(kept, uuids->v[i], why.msg, e) < 0)
			return -1;
	}
	return 0;
}

static int release_one(const struct ri_release_paths *p, const char *disk, struct ri_strv *released,
    struct ri_strv *kept, struct ri_err *e)
{
	RI_FREE char *why = NULL;
	struct ri_err failed;

	if (ri_block_in_use(p, disk, &why, e) < 0)
		return -1;
	if (why)
		return keep(kept, disk, why, e);
	if (ri_block_flush(p, disk, &failed) < 0 || ri_block_detach(p, disk, &failed) < 0)
		return keep(kept, disk, failed.msg, e);
	return ri_strv_add(released, disk, e);
}

int ri_release(const struct ri_release_paths *p, const struct ri_strv *uuids,
    struct ri_strv *released, struct ri_strv *kept, struct ri_err *e)
{
	RI_STRV disks = { 0 }, groups = { 0 };
	struct ri_err why;

	if (find(p, uuids, &disks, &groups, kept, e) < 0)
		return -1;
	for (size_t i = 0; i < groups.n; i++)
		if (ri_lvm_deactivate(p->lvm, groups.v[i], &why) < 0 &&
		    keep(kept, groups.v[i], why.msg, e) < 0)
			return -1;
	for (size_t i = 0; i < disks.n; i++)
		if (release_one(p, disks.v[i], released, kept, e) < 0)
			return ri_ctx(e, "%s", disks.v[i]);
	return 0;
}
