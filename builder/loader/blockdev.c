// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/blockdev.h"
#include "loader/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>

enum { DEPTH = 8 }; /* devices stacked on devices; more is a loop in a sysfs we misread */

int ri_link_name(const char *path, char **name, struct ri_err *e)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof target - 1);
	const char *slash;

	*name = NULL;
	if (n <= 0)
		return 0;
	target[n] = '\0';
	slash = strrchr(target, '/');
	*name = strdup(slash ? slash + 1 : target);
	return *name ? 0 : ri_nomem(e);
}

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

int ri_dir_names(const char *path, struct ri_strv *names, struct ri_err *e)
{
	RI_ON_EXIT(close_dir) DIR *d = opendir(path);
	const struct dirent *entry;

	while (d && (entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.' && ri_strv_add(names, entry->d_name, e) < 0)
			return -1;
	return 0;
}

int ri_block_by_uuid(const struct ri_release_paths *p, const char *uuid, char **name,
    struct ri_err *e)
{
	char path[PATH_MAX];

	if (strchr(uuid, '/'))
		return ri_fail(e, RI_E_CONFIG, 0, "\"%.60s\" is not a UUID", uuid);
	snprintf(path, sizeof path, "%s/disk/by-uuid/%s", p->dev, uuid);
	if (ri_link_name(path, name, e) < 0)
		return -1;
	if (!*name)
		return ri_fail(e, RI_E_IO, errno, "no device with the file system %s", uuid);
	return 0;
}

int ri_lvm_group(const char *dm_name, struct ri_strv *groups, struct ri_err *e)
{
	char vg[256];
	size_t n = 0;

	for (const char *c = dm_name; *c && n + 1 < sizeof vg; c++) {
		if (c[0] == '-' && c[1] != '-')
			break;
		c += c[0] == '-';
		vg[n++] = *c;
	}
	vg[n] = '\0';
	return n == 0 || ri_strv_has(groups, vg) ? 0 : ri_strv_add(groups, vg, e);
}

/** Where @name is a logical volume, note its group. */
static int note_group(const char *base, struct ri_strv *groups, struct ri_err *e)
{
	RI_BUF uuid = { 0 }, name = { 0 };
	RI_FREE char *text = NULL;
	struct ri_err none;
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/dm/uuid", base);
	if (ri_read_text(path, &uuid, &none) < 0)
		return none.code == RI_E_NOMEM ? ri_nomem(e) : 0;
	if (!ri_span_starts(ri_buf_span(&uuid), "LVM-"))
		return 0;
	snprintf(path, sizeof path, "%s/dm/name", base);
	if (ri_read_text(path, &name, e) < 0)
		return -1;
	text = ri_span_dup(ri_span_trim(ri_buf_span(&name)));
	return text ? ri_lvm_group(text, groups, e) : ri_nomem(e);
}

/** The disk that @name is a partition of, or @name itself; for free(). NULL when out of memory. */
static char *whole(const char *base, const char *name)
{
	char path[PATH_MAX], real[PATH_MAX], *slash;

	snprintf(path, sizeof path, "%s/partition", base);
	if (access(path, F_OK) < 0 || !realpath(base, real))
		return strdup(name);
	slash = strrchr(real, '/');
	*slash = '\0';
	slash = strrchr(real, '/');
	return strdup(slash ? slash + 1 : real);
}

static int disks_below(const struct ri_release_paths *p, const char *name, int depth,
    struct ri_strv *disks, struct ri_strv *groups, struct ri_err *e)
{
	RI_STRV slaves = { 0 };
	RI_FREE char *disk = NULL;
	char base[PATH_MAX - 64], path[PATH_MAX];

	if (depth > DEPTH)
		return ri_fail(e, RI_E_IO, 0, "%s: devices stacked too high", name);
	snprintf(base, sizeof base, "%s/class/block/%s", p->sys, name);
	snprintf(path, sizeof path, "%s/slaves", base);
	if (access(base, F_OK) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", base);
	if (ri_dir_names(path, &slaves, e) < 0 || note_group(base, groups, e) < 0)
		return -1;
	for (size_t i = 0; i < slaves.n; i++)
		if (disks_below(p, slaves.v[i], depth + 1, disks, groups, e) < 0)
			return -1;
	if (slaves.n > 0)
		return 0;
	disk = whole(base, name);
	if (!disk)
		return ri_nomem(e);
	return ri_strv_has(disks, disk) ? 0 : ri_strv_add(disks, disk, e);
}

int ri_block_disks(const struct ri_release_paths *p, const char *name, struct ri_strv *disks,
    struct ri_strv *groups, struct ri_err *e)
{
	return disks_below(p, name, 0, disks, groups, e);
}
