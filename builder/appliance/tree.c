// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: the guest's whole tree, and the sums of its large files, by way of the tree disk
 * (appliance/tree_disk.h).
 *
 * The appliance's own tar, with the arguments that libguestfs's tar-out has, writes straight to the disk. It works
 * beside libguestfs's daemon, which is asked every second how far it is: so nobody waits for a call of hours, and
 * a cancellation is seen. A lock that tar's shell holds is what the asking one waits at.
 */
#include "appliance/internal.h"
#include "base/cancel.h"
#include "base/log.h"
#include "base/show.h"
#include "host/sha256.h"
#include "parse/tar.h"

#include <errno.h>

#define LABEL "tree"
#define NAME "tree.raw" /* in the stage, which sweeps whatever is in it */
#define PHASE "reading in the appliance"
/* In the appliance's own /tmp. */
#define OURS "/tmp/ramimg-tree"
/* Of a line for its shell: an argument of a program may have 128 KiB. */
#define LINE_MAX_BYTES 60000
/* Below, the calls that it takes to move a file take as long as its sum by the emulated processor. */
#define LARGE (4 * RI_TREE_MARGIN)

/*
 * "0" is the lock; after it, "1" are the patterns, "2" what tar has said, "3" whose tar it is, "4" how long the
 * stream is, which is there only if all of it is on the disk. The first dd, which has no "of=", sets O_DIRECT on the
 * description that tar has as well, so that the stream passes the appliance's page cache by; tar writes whole MiBs from
 * a buffer that begins with a page, the last one filled up. Reading far ahead saves turns of the emulated processor.
 */
static const char start[] =
    "for q in /sys/block/*/queue/read_ahead_kb; do echo 2048 >$q; done 2>/dev/null; "
    "exec 9>" OURS ".0 && flock -n 9 && rm -f " OURS ".4 && { { "
    "dd if=/dev/zero bs=1048576 count=1 oflag=direct status=none && "
    "tar -b 2048 -C /sysroot --numeric-owner --exclude-from=" OURS ".1 --xattrs --selinux --acls "
    "--sparse --sort=name -cf - . && "
    "dd if=/dev/null conv=notrunc,fsync status=none && "
    "grep ^pos: /proc/self/fdinfo/8 8>&1 >" OURS ".4; "
    "} 1<>/dev/disk/guestfs/" LABEL " 2>" OURS ".2 </dev/null & } && "
    "echo $! >" OURS ".3";
static const char ask[] =
    "if flock -w 1 " OURS ".0 true; then echo end; cat " OURS ".4 " OURS
    ".2 2>/dev/null; else grep ^pos: /proc/$(cat " OURS ".3)/fdinfo/1 2>/dev/null; fi; true";

static void go_without(struct ri_appliance *gfs, const char *why)
{
	ri_tree_disk_close(&gfs->tree);
	ri_log(RI_LOG_INFO, "the appliance reads the slower way: %s", why);
}

/* The same, unless @why is a reason to end: that nobody wants it any more, or that memory is gone. */
static int do_without(struct ri_appliance *gfs, const struct ri_err *why, struct ri_err *e)
{
	if (ri_cancel_check(e) < 0)
		return -1;
	if (why->code == RI_E_NOMEM) {
		*e = *why;
		return -1;
	}
	go_without(gfs, why->msg);
	return 0;
}

void ri_appliance_tree_unname(const struct ri_stage *s)
{
	struct ri_err why;

	if (ri_dir_remove(&s->at, NAME, &why) < 0)
		ri_log(RI_LOG_DEBUG, "%s", why.msg);
}

void ri_appliance_tree_add(struct ri_appliance *gfs, const struct ri_stage *s)
{
	struct guestfs_add_drive_opts_argv drive = {
		.bitmask = GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK |
			   GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK |
			   GUESTFS_ADD_DRIVE_OPTS_LABEL_BITMASK,
		.format = "raw",
		.cachemode = "unsafe", /* the host's page cache is where it is read from */
		.label = LABEL,
	};
	RI_BUF path = { 0 };
	struct ri_err e;

	ri_appliance_tree_unname(s); /* of a launch that failed */
	ri_buf_addf(&path, "%s/" NAME, s->dir);
	if (ri_buf_check(&path, &e) < 0 ||
	    ri_tree_disk_make(&s->at, NAME, s->volume->size, &gfs->tree, &e) < 0)
		go_without(gfs, e.msg);
	else if (guestfs_add_drive_opts_argv(gfs->h, path.p, &drive) < 0)
		go_without(gfs, guestfs_last_error(gfs->h));
}

