// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Programs: where they are, and whether they run.
 */
#include "doctor/internal.h"
#include "host/process.h"

#include <errno.h>
#include <sys/stat.h>

/* What execvp(3) would run: a file that may be executed. */
static bool runs(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && ri_may(path, X_OK);
}

bool ri_find_program(const struct ri_doctor_host *h, const char *name, char out[static PATH_MAX])
{
	const char *path = h->env("PATH");

	if (strchr(name, '/'))
		return snprintf(out, PATH_MAX, "%s", name) < PATH_MAX && runs(name);
	for (const char *part = path ? path : "/usr/bin:/bin"; *part;) {
		size_t n = strcspn(part, ":");
		int k = snprintf(out, PATH_MAX, "%.*s/%s", n > 0 ? (int)n : 1, n > 0 ? part : ".",
		    name);

		if (k < PATH_MAX && runs(out))
			return true;
		part += n + (part[n] == ':');
	}
	return false;
}

/* "qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)" */
static int ask_version(const char *path, struct ri_checked *r, struct ri_err *e)
{
	const char *const argv[] = { path, "--version", NULL };
	const struct ri_process_opts opts = { .timeout_s = 20, .own_group = true };
	struct ri_span rest, line;
	struct ri_err why = { 0 };
	RI_BUF said = { 0 };

	if (ri_process_check(argv, &opts, &said, &why) < 0) {
		if (why.code != RI_E_IO) {
			*e = why;
			return -1;
		}
		RI_FOUND(r, RI_HEALTH_MISSING, "%s", why.msg);
		return 0;
	}
	rest = ri_buf_span(&said);
	if (!ri_span_line(&rest, &line))
		line = ri_str("");
	line = ri_span_trim(line);
	RI_FOUND(r, RI_HEALTH_OK, "%s, %.*s", path, (int)line.n, line.p);
	return 0;
}

static int look(const struct ri_doctor_host *h, bool versions, const char *name,
    const char *package, struct ri_checked *r, struct ri_err *e)
{
	char path[PATH_MAX];

	if (!ri_find_program(h, name, path)) {
		RI_FOUND(r, RI_HEALTH_MISSING,
		    strchr(name, '/') ? "%s is not there, or may not be run"
				      : "there is no %s in PATH",
		    name);
	} else if (!versions) {
		RI_FOUND(r, RI_HEALTH_OK, "%s", path);
	} else if (ask_version(path, r, e) < 0) {
		return -1;
	}
	if (r->health == RI_HEALTH_MISSING)
		RI_REMEDY(r, "%sapt install %s", ri_sudo(h), package);
	return 0;
}

/* On Proxmox VE all of QEMU is in a package of its own, which Debian's would replace (docs/proxmox.md). */
int ri_look_tool(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	return look(h, versions, r->name, h->proxmox ? "--reinstall pve-qemu-kvm" : "qemu-utils", r,
	    e);
}

int ri_look_hypervisor(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	return h->guestfs ? look(h, versions, h->guestfs->hv,
				h->proxmox ? "--reinstall pve-qemu-kvm" : "qemu-system-x86", r, e)
			  : 0;
}

int ri_look_supermin(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	char dir[PATH_MAX];

	if (ri_find_appliance(h, dir) != RI_APPLIANCE_SUPERMIN)
		return 0;
	return look(h, versions, r->name, r->name, r, e);
}
