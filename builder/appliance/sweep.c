// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/sweep.h"
#include "base/log.h"
#include "host/dir.h"
#include "host/hostfile.h"

#include <fcntl.h>
#include <sys/stat.h>

#define NAME "libguestfs"
#define SOCKETS_MAX (16u << 20)

/* The ends of live connections have the name that was listened on; a new directory has no socket yet. */
static bool is_left_over(const struct ri_dir *below, const char *name, const char *unix_sockets)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_STRV names = { 0 };
	RI_BUF place = { 0 };
	RI_BUF live = { 0 };
	struct ri_err ignored;
	struct stat st;

	if (ri_dir_sub(below, name, &d, &ignored) < 0 || fstat(d.fd, &st) < 0 ||
	    st.st_uid != geteuid() || ri_dir_list(&d, &names, &ignored) < 0 || names.n == 0)
		return false;
	for (size_t i = 0; i < names.n; i++)
		if (fstatat(d.fd, names.v[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISSOCK(st.st_mode))
			return false;
	ri_buf_addf(&place, "%s/%s/", below->path, name);
	/* After they were seen: what is not in it then is dead. */
	return !place.oom && ri_file_read(unix_sockets, SOCKETS_MAX, &live, &ignored) == 0 &&
	       !memmem(live.p, live.n, place.p, place.n);
}

void ri_appliance_sweep(const char *dir, const char *unix_sockets)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir below = { 0 };
	RI_STRV names = { 0 };
	struct ri_err why;

	if (ri_dir_open_any(dir, &below, &why) < 0 || ri_dir_list(&below, &names, &why) < 0) {
		ri_log(RI_LOG_DEBUG, "looking for what libguestfs left: %s", why.msg);
		return;
	}
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.v[i], NAME, strlen(NAME)) == 0 &&
		    is_left_over(&below, names.v[i], unix_sockets) &&
		    ri_dir_remove(&below, names.v[i], &why) < 0)
			ri_log(RI_LOG_DEBUG, "%s", why.msg);
}
