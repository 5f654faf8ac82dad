// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where volumes are (pve-storage, each plugin's filesystem_path, path and rbd's get_rbd_dev_path).
 */
#include "pveconf/volid_path.h"

/* Whether one of the parts between slashes is "..". */
static bool climbs(const char *path)
{
	for (const char *c = path; *c;) {
		size_t n = strcspn(c, "/");

		if (n == 2 && memcmp(c, "..", 2) == 0)
			return true;
		c += n;
		c += strspn(c, "/");
	}
	return false;
}

/* A setting comes from an administrator, but one that leads elsewhere is not followed. */
static int need(const struct ri_storage *s, const char *value, const char *what, bool absolute,
    struct ri_err *e)
{
	if (!value)
		return ri_fail(e, RI_E_CONFIG, 0, "the storage '%s' has no %s", s->id, what);
	if ((*value == '/') == absolute && *value != '-' && !climbs(value))
		return 0;
	return ri_fail(e, RI_E_CONFIG, 0, "the storage '%s': %s '%.200s' must be %s", s->id, what,
	    value, absolute ? "an absolute path without .." : "a name without / before it or ..");
}

static int file_path(const struct ri_storage *s, const struct ri_volname *v, struct ri_buf *out,
    struct ri_err *e)
{
	if (need(s, s->path, "path", true, e) < 0 ||
	    need(s, s->images_dir, "content-dirs", false, e) < 0)
		return -1;
	ri_buf_addf(out, "%s/%s/%s/", s->path, s->images_dir, v->dir ? v->dir : "");
	/*
	 * A raw disk on btrfs is a file in a subvolume of its name, so that it can be snapshotted.
	 */
	if (s->type == RI_STORAGE_BTRFS && strcmp(v->format, "raw") == 0)
		ri_buf_addf(out, "%.*s/disk.raw", (int)(strlen(v->name) - strlen(".raw")), v->name);
	else
		ri_buf_add_str(out, v->name);
	return ri_buf_check(out, e);
}

static int rbd_path(const struct ri_storage *s, const struct ri_volname *v, struct ri_buf *out,
    struct ri_err *e)
{
	if (need(s, s->pool, "pool", false, e) < 0 ||
	    (s->rbd_ns && need(s, s->rbd_ns, "namespace", false, e) < 0))
		return -1;
	if (s->fsid)
		ri_buf_addf(out, "/dev/rbd-pve/%s/%s/", s->fsid, s->pool);
	else
		ri_buf_addf(out, "/dev/rbd-pve/unknown-%s/%s/", s->id, s->pool);
	if (s->rbd_ns)
		ri_buf_addf(out, "%s/", s->rbd_ns);
	ri_buf_add_str(out, v->name);
	return ri_buf_check(out, e);
}

int ri_volname_path(const struct ri_storage *s, const struct ri_volname *v, struct ri_buf *out,
    struct ri_err *e)
{
	switch (s->type) {
	case RI_STORAGE_DIR:
	case RI_STORAGE_NFS:
	case RI_STORAGE_CIFS:
	case RI_STORAGE_BTRFS:
		return file_path(s, v, out, e);
	case RI_STORAGE_LVM:
	case RI_STORAGE_LVMTHIN:
		if (need(s, s->vgname, "vgname", false, e) < 0)
			return -1;
		ri_buf_addf(out, "/dev/%s/%s", s->vgname, v->name);
		return ri_buf_check(out, e);
	case RI_STORAGE_ZFSPOOL:
		if (need(s, s->pool, "pool", false, e) < 0)
			return -1;
		ri_buf_addf(out, "/dev/zvol/%s/%s", s->pool, v->name);
		return ri_buf_check(out, e);
	case RI_STORAGE_RBD:
		return rbd_path(s, v, out, e);
	case RI_STORAGE_ISCSI:
		ri_buf_addf(out, "/dev/disk/by-id/%s", v->name);
		return ri_buf_check(out, e);
	case RI_STORAGE_OTHER:
		break;
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "the storage '%s' has no paths that are known here",
	    s->id);
}
