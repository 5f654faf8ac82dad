// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/near.h"

#define LVM "dm:LVM-"
#define GROUP_UUID 32 /* a volume's name has its group's UUID first, then its own */

/* The path up to its last slash, without it; "" for the root directory. */
static struct ri_span above(struct ri_span path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;

	return ri_span(path.p, slash ? (size_t)(slash - path.p) : 0);
}

static struct ri_span last(struct ri_span path)
{
	struct ri_span dir = above(path);

	return dir.n < path.n ? ri_span_skip(path, dir.n + 1) : path;
}

bool ri_near_is_vmid(struct ri_span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < '0' || name.p[i] > '9')
			return false;
	return name.n > 0;
}

/* In another VM's directory, beside the image's own. */
static bool is_base(struct ri_span dir, struct ri_span file)
{
	struct ri_span other = above(file);

	return ri_near_is_vmid(last(dir)) && ri_near_is_vmid(last(other)) &&
	       ri_span_eq(above(dir), above(other)) && ri_span_starts(last(file), "base-");
}

bool ri_near_file(const char *image, const char *file)
{
	struct ri_span dir = above(ri_str(image)), path = ri_str(file), own = above(path);

	if (ri_span_eq(dir, own) || is_base(dir, path))
		return true;
	/* Everything is below the root directory. */
	return dir.n > 0 && own.n > dir.n && memcmp(own.p, dir.p, dir.n) == 0 &&
	       own.p[dir.n] == '/';
}

bool ri_near_device(const char *image, const char *device)
{
	size_t n = strlen(LVM) + GROUP_UUID;

	return strlen(image) > n && strncmp(image, LVM, strlen(LVM)) == 0 &&
	       strncmp(image, device, n) == 0;
}
