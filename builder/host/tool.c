// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/tool.h"
#include "base/buf.h"
#include "host/confine.h"
#include "host/landlock.h"
#include "host/rights.h"
#include "host/tool_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/seccomp.h>

/* A program and its libraries; what their start reads, and QEMU of a device. */
static const struct {
	const char *path;
	enum ri_landlock_may may;
} common[] = {
	{ "/usr", RI_LANDLOCK_RUN },
	{ "/lib", RI_LANDLOCK_RUN },
	{ "/lib64", RI_LANDLOCK_RUN },
	{ "/bin", RI_LANDLOCK_RUN },
	{ "/etc/ld.so.cache", RI_LANDLOCK_READ },
	{ "/etc/ssl/openssl.cnf", RI_LANDLOCK_READ },
	{ "/etc/gnutls/config", RI_LANDLOCK_READ },
	{ "/sys", RI_LANDLOCK_READ },
	{ "/dev/null", RI_LANDLOCK_WRITE },
	{ "/dev/urandom", RI_LANDLOCK_READ },
};

/* Where execvp(3) would find it; an empty part of PATH is no directory to be trusted. */
static int find(const char *name, char **out, struct ri_err *e)
{
	const char *path = getenv("PATH");
	int why = ENOENT;

	if (strchr(name, '/')) {
		*out = strdup(name);
		return *out ? 0 : ri_nomem(e);
	}
	for (const char *p = path ? path : "/usr/bin:/bin", *end; *p; p = *end ? end + 1 : end) {
		RI_FREE char *at = NULL;

		end = strchrnul(p, ':');
		if (*p != '/')
			continue;
		if (asprintf(&at, "%.*s/%s", (int)(end - p), p, name) < 0) {
			at = NULL;
			return ri_nomem(e);
		}
		if (access(at, X_OK) == 0) {
			*out = ri_steal(at);
			return 0;
		}
		if (errno != ENOENT && errno != ENOTDIR)
			why = errno;
	}
	return ri_fail(e, RI_E_IO, why, "cannot run %s", name);
}

static int allow(const struct ri_tool_ready *r, struct ri_err *e)
{
	const struct ri_tool *t = r->tool;
	RI_FREE char *dir = strndup(r->program, (size_t)(strrchr(r->program, '/') - r->program));

	if (!dir)
		return ri_nomem(e);
	if (ri_landlock_allow(r->rules, dir, RI_LANDLOCK_RUN, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof common / sizeof *common; i++)
		if (ri_landlock_allow(r->rules, common[i].path, common[i].may, e) < 0)
			return -1;
	for (size_t i = 0; i < t->n; i++)
		if (ri_landlock_allow(r->rules, t->files[i].path, t->files[i].may, e) < 0)
			return -1;
	return 0;
}

int ri_tool_prepare(const struct ri_tool *t, const char *name, struct ri_tool_ready *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_tool_free) struct ri_tool_ready r = RI_TOOL_READY_INIT;

	r.tool = t;
	if (find(name, &r.program, e) < 0)
		return -1;
	if (ri_landlock_rules(&r.rules, e) < 0 || (r.rules >= 0 && allow(&r, e) < 0) ||
	    (!t->appliance && ri_tool_filter(&r.filter, e) < 0))
		return ri_ctx(e, "confining %s", name);
	*out = r;
	r = (struct ri_tool_ready)RI_TOOL_READY_INIT;
	return 0;
}

void ri_tool_free(struct ri_tool_ready *r)
{
	ri_cleanup_fd(&r->rules);
	free(r->program);
	free(r->filter.filter);
	*r = (struct ri_tool_ready)RI_TOOL_READY_INIT;
}

