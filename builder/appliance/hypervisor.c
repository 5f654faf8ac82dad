// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/hypervisor.h"
#include "host/confine.h"
#include "host/hostfile.h"
#include "host/process.h"
#include "host/tool_link.h"
#include "volume/tool_files.h"

#include <inttypes.h>

/* qemu(1), -sandbox: what is left is what it was tested with; the user is what it changes itself. */
#define SANDBOX "on,obsolete=deny,spawn=deny,resourcecontrol=deny,elevateprivileges="

/* qemu(1): -run-with takes "user" from 9.1 on, where -runas goes, which all before have. */
static int add_user(const char *qemu, struct ri_strv *args, struct ri_err *e)
{
	const char *const help[] = { qemu, "-help", NULL };
	const struct ri_process_opts opts = { .timeout_s = 60, .own_group = true };
	RI_BUF said = { 0 };
	RI_BUF user = { 0 };
	bool old;

	if (ri_process_check(help, &opts, &said, e) < 0)
		return -1;
	ri_buf_add(&said, "", 1);
	if (ri_buf_check(&said, e) < 0)
		return -1;
	old = strstr(said.p, "\n-runas ");
	ri_buf_addf(&user, "%s%d:%d", old ? "" : "user=", RI_CONFINED_ID, RI_CONFINED_ID);
	if (ri_buf_check(&user, e) < 0 || ri_strv_add(args, old ? "-runas" : "-run-with", e) < 0)
		return -1;
	return ri_strv_add(args, user.p, e);
}

/* In a user namespace there may be no such user. */
static int can_be_nobody(bool *yes, struct ri_err *e)
{
	RI_BUF map = { 0 };
	struct ri_span rest, line;

	*yes = false;
	if (geteuid() != 0)
		return 0;
	if (ri_file_read("/proc/self/uid_map", 1 << 16, &map, e) < 0)
		return -1;
	rest = ri_buf_span(&map);
	while (ri_span_line(&rest, &line)) {
		RI_FREE char *text = ri_span_dup(line);
		uint64_t inside, outside, n;

		if (!text)
			return ri_nomem(e);
		if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &inside, &outside, &n) == 3 &&
		    inside <= RI_CONFINED_ID && RI_CONFINED_ID - inside < n)
			*yes = true;
	}
	return 0;
}

static int link_it(const struct ri_dir *d, const char *qemu, const struct ri_tool *t,
    struct ri_err *e)
{
	RI_STRV args = { 0 };
	bool nobody;

	if (can_be_nobody(&nobody, e) < 0 || ri_strv_add(&args, "-sandbox", e) < 0 ||
	    ri_strv_add(&args, nobody ? SANDBOX "allow" : SANDBOX "deny", e) < 0 ||
	    (nobody && add_user(qemu, &args, e) < 0))
		return -1;
	return ri_tool_link(d, qemu, &args, t, e);
}

/* What is not the volume's; the paths are those of @paths. */
#define OTHERS 8

/* supermin's appliance and those that were made elsewhere: guestfs(3), "guestfs_set_path". */
static int appliance_dirs(guestfs_h *h, struct ri_strv *paths, struct ri_err *e)
{
	RI_FREE char *cache = guestfs_get_cachedir(h);
	const char *made = guestfs_get_path(h);
	RI_FREE char *path = made ? strdup(made) : NULL;
	RI_BUF own = { 0 };
	char *rest = path;

	if (!cache || !made)
		return ri_appliance_fail(h, e, "asking for the appliance's place");
	if (!path)
		return ri_nomem(e);
	ri_buf_addf(&own, "%s/.guestfs-%d", cache, (int)geteuid());
	if (ri_buf_check(&own, e) < 0 || ri_strv_add(paths, own.p, e) < 0)
		return -1;
	for (char *part = strsep(&rest, ":"); part && paths->n < OTHERS; part = strsep(&rest, ":"))
		if (*part == '/' && ri_strv_add(paths, part, e) < 0)
			return -1;
	return 0;
}

/* In double quotes of a shell's. */
static size_t quoted_length(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += strchr("$`\\\"", *s) ? 2 : 1;
	return n;
}

/* Before and behind the path stand some 120 and 50 bytes; each may become half as many again. */
#define LEAST_BEFORE 56
#define MOST_AROUND 212

void ri_hypervisor_path(const char *dir, struct ri_buf *out)
{
	size_t n = quoted_length(dir) + strlen("/" RI_TOOL_LINK), buffer = 256;

	while (n > 2 * buffer - MOST_AROUND)
		buffer *= 2;
	ri_buf_add_str(out, dir);
	for (; n < buffer - LEAST_BEFORE; n++)
		ri_buf_add_str(out, "/");
	ri_buf_add_str(out, "/" RI_TOOL_LINK);
}

static int confine(guestfs_h *h, const struct ri_stage *s, struct ri_err *e)
{
	RI_FREE char *qemu = guestfs_get_hv(h);
	RI_STRV others = { 0 };
	struct ri_tool_file files[RI_CHAIN_MAX + 3 + OTHERS];
	struct ri_tool_files volume = { 0 };
	struct ri_tool tool = { .files = files, .appliance = true };
	RI_BUF link = { 0 };

	if (!qemu)
		return ri_appliance_fail(h, e, "asking which QEMU it uses");
	if (appliance_dirs(h, &others, e) < 0)
		return -1;
	ri_tool_files_add(&volume, s->dir, RI_LANDLOCK_FILL);
	ri_tool_files_add(&volume, "/dev/kvm", RI_LANDLOCK_WRITE);
	ri_tool_files_add_volume(&volume, s->volume, RI_LANDLOCK_READ);
	for (size_t i = 0; i < volume.n; i++)
		files[tool.n++] = volume.v[i];
	for (size_t i = 0; i < others.n; i++)
		files[tool.n++] = (struct ri_tool_file){ others.v[i], RI_LANDLOCK_READ };
	ri_hypervisor_path(s->dir, &link);
	if (ri_buf_check(&link, e) < 0 || link_it(&s->at, qemu, &tool, e) < 0)
		return -1;
	return guestfs_set_hv(h, link.p) < 0 || guestfs_set_tmpdir(h, s->dir) < 0
		   ? ri_appliance_fail(h, e, "setting libguestfs up")
		   : 0;
}

int ri_hypervisor_confine(guestfs_h *h, const struct ri_stage *s, struct ri_err *e)
{
	return confine(h, s, e) < 0 ? ri_ctx(e, "confining the appliance") : 0;
}
