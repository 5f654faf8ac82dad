// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cfgstack.h"
#include "base/log.h"
#include "cli/cfgfile.h"
#include "host/dir.h"
#include "host/hostfile.h"

#include <errno.h>

/** ROOT and @below, for free(); NULL when out of memory. */
static char *path_at(const char *root, const char *below)
{
	struct ri_buf b = { 0 };

	ri_buf_addf(&b, "%s%s", root, below);
	return ri_buf_steal(&b);
}

/** What cannot be looked at is there: reading it says why. */
static bool is_there(const char *path)
{
	return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static int read_main(const char *root, struct ri_job *job, struct ri_err *e)
{
	RI_FREE char *now = path_at(root, RI_CONFIG_DIR "/ramimg.conf");
	RI_FREE char *old = path_at(root, RI_CONFIG_OLD);

	if (!now || !old)
		return ri_nomem(e);
	if (!is_there(now))
		return ri_cfgfile_read(old, true, job, e);
	if (is_there(old))
		ri_log(RI_LOG_WARN,
		    "%s is not read, as there is %s; move what it sets to that one, and remove it",
		    old, now);
	return ri_cfgfile_read(now, true, job, e);
}

/** As systemd's drop-ins: not what is hidden, nor what an editor or dpkg leaves behind another suffix. */
static bool counts(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".conf") == 0;
}

static int list(const char *path, struct ri_strv *names, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };

	if (ri_dir_open(path, 0, &d, e) == 0 && ri_dir_list(&d, names, e) == 0) {
		ri_strv_sort(names);
		return 0;
	}
	if (e->code == RI_E_IO)
		e->code = RI_E_CONFIG;
	return ri_ctx(e, "the configuration");
}

static int read_drop_ins(const char *root, struct ri_job *job, struct ri_err *e)
{
	RI_FREE char *dir = path_at(root, RI_CONFIG_DIR "/conf.d");
	RI_STRV names = { 0 };

	if (!dir)
		return ri_nomem(e);
	if (!is_there(dir))
		return 0;
	if (list(dir, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		RI_FREE char *path = NULL;

		if (!counts(names.v[i]))
			continue;
		path = ri_file_join(dir, names.v[i]);
		if (!path)
			return ri_nomem(e);
		if (ri_cfgfile_read(path, false, job, e) < 0)
			return -1;
	}
	return 0;
}

static int read_vm(const char *root, unsigned vmid, struct ri_job *job, struct ri_err *e)
{
	RI_BUF path = { 0 };

	if (vmid == 0)
		return 0;
	ri_buf_addf(&path, "%s" RI_CONFIG_DIR "/vm/%u.conf", root, vmid);
	return ri_buf_check(&path, e) < 0 ? -1 : ri_cfgfile_read(path.p, true, job, e);
}

int ri_cfgstack_read(const char *root, unsigned vmid, struct ri_job *job, struct ri_err *e)
{
	if (read_main(root, job, e) < 0 || read_drop_ins(root, job, e) < 0)
		return -1;
	return read_vm(root, vmid, job, e);
}

bool ri_cfgstack_has_vms(const char *root)
{
	RI_FREE char *dir = path_at(root, RI_CONFIG_DIR "/vm");

	return !dir || is_there(dir);
}