static int run(guestfs_h *h, const char *line, char **said, struct ri_err *e)
{
	char *const args[] = { (char *)(uintptr_t)line, NULL };

	*said = guestfs_debug(h, "sh", args);
	return *said ? 0 : ri_appliance_fail(h, e, "reading the root");
}

static int append(guestfs_h *h, struct ri_buf *line, struct ri_err *e)
{
	RI_FREE char *said = NULL;

	ri_buf_add_str(line, "' >>" OURS ".1");
	return ri_buf_check(line, e) < 0 ? -1 : run(h, line->p, &said, e);
}

/* The guest's paths are in them: no byte of theirs means anything to the shell, or to its printf. */
static int put_patterns(guestfs_h *h, const struct ri_strv *patterns, struct ri_err *e)
{
	RI_FREE char *said = NULL;
	RI_BUF line = { 0 };

	if (run(h, ": >" OURS ".1", &said, e) < 0)
		return -1;
	for (size_t i = 0; i < patterns->n; i++)
		for (const char *c = patterns->v[i];; c++) {
			if (line.n == 0)
				ri_buf_add_str(&line, "printf '");
			ri_buf_addf(&line, "\\%03o", (unsigned char)(*c ? *c : '\n'));
			if (line.n > LINE_MAX_BYTES) {
				if (append(h, &line, e) < 0)
					return -1;
				ri_buf_free(&line);
			}
			if (!*c)
				break;
		}
	return line.n > 0 || line.oom ? append(h, &line, e) : 0;
}

/* Of all that is mounted, without what will be left out: more than the stream will have, or about as much. */
static int check_room(struct ri_appliance *gfs, uint64_t *used, struct ri_err *e)
{
	RI_APPLIANCE_LIST mounted = guestfs_mountpoints(gfs->h);
	char a[RI_SHOW_FIGURE], b[RI_SHOW_FIGURE];
	uint64_t size, avail;

	*used = 0;
	if (!mounted)
		return ri_appliance_fail(gfs->h, e, "listing what is mounted");
	for (char **m = mounted; m[0] && m[1]; m += 2) {
		/* A subvolume's is that of the whole. */
		if (m > mounted && strcmp(m[0], m[-2]) == 0)
			continue;
		if (ri_appliance_space(&gfs->w.g, m[1], &size, &avail, e) < 0)
			return -1;
		*used += size > avail ? size - avail : 0;
	}
	return ri_tree_disk_fits(&gfs->tree, *used)
		   ? 0
		   : ri_fail(e, RI_E_BUDGET, 0,
			 "%s are used in the guest, and the stage has %s for them",
			 ri_show_bytes(*used, a), ri_show_bytes(gfs->tree.bytes, b));
}

/* "pos:" and a number, as the kernel tells where a descriptor is; -1: something else. */
static int get_position(const char *said, uint64_t *bytes)
{
	unsigned long long at;

	if (sscanf(said, "pos: %llu", &at) != 1 || at < RI_TREE_MARGIN)
		return -1;
	*bytes = at - RI_TREE_MARGIN;
	return 0;
}

/* @return 1: it has ended, with a stream of *@bytes; 0: not yet; -1. */
static int look(struct ri_appliance *gfs, uint64_t *bytes, struct ri_err *e)
{
	RI_FREE char *said = NULL;

	if (ri_cancel_check(e) < 0 || run(gfs->h, ask, &said, e) < 0)
		return -1;
	if (strncmp(said, "end\n", 4) != 0) {
		if (get_position(said, bytes) < 0)
			*bytes = 0; /* the margin is being written */
		return 0;
	}
	if (get_position(said + 4, bytes) == 0)
		return 1;
	return ri_fail(e, RI_E_IO, 0, "the appliance's tar failed: %.*s",
	    (int)strcspn(said + 4, "\n"), said + 4);
}

static int write_tree(struct ri_appliance *gfs, const struct ri_strv *excludes, uint64_t *bytes,
    struct ri_err *e)
{
	RI_FREE char *said = NULL;
	uint64_t used;
	int ended;

	if (check_room(gfs, &used, e) < 0 || put_patterns(gfs->h, excludes, e) < 0 ||
	    ri_tree_disk_clear(&gfs->tree, e) < 0 || run(gfs->h, start, &said, e) < 0)
		return -1;
	do {
		ended = look(gfs, bytes, e);
		if (ended == 0)
			ri_progress(PHASE, *bytes, *bytes < used ? used : *bytes);
	} while (ended == 0);
	return ended < 0 ? -1 : ri_tree_disk_cut(&gfs->tree, *bytes, e);
}

