// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/device_id.h"
#include "host/hostfile.h"
#include "volume/lack.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Datasets nest, but no one's pool is deeper than this. */
#define ZVOL_DEPTH 16

/* What is read of a kind, joined by its separator; the first must say something. */
static const struct kind {
	const char *name;
	const char *attrs[4];
	char between;
} kinds[] = {
	{ "dm", { "dm/uuid" }, 0 },
	{ "rbd", { "device/cluster_fsid", "device/pool", "device/pool_ns", "device/name" }, '/' },
	{ "wwid", { "wwid" }, 0 },
	{ "wwid", { "device/wwid" }, 0 },
	{ "loop", { "loop/backing_file", "loop/offset" }, '@' },
};

/* Append an attribute's text without its LF. @return 1; 0: it is absent or empty; -1. */
static int attr(const char *dir, const char *name, struct ri_buf *out, struct ri_err *e)
{
	RI_FREE char *path = ri_file_join(dir, name);
	RI_BUF text = { 0 };
	struct ri_err why = { 0 };
	struct ri_span s;

	if (!path)
		return ri_nomem(e);
	if (ri_file_read(path, PATH_MAX, &text, &why) < 0)
		return ri_absent_by(&why, e);
	s = ri_span_trim(ri_buf_span(&text));
	for (size_t i = 0; i < s.n; i++) {
		/* On one line, whatever a file is called. */
		bool plain = (unsigned char)s.p[i] >= ' ';

		ri_buf_add(out, plain ? s.p + i : "?", 1);
	}
	return ri_buf_check(out, e) < 0 ? -1 : s.n > 0;
}

/* @return 1: it is of that kind; 0; -1. */
static int by_kind(const char *dir, const struct kind *k, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF words = { 0 };

	for (size_t i = 0; i < sizeof k->attrs / sizeof k->attrs[0] && k->attrs[i]; i++) {
		int rc;

		if (i > 0)
			ri_buf_add(&words, &k->between, 1);
		rc = attr(dir, k->attrs[i], &words, e);
		if (rc < 0 || (rc == 0 && i == 0))
			return rc;
	}
	ri_buf_addf(out, "%s:", k->name);
	ri_buf_add_span(out, ri_buf_span(&words));
	return 1;
}

static int find_zvol(const char *dir, dev_t dev, int depth, struct ri_buf *found, struct ri_err *e);

/* @return 1: what is at @path is the device or has a link to it; 0; -1. */
static int is_zvol(const char *path, dev_t dev, int depth, struct ri_buf *found, struct ri_err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return ri_absent(path, e);
	if (S_ISDIR(st.st_mode))
		return find_zvol(path, dev, depth + 1, found, e);
	if (!S_ISBLK(st.st_mode) || st.st_rdev != dev)
		return 0;
	ri_buf_add_str(found, path);
	return ri_buf_check(found, e) < 0 ? -1 : 1;
}

/* The first link below @dir that leads to the device; its path in @found. @return 1; 0: there is none; -1. */
static int find_zvol(const char *dir, dev_t dev, int depth, struct ri_buf *found, struct ri_err *e)
{
	DIR *d;
	int rc = 0;

	if (depth == ZVOL_DEPTH)
		return 0;
	d = opendir(dir);
	if (!d)
		return ri_absent(dir, e);
	for (struct dirent *en = readdir(d); en && rc == 0; en = readdir(d)) {
		RI_FREE char *path = NULL;

		if (en->d_name[0] == '.')
			continue;
		path = ri_file_join(dir, en->d_name);
		rc = path ? is_zvol(path, dev, depth, found, e) : ri_nomem(e);
	}
	closedir(d);
	return rc;
}

static int by_zvol(const char *root, dev_t dev, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF dir = { 0 };
	RI_BUF found = { 0 };
	int rc;

	ri_buf_addf(&dir, "%s/dev/zvol", root);
	if (ri_buf_check(&dir, e) < 0)
		return -1;
	rc = find_zvol(dir.p, dev, 0, &found, e);
	if (rc > 0)
		ri_buf_addf(out, "zvol:%s", found.p + dir.n + 1);
	return rc;
}

static int whole_disk(const char *root, const char *dir, dev_t dev, struct ri_buf *out,
    struct ri_err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof kinds / sizeof kinds[0]; i++)
		rc = by_kind(dir, &kinds[i], out, e);
	if (rc == 0)
		rc = by_zvol(root, dev, out, e);
	if (rc == 0)
		ri_buf_addf(out, "dev:%u:%u", major(dev), minor(dev));
	return rc < 0 ? -1 : 0;
}

int ri_device_id(const char *root, dev_t dev, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF dir = { 0 };
	RI_BUF disk = { 0 };
	RI_BUF part = { 0 };
	int is_part;

	ri_buf_addf(&dir, "%s/sys/dev/block/%u:%u", root, major(dev), minor(dev));
	if (ri_buf_check(&dir, e) < 0)
		return -1;
	/* The entry is a link to the partition's directory, which lies in its disk's. */
	ri_buf_addf(&disk, "%s/..", dir.p);
	if (ri_buf_check(&disk, e) < 0)
		return -1;
	is_part = attr(dir.p, "partition", &part, e);
	if (is_part < 0 || whole_disk(root, is_part ? disk.p : dir.p, dev, out, e) < 0)
		return -1;
	if (is_part)
		ri_buf_addf(out, "-part%s", part.p);
	return ri_buf_check(out, e);
}
