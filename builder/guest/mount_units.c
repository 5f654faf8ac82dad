// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/mount_units.h"
#include "guest/text.h"
#include "os/mount_unit.h"

#define DIR "/etc/systemd/system"

static const char *base(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool has_end(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static bool is_wanted(const struct ri_strv *links, const char *name)
{
	for (size_t i = 0; i < links->n; i++)
		if (strcmp(base(links->v[i]), name) == 0)
			return true;
	return false;
}

/* The unit or a drop-in of it; what leads nowhere or to /dev/null (masked) says nothing. */
static int add_text(struct ri_guest *g, const char *path, struct ri_buf *out, struct ri_err *e)
{
	struct ri_text t = { 0 };
	int rc = ri_inspect_text(g, path, &t, e);

	if (rc == 0) {
		ri_buf_add_span(out, ri_buf_span(&t.bytes));
		ri_buf_add_str(out, "\n");
		rc = ri_buf_check(out, e);
	}
	free(t.path);
	ri_buf_free(&t.bytes);
	return rc;
}

static int read_unit(struct ri_guest *g, const char *path, const struct ri_strv *dropins,
    struct ri_buf *text, struct ri_err *e)
{
	size_t n = strlen(path);

	if (add_text(g, path, text, e) < 0)
		return -1;
	for (size_t i = 0; i < dropins->n; i++)
		if (strncmp(dropins->v[i], path, n) == 0 &&
		    strncmp(dropins->v[i] + n, ".d/", 3) == 0 &&
		    add_text(g, dropins->v[i], text, e) < 0)
			return -1;
	return 0;
}

/* An automount has its mount started at the first access: the unit of the same name. */
static int check_unit(struct ri_guest *g, const char *path, const struct ri_strv *units,
    const struct ri_strv *dropins, const struct ri_ondisk *disk, struct ri_strv *started,
    struct ri_err *e)
{
	bool automount = has_end(path, ".automount");
	struct ri_fstab_entry u;
	RI_BUF text = { 0 };
	RI_BUF mount = { 0 };
	RI_BUF point = { 0 };

	ri_buf_add(&mount, path, strlen(path) - strlen(automount ? ".automount" : ".mount"));
	ri_buf_add_str(&mount, ".mount");
	if (ri_buf_check(&mount, e) < 0)
		return -1;
	if (ri_strv_has(units, mount.p)) {
		if (read_unit(g, mount.p, dropins, &text, e) < 0)
			return -1;
		ri_mount_unit_read(ri_buf_span(&text), &u);
		return u.spec.n == 0 ? 0 : ri_mount_unit_check(mount.p, &u, disk, e);
	}
	/* Then its mount is one of the fstab's. */
	ri_mount_unit_point(ri_span(base(mount.p), strlen(base(mount.p)) - strlen(".mount")),
	    &point);
	return ri_buf_check(&point, e) < 0 ? -1 : ri_strv_add(started, point.p, e);
}

static int list(struct ri_guest *g, struct ri_strv *links, struct ri_strv *dropins,
    struct ri_err *e)
{
	if (g->ops->glob(g, DIR "/*.wants/*mount", links, e) < 0 ||
	    g->ops->glob(g, DIR "/*.requires/*mount", links, e) < 0 ||
	    g->ops->glob(g, DIR "/*.mount.d/*.conf", dropins, e) < 0)
		return -1;
	if (links->n > RI_MOUNT_UNITS_MAX || dropins->n > RI_MOUNT_UNITS_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    DIR " has more than %u units that mount, which is the most",
		    RI_MOUNT_UNITS_MAX);
	ri_strv_sort(dropins);
	return 0;
}

int ri_mount_units(struct ri_guest *g, const struct ri_ondisk *disk, struct ri_strv *started,
    struct ri_err *e)
{
	RI_STRV units = { 0 };
	RI_STRV links = { 0 };
	RI_STRV dropins = { 0 };

	if (g->ops->glob(g, DIR "/*mount", &units, e) < 0)
		return -1;
	if (units.n == 0)
		return 0;
	if (units.n > RI_MOUNT_UNITS_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    DIR " has %zu units that mount, and may have %u at most", units.n,
		    RI_MOUNT_UNITS_MAX);
	if (list(g, &links, &dropins, e) < 0)
		return -1;
	for (size_t i = 0; i < units.n; i++)
		if ((has_end(units.v[i], ".mount") || has_end(units.v[i], ".automount")) &&
		    is_wanted(&links, base(units.v[i])) &&
		    check_unit(g, units.v[i], &units, &dropins, disk, started, e) < 0)
			return -1;
	return 0;
}