/* As the effective user is; @name of the program to be run as well. */
static bool can_open(const struct ri_tool_ready *r)
{
	static const int modes[] = { [RI_LANDLOCK_READ] = R_OK,
		[RI_LANDLOCK_RUN] = R_OK | X_OK,
		[RI_LANDLOCK_WRITE] = R_OK | W_OK,
		[RI_LANDLOCK_FILL] = R_OK | W_OK | X_OK };

	if (syscall(SYS_faccessat2, AT_FDCWD, r->program, X_OK, AT_EACCESS) < 0)
		return false;
	for (size_t i = 0; i < r->tool->n; i++)
		if (syscall(SYS_faccessat2, AT_FDCWD, r->tool->files[i].path,
			modes[r->tool->files[i].may], AT_EACCESS) < 0)
			return false;
	return true;
}

/* The calls themselves: the library's would have other threads, of which this process has none, follow. */
static int set_ids(long call, uid_t real, uid_t effective, uid_t saved)
{
	return (int)syscall(call, real, effective, saved);
}

/* Nobody, with a way back for as long as it is only tried. @return 1, 0; -1: there was none, see errno. */
static int nobody_can(const struct ri_tool_ready *r)
{
	const uid_t same = (uid_t)-1;
	bool can;

	if (set_ids(SYS_setresgid, same, RI_CONFINED_ID, same) < 0)
		return 0; /* in a user namespace that has no such user */
	can = set_ids(SYS_setresuid, same, RI_CONFINED_ID, same) == 0 && can_open(r);
	if (set_ids(SYS_setresuid, same, 0, same) < 0 || set_ids(SYS_setresgid, same, 0, same) < 0)
		return -1;
	return can;
}

static int become_nobody(void)
{
	return ri_rights_bound(0) < 0 ||
		       set_ids(SYS_setresgid, RI_CONFINED_ID, RI_CONFINED_ID, RI_CONFINED_ID) < 0 ||
		       set_ids(SYS_setresuid, RI_CONFINED_ID, RI_CONFINED_ID, RI_CONFINED_ID) < 0
		   ? -1
		   : 0;
}

/* Files of others are opened by the right to open all; where Landlock is, it says which. */
static int stay_root(const struct ri_tool_ready *r)
{
	uint64_t kept = r->tool->appliance ? RI_RIGHT(CAP_SETUID) | RI_RIGHT(CAP_SETGID) : 0;
	const uint64_t all = RI_RIGHT(CAP_DAC_OVERRIDE);

	if (ri_rights_keep(kept | RI_RIGHT(CAP_SETPCAP), kept | RI_RIGHT(CAP_SETPCAP) | all) < 0)
		return -1;
	if (!can_open(r))
		kept |= all;
	return ri_rights_bound(kept) < 0 ? -1 : ri_rights_keep(kept, kept);
}

static int leave_root(const struct ri_tool_ready *r)
{
	int can;

	if (syscall(SYS_setgroups, 0, NULL) < 0)
		return -1;
	can = r->tool->appliance ? 0 : nobody_can(r);
	if (can < 0)
		return -1;
	return can ? become_nobody() : stay_root(r);
}

/*
 * Of addresses, four GiB would do: 64 threads of QEMU's with a stack and an arena of malloc(3) each,
 * and its caches. Hours of CPU as for the reader (host/confine.c).
 */
static const struct ri_limit limits[] = { { RLIMIT_CORE, 0 }, { RLIMIT_AS, 16ull << 30 },
	{ RLIMIT_CPU, 4 * 3600 }, { RLIMIT_NOFILE, 256 } };

int ri_tool_enter(const struct ri_tool_ready *r)
{
	if (geteuid() == 0 ? leave_root(r) < 0 : ri_rights_keep(0, 0) < 0)
		return -1;
	/* A virtual machine's memory and time are what it was given. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    (!r->tool->appliance && !r->tool->machine &&
		ri_limits_lower(limits, sizeof limits / sizeof *limits) < 0))
		return -1;
	if (r->rules >= 0 && ri_landlock_enter(r->rules) < 0)
		return -1;
	return r->filter.len > 0 ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &r->filter) : 0;
}
