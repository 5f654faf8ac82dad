// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: files of the mounted guest.
 */
#include "appliance/internal.h"
#include "appliance/tar_source.h"
#include "base/log.h"

#include <errno.h>
#include <stdint.h>

static enum ri_kind kind_of_mode(int64_t mode)
{
	switch (mode & 0170000) {
	case 0100000:
		return RI_KIND_FILE;
	case 0040000:
		return RI_KIND_DIR;
	case 0120000:
		return RI_KIND_LINK;
	default:
		return RI_KIND_OTHER;
	}
}

int ri_appliance_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e)
{
	struct guestfs_statns *st = guestfs_lstatns(ri_appliance_handle(g), path);

	if (!st && (guestfs_last_errno(ri_appliance_handle(g)) == ENOENT ||
		       guestfs_last_errno(ri_appliance_handle(g)) == ENOTDIR ||
		       guestfs_last_errno(ri_appliance_handle(g)) == ELOOP)) {
		*out = RI_KIND_NONE;
		return 0;
	}
	if (!st)
		return ri_appliance_fail(ri_appliance_handle(g), e, path);
	*out = kind_of_mode(st->st_mode);
	guestfs_free_statns(st);
	return 0;
}

int ri_appliance_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(g);

	*out = guestfs_realpath(h, path);
	if (*out)
		return 0;
	ri_appliance_fail(h, e, path);
	e->sys = guestfs_last_errno(h);
	return -1;
}

int ri_appliance_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	RI_APPLIANCE_LIST l = guestfs_ls(ri_appliance_handle(g), dir);
	struct guestfs_statns_list *st;
	RI_FREE uint64_t *s = NULL;

	if (!l)
		return ri_appliance_fail(ri_appliance_handle(g), e, dir);
	if (ri_appliance_copy_list(l, names, e) < 0)
		return -1;
	s = calloc(names->n + 1, sizeof *s);
	if (!s)
		return ri_nomem(e);
	st = guestfs_lstatnslist(ri_appliance_handle(g), dir, l);
	if (!st)
		return ri_appliance_fail(ri_appliance_handle(g), e, dir);
	for (size_t i = 0; i < names->n; i++) {
		bool file = i < st->len && kind_of_mode(st->val[i].st_mode) == RI_KIND_FILE;

		s[i] = file ? (uint64_t)st->val[i].st_size : UINT64_MAX;
	}
	guestfs_free_statns_list(st);
	*sizes = ri_steal(s);
	return 0;
}

static int check_size(struct ri_guest *g, const char *path, uint64_t max, struct ri_err *e)
{
	int64_t size = guestfs_filesize(ri_appliance_handle(g), path);

	if (size < 0)
		return ri_appliance_fail(ri_appliance_handle(g), e, path);
	if ((uint64_t)size > max)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s in the guest has %lld bytes, and may have %llu at most", path,
		    (long long)size, (unsigned long long)max);
	return 0;
}

int ri_appliance_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e)
{
	RI_FREE char *bytes = NULL;
	size_t n;

	if (check_size(g, path, max, e) < 0)
		return -1;
	bytes = guestfs_read_file(ri_appliance_handle(g), path, &n);
	if (!bytes)
		return ri_appliance_fail(ri_appliance_handle(g), e, path);
	ri_buf_add(out, bytes, n);
	return ri_buf_check(out, e);
}

int ri_appliance_write(struct ri_guest_rw *w, const char *path, struct ri_span s, struct ri_err *e)
{
	return guestfs_write(ri_appliance_handle(&w->g), path, s.p, s.n) < 0
		   ? ri_appliance_fail(ri_appliance_handle(&w->g), e, path)
		   : 0;
}

int ri_appliance_download(struct ri_guest *g, const char *path, uint64_t max, const char *host_path,
    struct ri_err *e)
{
	if (check_size(g, path, max, e) < 0)
		return -1;
	return guestfs_download(ri_appliance_handle(g), path, host_path) < 0
		   ? ri_appliance_fail(ri_appliance_handle(g), e, path)
		   : 0;
}

int ri_appliance_attrs(struct ri_guest_rw *w, const char *path, unsigned mode, const char *like,
    struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(&w->g);
	struct guestfs_copy_attributes_argv all = { .bitmask = GUESTFS_COPY_ATTRIBUTES_ALL_BITMASK,
		.all = 1 };

	if (like)
		return guestfs_copy_attributes_argv(h, like, path, &all) < 0
			   ? ri_appliance_fail(h, e, path)
			   : 0;
	if (guestfs_chown(h, 0, 0, path) < 0 || guestfs_chmod(h, (int)mode, path) < 0)
		return ri_appliance_fail(h, e, path);
	return 0;
}

int ri_appliance_mtime(struct ri_guest_rw *w, const char *path, struct timespec *out,
    struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(&w->g);
	struct guestfs_statns *st = guestfs_statns(h, path);

	if (!st)
		return ri_appliance_fail(h, e, path);
	*out = (struct timespec){ .tv_sec = st->st_mtime_sec, .tv_nsec = st->st_mtime_nsec };
	guestfs_free_statns(st);
	return 0;
}

int ri_appliance_set_mtime(struct ri_guest_rw *w, const char *path, const struct timespec *t,
    struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(&w->g);

	return guestfs_utimens(h, path, t->tv_sec, t->tv_nsec, t->tv_sec, t->tv_nsec) < 0
		   ? ri_appliance_fail(h, e, path)
		   : 0;
}

