// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/overlay.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static const char *const points[] = { "image", "lower", "upper" };
enum { POINTS = sizeof points / sizeof *points };

struct path {
	char s[512];
};

static struct path below(const char *dir, const char *name)
{
	struct path p;

	snprintf(p.s, sizeof p.s, "%s/%s", dir, name);
	return p;
}

int ri_layers_begin(const char *layers, struct ri_err *e)
{
	struct path parent = below(layers, "");

	mkdir(dirname(parent.s), 0755);
	if (mkdir(layers, 0700) < 0 && errno != EEXIST)
		return ri_fail(e, RI_E_IO, errno, "making %s", layers);
	for (size_t i = 0; i < POINTS; i++) {
		struct path p = below(layers, points[i]);

		if (mkdir(p.s, 0700) < 0 && errno != EEXIST)
			return ri_fail(e, RI_E_IO, errno, "making %s", p.s);
	}
	return 0;
}

int ri_layers_image(const char *layers, uint64_t bytes, struct ri_err *e)
{
	struct path at = below(layers, "image"), file = below(layers, "image/image");
	char options[80];
	int fd;

	/* The kernel rounds up to pages. Of size=0 it would take anything. */
	snprintf(options, sizeof options, "mode=0700,nr_inodes=2,size=%llu",
	    (unsigned long long)(bytes > 0 ? bytes : 1));
	if (mount("none", at.s, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting a tmpfs (%s) on %s", options, at.s);
	fd = open(file.s, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : ri_fail(e, RI_E_IO, errno, "creating %s", file.s);
}

int ri_layers_lower(const char *layers, const char *device, struct ri_err *e)
{
	struct path at = below(layers, "lower");

	/* What is wrong with it is in the kernel's log. */
	if (mount(device, at.s, "squashfs", MS_RDONLY, NULL) < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting the image as squashfs");
	return 0;
}

/** A tmpfs before Linux 6.6 has no user.*: what it does not take was not to be had of the tmpfs form either. */
static int copy_xattrs(const char *from, const char *to, struct ri_err *e)
{
	char names[4096], value[4096];
	ssize_t all = listxattr(from, names, sizeof names);

	for (const char *name = names; all > 0 && name < names + all; name += strlen(name) + 1) {
		ssize_t n = getxattr(from, name, value, sizeof value);

		if (n >= 0 && setxattr(to, name, value, (size_t)n, 0) < 0 && errno != EOPNOTSUPP)
			return ri_fail(e, RI_E_IO, errno, "setting the root's attribute %s", name);
	}
	return 0;
}

static int copy_attributes(const char *from, const char *to, struct ri_err *e)
{
	struct stat st;

	if (stat(from, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "examining %s", from);
	const struct timespec times[2] = { st.st_atim, st.st_mtim };

	if (chown(to, st.st_uid, st.st_gid) < 0 || chmod(to, st.st_mode & 07777) < 0)
		return ri_fail(e, RI_E_IO, errno, "giving the root its owner and mode");
	if (copy_xattrs(from, to, e) < 0)
		return -1;
	if (utimensat(AT_FDCWD, to, times, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "giving the root its times");
	return 0;
}

int ri_layers_upper(const char *layers, const char *size, struct ri_err *e)
{
	struct path lower = below(layers, "lower"), at = below(layers, "upper");
	struct path upper = below(layers, "upper/upper"), work = below(layers, "upper/work");
	RI_BUF options = { 0 };

	ri_buf_addf(&options, "mode=0700,size=%s", size);
	if (ri_buf_check(&options, e) < 0)
		return -1;
	if (mount("none", at.s, "tmpfs", 0, options.p) < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting a tmpfs (%s) on %s", options.p, at.s);
	if (mkdir(upper.s, 0700) < 0 || mkdir(work.s, 0700) < 0)
		return ri_fail(e, RI_E_IO, errno, "making directories on %s", at.s);
	return copy_attributes(lower.s, upper.s, e);
}

/*
 * The kernel's Documentation/filesystems/overlayfs.rst. xino: a file has the same number and the root one device number,
 * whichever layer it comes from, for find -xdev, tar and whatever tells files apart by their numbers. index: hard links stay
 * links when one of them is written to. redirect_dir: a directory of the image can be renamed. metacopy: a new owner or mode
 * does not bring the content into the upper layer, which is RAM. None of them is for layers from strangers, which these are not.
 */
#define OPTIONS "xino=on,index=on,redirect_dir=on,metacopy=on"

int ri_layers_overlay(const char *layers, const char *root, struct ri_err *e)
{
	RI_BUF options = { 0 };

	ri_buf_addf(&options,
	    "lowerdir=%s/lower,upperdir=%s/upper/upper,workdir=%s/upper/work," OPTIONS, layers,
	    layers, layers);
	if (ri_buf_check(&options, e) < 0)
		return -1;
	if (mount("overlay", root, "overlay", 0, options.p) < 0)
		return ri_fail(e, RI_E_IO, errno, "mounting an overlay on %s", root);
	return 0;
}

void ri_layers_end(const char *layers)
{
	if (access(layers, F_OK) < 0)
		return;
	for (size_t i = POINTS; i > 0; i--) {
		struct path p = below(layers, points[i - 1]);

		while (umount2(p.s, MNT_DETACH) == 0)
			;
		rmdir(p.s);
	}
	rmdir(layers);
}
