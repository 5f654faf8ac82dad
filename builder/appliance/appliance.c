#include "appliance/appliance.h"
#include "appliance/internal.h"

#include <errno.h>

static int do_shutdown(struct ri_guest *g, struct ri_err *e)
{
	struct ri_gfs *gfs = (struct ri_gfs *)g;
	int rc;

	ri_watch_ending(&gfs->watch, RI_GFS_END_LIMIT_S);
	rc = guestfs_shutdown(gfs->h);
	if (gfs->watch.expired)
		return ri_fail(e, RI_E_IO, 0, "the appliance did not end within %d s",
		    RI_GFS_END_LIMIT_S);
	return rc < 0 ? ri_gfs_fail(gfs->h, e, "ending the appliance") : 0;
}

static void do_close(struct ri_guest *g)
{
	ri_gfs_let_go((struct ri_gfs *)g);
	free(g);
}

static const struct ri_guest_ops ops = {
	.filesystems = ri_gfs_filesystems,
	.preen = ri_gfs_preen,
	.roots = ri_gfs_roots,
	.os = ri_gfs_os,
	.mount = ri_gfs_mount,
	.umount_all = ri_gfs_umount_all,
	.tags = ri_gfs_tags,
	.device = ri_gfs_device,
	.space = ri_gfs_space,
	.kind = ri_gfs_kind,
	.resolve = ri_gfs_resolve,
	.list = ri_gfs_list,
	.read = ri_gfs_read,
	.write = ri_gfs_write,
	.upload = ri_gfs_upload,
	.download = ri_gfs_download,
	.attrs = ri_gfs_attrs,
	.rename = ri_gfs_rename,
	.remove = ri_gfs_remove,
	.rmdir = ri_gfs_rmdir,
	.mkdirs = ri_gfs_mkdirs,
	.sync = ri_gfs_sync,
	.sha256 = ri_gfs_sha256,
	.glob = ri_gfs_glob,
	.usage = ri_gfs_usage,
	.tar_out = ri_gfs_tar_out,
	.shutdown = do_shutdown,
	.close = do_close,
};

static void gfs_end(struct ri_gfs **gfs)
{
	if (*gfs)
		do_close(&(*gfs)->g);
}

int ri_guest_open(const struct ri_stage *s, const struct ri_guest_use *use, struct ri_guest **out,
    struct ri_err *e)
{
	RI_ON_EXIT(gfs_end) struct ri_gfs *gfs = calloc(1, sizeof *gfs);

	if (!gfs)
		return ri_nomem(e);
	gfs->g.ops = &ops;
	gfs->uploads = use->uploads;
	gfs->handover = (struct ri_handover)RI_HANDOVER_INIT;
	if (ri_gfs_launch(gfs, s, use->reads, e) < 0)
		return -1;
	*out = &ri_steal(gfs)->g;
	return 0;
}
