// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/appliance.h"
#include "appliance/internal.h"

#include <errno.h>

static int do_shutdown(struct ri_guest_rw *w, struct ri_err *e)
{
	struct ri_appliance *gfs = (struct ri_appliance *)w;
	int rc;

	ri_watchdog_ending(&gfs->watch, RI_APPLIANCE_END_LIMIT_S);
	rc = guestfs_shutdown(gfs->h);
	if (gfs->watch.expired)
		return ri_fail(e, RI_E_IO, 0, "the appliance did not end within %d s",
		    RI_APPLIANCE_END_LIMIT_S);
	return rc < 0 ? ri_appliance_fail(gfs->h, e, "ending the appliance") : 0;
}

static void do_close(struct ri_guest *g)
{
	ri_appliance_let_go((struct ri_appliance *)g);
	free(g);
}

static const struct ri_guest_ops ops = {
	.filesystems = ri_appliance_filesystems,
	.preen = ri_appliance_preen,
	.unclean = ri_appliance_unclean,
	.describe = ri_appliance_describe,
	.mount = ri_appliance_mount,
	.subvolumes = ri_appliance_subvolumes,
	.mount_subvolume = ri_appliance_mount_subvolume,
	.is_snapshot = ri_appliance_is_snapshot,
	.umount_all = ri_appliance_umount_all,
	.tags = ri_appliance_tags,
	.device = ri_appliance_device,
	.space = ri_appliance_space,
	.kind = ri_appliance_kind,
	.resolve = ri_appliance_resolve,
	.list = ri_appliance_list,
	.read = ri_appliance_read,
	.download = ri_appliance_download,
	.sha256 = ri_appliance_sha256,
	.glob = ri_appliance_glob,
	.usage = ri_appliance_usage,
	.source = ri_appliance_source,
	.close = do_close,
};

static const struct ri_guest_write_ops write_ops = {
	.write = ri_appliance_write,
	.upload = ri_appliance_upload,
	.attrs = ri_appliance_attrs,
	.mtime = ri_appliance_mtime,
	.set_mtime = ri_appliance_set_mtime,
	.rename = ri_appliance_rename,
	.remove = ri_appliance_remove,
	.rmdir = ri_appliance_rmdir,
	.remove_tree = ri_appliance_remove_tree,
	.trim = ri_appliance_trim,
	.mkdirs = ri_appliance_mkdirs,
	.sync = ri_appliance_sync,
	.shutdown = do_shutdown,
};

static void gfs_end(struct ri_appliance **gfs)
{
	if (*gfs)
		do_close(&(*gfs)->w.g);
}

int ri_appliance_open(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e)
{
	RI_ON_EXIT(gfs_end) struct ri_appliance *gfs = calloc(1, sizeof *gfs);

	if (!gfs)
		return ri_nomem(e);
	gfs->w.g.ops = &ops;
	gfs->w.ops = &write_ops;
	gfs->uploads = use->uploads;
	gfs->handover = (struct ri_transfer)RI_TRANSFER_INIT;
	gfs->reads = use->reads;
	gfs->tree = (struct ri_tree_disk)RI_TREE_DISK_INIT;
	if (ri_appliance_launch(gfs, s, use, e) < 0)
		return -1;
	*out = &ri_steal(gfs)->w;
	return 0;
}

bool ri_appliance_has_kvm(const struct ri_guest_rw *w)
{
	return ((const struct ri_appliance *)w)->with_kvm;
}
