// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/ondisk.h"

#include <strings.h>

struct ri_ondisk_fs *ri_ondisk_add(struct ri_ondisk *d, const char *device, const char *type,
    struct ri_err *e)
{
	struct ri_ondisk_fs *grown = reallocarray(d->v, d->n + 1, sizeof *grown), *fs;

	if (!grown) {
		ri_nomem(e);
		return NULL;
	}
	d->v = grown;
	fs = &d->v[d->n++];
	*fs = (struct ri_ondisk_fs){ .device = strdup(device), .type = strdup(type) };
	if (fs->device && fs->type)
		return fs;
	ri_nomem(e);
	return NULL;
}

static bool is_called(const struct ri_ondisk_fs *fs, const char *name)
{
	bool uuid = strncmp(name, "UUID=", 5) == 0 || strncmp(name, "PARTUUID=", 9) == 0;

	if (strcmp(fs->device, name) == 0)
		return true;
	for (size_t i = 0; i < fs->names.n; i++)
		if (strcmp(fs->names.v[i], name) == 0 ||
		    (uuid && strcasecmp(fs->names.v[i], name) == 0))
			return true;
	return false;
}

const struct ri_ondisk_fs *ri_ondisk_find(const struct ri_ondisk *d, const char *name,
    bool *several)
{
	const struct ri_ondisk_fs *found = NULL;

	*several = false;
	for (size_t i = 0; i < d->n; i++) {
		if (!is_called(&d->v[i], name))
			continue;
		*several = found != NULL;
		if (!found)
			found = &d->v[i];
	}
	return found;
}

const struct ri_ondisk_fs *ri_ondisk_closed(const struct ri_ondisk *d)
{
	static const char *const types[] = { "crypto_LUKS", "BitLocker", "linux_raid_member",
		"ddf_raid_member", "isw_raid_member", "zfs_member", "bcache", "drbd", "vdo",
		"stratis" };

	for (size_t i = 0; i < d->n; i++)
		for (size_t k = 0; k < sizeof types / sizeof *types; k++)
			if (strcmp(d->v[i].type, types[k]) == 0)
				return &d->v[i];
	return NULL;
}

void ri_ondisk_free(struct ri_ondisk *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].device);
		free(d->v[i].type);
		ri_strv_free(&d->v[i].names);
		ri_subvols_free(&d->v[i].subvols);
	}
	free(d->v);
	*d = (struct ri_ondisk){ 0 };
}
