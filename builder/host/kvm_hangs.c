// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kvm_hangs.h"
#include "base/log.h"
#include "host/dir.h"
#include "host/hostfile.h"

#include <sys/stat.h>
#include <time.h>

enum { COUNTS_S = 3600 };

char *ri_kvm_hangs_path(const char *stage_dir)
{
	const char *dir = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");

	if (dir && *dir == '/')
		return ri_file_join(dir, "ramimg/kvm-hangs");
	return stage_dir ? ri_file_join(stage_dir, "kvm-hangs") : NULL;
}

bool ri_kvm_hangs_is_set(const char *path)
{
	struct timespec now;
	struct stat st;

	if (!path || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	return st.st_mtime <= now.tv_sec && now.tv_sec - st.st_mtime < COUNTS_S;
}

bool ri_kvm_hangs_is_known(const char *path)
{
	if (!ri_kvm_hangs_is_set(path))
		return false;
	ri_log(RI_LOG_INFO, "KVM has hung here within the last hour and is not tried (%s)", path);
	return true;
}

void ri_kvm_hangs_set(const char *path)
{
	RI_FREE char *dir = path ? strndup(path, (size_t)(ri_file_base(path) - path)) : NULL;
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err why;

	if (!dir)
		return;
	if (ri_dir_open(dir, 0700, &d, &why) < 0 ||
	    ri_dir_put(&d, ri_file_base(path), ri_str(""), 0600, &why) < 0)
		ri_log(RI_LOG_DEBUG, "cannot remember that KVM hangs: %s", why.msg);
}
