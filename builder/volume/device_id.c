// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/device_id.h"
#include "host/hostfile.h"

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

/* An attribute's text without its LF; false where it is absent or empty. */
static bool attr(const char *dir, const char *name, struct ri_buf *out)
{
	RI_FREE char *path = ri_file_join(dir, name);
	RI_BUF text = { 0 };
	struct ri_err ignored;
	struct ri_span s;

	if (!path || ri_file_read(path, PATH_MAX, &text, &ignored) < 0)
		return false;
	s = ri_span_trim(ri_buf_span(&text));
	for (size_t i = 0; i < s.n; i++) {
		/* On one line, whatever a file is called. */
		bool plain = (unsigned char)s.p[i] >= ' ';

		ri_buf_add(out, plain ? s.p + i : "?", 1);
	}
	return s.n > 0;
}

static bool by_kind(const char *dir, const struct kind *k, struct ri_buf *out)
{
	RI_BUF words = { 0 };

	for (size_t i = 0; i < sizeof k->attrs / sizeof k->attrs[0] && k->attrs[i]; i++) {
		if (i > 0)
			ri_buf_add(&words, &k->between, 1);
		if (!attr(dir, k->attrs[i], &words) && i == 0)
			return false;
	}
	ri_buf_addf(out, "%s:", k->name);
	ri_buf_add_span(out, ri_buf_span(&words));
	return true;
}

/* The first link below @dir that leads to the device; its path in @found. */
static bool find_zvol(const char *dir, dev_t dev, int depth, struct ri_buf *found)
{
	DIR *d = depth < ZVOL_DEPTH ? opendir(dir) : NULL;
	bool hit = false;

	if (!d)
		return false;
	for (struct dirent *en = readdir(d); en && !hit; en = readdir(d)) {
		RI_FREE char *path = NULL;
		struct stat st;

		if (en->d_name[0] == '.')
			continue;
		path = ri_file_join(dir, en->d_name);
		if (!path || stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			hit = find_zvol(path, dev, depth + 1, found);
		} else if (S_ISBLK(st.st_mode) && st.st_rdev == dev) {
			ri_buf_add_str(found, path);
			hit = true;
		}
	}
	closedir(d);
	return hit;
}

static bool by_zvol(const char *root, dev_t dev, struct ri_buf *out)
{
	RI_BUF dir = { 0 };
	RI_BUF found = { 0 };

	ri_buf_addf(&dir, "%s/dev/zvol", root);
	if (!dir.p || !find_zvol(dir.p, dev, 0, &found) || !found.p)
		return false;
	ri_buf_addf(out, "zvol:%s", found.p + dir.n + 1);
	return true;
}

static void whole_disk(const char *root, const char *dir, dev_t dev, struct ri_buf *out)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (by_kind(dir, &kinds[i], out))
			return;
	if (!by_zvol(root, dev, out))
		ri_buf_addf(out, "dev:%u:%u", major(dev), minor(dev));
}

int ri_device_id(const char *root, dev_t dev, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF dir = { 0 };
	RI_BUF disk = { 0 };
	RI_BUF part = { 0 };

	ri_buf_addf(&dir, "%s/sys/dev/block/%u:%u", root, major(dev), minor(dev));
	/* The entry is a link to the partition's directory, which lies in its disk's. */
	ri_buf_addf(&disk, "%s/..", dir.p ? dir.p : "");
	if (ri_buf_check(&dir, e) < 0 || ri_buf_check(&disk, e) < 0)
		return -1;
	if (attr(dir.p, "partition", &part)) {
		whole_disk(root, disk.p, dev, out);
		ri_buf_addf(out, "-part%s", part.p);
	} else {
		whole_disk(root, dir.p, dev, out);
	}
	return ri_buf_check(out, e);
}