int ri_appliance_rename(struct ri_guest_rw *w, const char *from, const char *to, struct ri_err *e)
{
	return guestfs_rename(ri_appliance_handle(&w->g), from, to) < 0
		   ? ri_appliance_fail(ri_appliance_handle(&w->g), e, to)
		   : 0;
}

int ri_appliance_remove(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	return guestfs_rm(ri_appliance_handle(&w->g), path) < 0
		   ? ri_appliance_fail(ri_appliance_handle(&w->g), e, path)
		   : 0;
}

int ri_appliance_rmdir(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	if (guestfs_rmdir(ri_appliance_handle(&w->g), path) < 0 &&
	    guestfs_last_errno(ri_appliance_handle(&w->g)) != ENOTEMPTY)
		return ri_appliance_fail(ri_appliance_handle(&w->g), e, path);
	return 0;
}

int ri_appliance_remove_tree(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	return guestfs_rm_rf(ri_appliance_handle(&w->g), path) < 0
		   ? ri_appliance_fail(ri_appliance_handle(&w->g), e, path)
		   : 0;
}

int ri_appliance_trim(struct ri_guest_rw *w, const char *path, struct ri_err *e)
{
	static const struct guestfs_fstrim_argv all = { 0 };

	return guestfs_fstrim_argv(ri_appliance_handle(&w->g), path, &all) < 0
		   ? ri_appliance_fail(ri_appliance_handle(&w->g), e, path)
		   : 0;
}

int ri_appliance_mkdirs(struct ri_guest_rw *w, const char *path, unsigned mode, struct ri_err *e)
{
	int there = guestfs_is_dir(ri_appliance_handle(&w->g), path);

	if (there < 0)
		return ri_appliance_fail(ri_appliance_handle(&w->g), e, path);
	if (there)
		return 0;
	if (guestfs_mkdir_p(ri_appliance_handle(&w->g), path) < 0 ||
	    guestfs_chmod(ri_appliance_handle(&w->g), (int)mode, path) < 0)
		return ri_appliance_fail(ri_appliance_handle(&w->g), e, path);
	return 0;
}

int ri_appliance_sync(struct ri_guest_rw *w, struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(&w->g);

	return guestfs_sync(h) < 0 || guestfs_drop_caches(h, 3) < 0
		   ? ri_appliance_fail(h, e, "flushing")
		   : 0;
}

int ri_appliance_sha256(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
    struct ri_err *e)
{
	RI_FREE char *sum = NULL;

	if (ri_appliance_tree_sha256((struct ri_appliance *)g, path, hex, e) < 0)
		return -1;
	if (*hex)
		return 0;
	sum = guestfs_checksum(ri_appliance_handle(g), "sha256", path);
	if (!sum)
		return ri_appliance_fail(ri_appliance_handle(g), e, path);
	snprintf(hex, RI_SHA256_HEX + 1, "%s", sum);
	return 0;
}

int ri_appliance_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out,
    struct ri_err *e)
{
	RI_APPLIANCE_LIST l = guestfs_glob_expand(ri_appliance_handle(g), pattern);

	return l ? ri_appliance_copy_list(l, out, e)
		 : ri_appliance_fail(ri_appliance_handle(g), e, pattern);
}

int ri_appliance_usage(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e)
{
	int64_t kb = guestfs_du(ri_appliance_handle(g), path);

	if (kb < 0)
		return ri_appliance_fail(ri_appliance_handle(g), e, path);
	*bytes = (uint64_t)kb * 1024;
	return 0;
}

static int tar_out(struct ri_guest *g, int fd, const struct ri_strv *excludes, struct ri_err *e)
{
	static char *none[] = { NULL };
	/* Sorted: the same tree gives the same archive, whatever the order of its directories. */
	char var[] = "TAR_OPTIONS", value[] = "--sparse --sort=name", dest[32];
	char *const env[] = { var, value, NULL };
	struct guestfs_tar_out_opts_argv opt = {
		.bitmask = GUESTFS_TAR_OUT_OPTS_NUMERICOWNER_BITMASK |
			   GUESTFS_TAR_OUT_OPTS_EXCLUDES_BITMASK |
			   GUESTFS_TAR_OUT_OPTS_XATTRS_BITMASK |
			   GUESTFS_TAR_OUT_OPTS_SELINUX_BITMASK | GUESTFS_TAR_OUT_OPTS_ACLS_BITMASK,
		.numericowner = 1,
		.excludes = excludes->n ? excludes->v : none,
		.xattrs = 1,
		.selinux = 1,
		.acls = 1,
	};
	RI_FREE char *answer = guestfs_debug(ri_appliance_handle(g), "setenv", env);

	/* Holes are read as zeros without it, and found again on the host. The order is lost. */
	if (!answer)
		ri_log(RI_LOG_DEBUG,
		    "the appliance's tar cannot be told to sort and to see holes: %s",
		    guestfs_last_error(ri_appliance_handle(g)));
	snprintf(dest, sizeof dest, "/dev/fd/%d", fd);
	return guestfs_tar_out_opts_argv(ri_appliance_handle(g), "/", dest, &opt) < 0
		   ? ri_appliance_fail(ri_appliance_handle(g), e, "reading the root")
		   : 0;
}

int ri_appliance_source(struct ri_guest *g, const struct ri_rules *rules,
    const struct ri_strv *excludes, struct ri_source **out, struct ri_err *e)
{
	(void)rules; /* tar goes by the patterns */
	if (ri_appliance_tree_source((struct ri_appliance *)g, excludes, out, e) < 0)
		return -1;
	return *out ? 0 : ri_tar_source(tar_out, g, excludes, out, e);
}