/* A name that the shell takes for nothing else, and that is the file's own: no link of the guest's leads elsewhere. */
static bool is_plain(guestfs_h *h, const char *path)
{
	RI_FREE char *real = ri_appliance_is_harmless(path) ? guestfs_realpath(h, path) : NULL;

	return real && strcmp(real, path) == 0;
}

/* Past the page cache on both sides; what is no whole block at the end goes through it, hence the "fsync". */
static int copy_file(struct ri_appliance *gfs, const char *path, struct ri_err *e)
{
	RI_FREE char *said = NULL;
	RI_BUF dd = { 0 };

	ri_buf_addf(&dd,
	    "dd if=/sysroot%s of=/dev/disk/guestfs/" LABEL
	    " bs=%llu seek=1 iflag=direct,nofollow oflag=direct conv=notrunc,fsync status=none",
	    path, RI_TREE_MARGIN);
	return ri_buf_check(&dd, e) < 0 || ri_tree_disk_clear(&gfs->tree, e) < 0
		   ? -1
		   : run(gfs->h, dd.p, &said, e);
}

static int sum_on_host(struct ri_appliance *gfs, const char *path, uint64_t bytes,
    char hex[RI_SHA256_HEX + 1], struct ri_err *e)
{
	uint64_t summed;

	if (copy_file(gfs, path, e) < 0 || ri_tree_disk_cut(&gfs->tree, bytes, e) < 0 ||
	    ri_sha256_fd(gfs->tree.fd, path, hex, &summed, e) < 0 ||
	    ri_tree_disk_clear(&gfs->tree, e) < 0)
		return -1;
	return summed == bytes ? 0 : ri_fail(e, RI_E_IO, 0, "%s is not whole", path);
}

int ri_appliance_tree_sha256(struct ri_appliance *gfs, const char *path,
    char hex[RI_SHA256_HEX + 1], struct ri_err *e)
{
	struct ri_err why;
	int64_t bytes;

	*hex = '\0';
	if (gfs->tree.fd < 0 || gfs->with_kvm)
		return 0;
	bytes = guestfs_filesize(gfs->h, path);
	if (bytes < 0)
		return ri_appliance_fail(gfs->h, e, path);
	if (bytes < (int64_t)LARGE || !ri_tree_disk_fits(&gfs->tree, (uint64_t)bytes) ||
	    !is_plain(gfs->h, path) || sum_on_host(gfs, path, (uint64_t)bytes, hex, &why) == 0)
		return ri_cancel_check(e);
	*hex = '\0';
	return do_without(gfs, &why, e);
}

/** The source that reads what is on the disk. */
struct from_disk {
	struct ri_source base;
	struct ri_source *tar;
	const struct ri_tree_disk *disk; /* borrowed */
};

static int disk_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct ri_source *tar = ((struct from_disk *)base)->tar;

	return tar->ops->next(tar, entry, e);
}

static int disk_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	struct ri_source *tar = ((struct from_disk *)base)->tar;

	return tar->ops->data(tar, b, e);
}

static void disk_free(struct ri_source *base)
{
	struct from_disk *d = (struct from_disk *)base;
	struct ri_err why;

	ri_source_freep(&d->tar);
	if (d->disk && ri_tree_disk_clear(d->disk, &why) < 0)
		ri_log(RI_LOG_DEBUG, "%s", why.msg);
	free(d);
}

static const struct ri_source_ops disk_ops = { disk_next, disk_data, disk_free };

static int open_disk(const struct ri_tree_disk *disk, struct ri_source **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *held = NULL;
	struct from_disk *d = calloc(1, sizeof *d);

	if (!d)
		return ri_nomem(e);
	held = &d->base;
	d->base.ops = &disk_ops;
	if (ri_parse_tar(disk->fd, &d->tar, e) < 0)
		return -1;
	d->disk = disk;
	*out = ri_steal(held);
	return 0;
}

int ri_appliance_tree_source(struct ri_appliance *gfs, const struct ri_strv *excludes,
    struct ri_source **out, struct ri_err *e)
{
	struct ri_err why;
	uint64_t bytes = 0;
	int rc;

	*out = NULL;
	if (gfs->tree.fd < 0 || gfs->with_kvm)
		return 0;
	ri_progress(PHASE, 0, 0);
	rc = write_tree(gfs, excludes, &bytes, &why);
	ri_progress_over(PHASE, rc < 0 ? 0 : bytes, rc < 0 ? 0 : bytes, rc);
	if (rc == 0)
		return open_disk(&gfs->tree, out, e);
	return do_without(gfs, &why, e);
}
