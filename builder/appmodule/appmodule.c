// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appmodule/appmodule.h"
#include "appmodule/load.h"

#include <limits.h>
#include <sys/auxv.h>

static int get(const struct ri_appmodule **out, const char **install, struct ri_err *e)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe);
	bool known = n > 0 && n < (ssize_t)sizeof exe;
	RI_FREE char *path = NULL;

	if (known)
		exe[n] = '\0';
	path = ri_appmodule_path(known ? exe : NULL, getauxval(AT_SECURE) != 0);
	*install = NULL;
	return path ? ri_appmodule_load(path, out, install, e) : ri_nomem(e);
}

int ri_appmodule_open(const struct ri_stage *s, const struct ri_appliance_use *use,
    struct ri_guest_rw **out, struct ri_err *e)
{
	const struct ri_appmodule *m;
	const char *install;
	struct ri_err why;

	if (get(&m, &install, &why) == 0)
		return m->open(s, use, out, e);
	return install
		   ? ri_fail(e, why.code, 0, "%s; to install it: apt install %s", why.msg, install)
		   : ri_fail(e, why.code, 0, "%s", why.msg);
}

bool ri_appmodule_has_kvm(const struct ri_guest_rw *w)
{
	const struct ri_appmodule *m;
	const char *install;
	struct ri_err none;

	return get(&m, &install, &none) == 0 && m->has_kvm(w);
}

int ri_appmodule_settings(struct ri_appliance_settings *out, const char **install, struct ri_err *e)
{
	const struct ri_appmodule *m;

	return get(&m, install, e) < 0 ? -1 : m->settings(out, e);
}
