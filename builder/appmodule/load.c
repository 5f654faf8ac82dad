// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appmodule/load.h"
#include "host/hostfile.h"

#include <dlfcn.h>
#include <errno.h>
#include <ramimg-build-id.h>
#include <sys/stat.h>

/* cmake/Module.cmake */
static const char installed[] = RAMIMG_MODULE_DIR "/" RI_APPMODULE_FILE;

/* Whether @exe is right in @dir. */
static bool is_in(const char *exe, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(exe, dir, n) == 0 && exe[n] == '/' && !strchr(exe + n + 1, '/');
}

/* In a directory such as /tmp anybody may put a file beside a program that only its owner can replace. */
static bool is_of_same_hands(const char *exe, const char *module)
{
	struct stat program, st;

	return stat(exe, &program) == 0 && stat(module, &st) == 0 &&
	       (st.st_uid == program.st_uid || st.st_uid == 0) && !(st.st_mode & S_IWOTH);
}

char *ri_appmodule_path(const char *exe, bool secure)
{
	if (exe && *exe == '/' && !secure && !is_in(exe, RAMIMG_BIN_DIR)) {
		RI_FREE char *beside = NULL;

		if (asprintf(&beside, "%.*s" RI_APPMODULE_FILE, (int)(ri_file_base(exe) - exe),
			exe) < 0) {
			beside = NULL;
			return NULL;
		}
		if (is_of_same_hands(exe, beside))
			return ri_steal(beside);
	}
	return strdup(installed);
}

/* dlerror(3)'s words: "libguestfs.so.0: cannot open shared object file: ..." */
static int cannot(const char *path, const char *said, const char **install, struct ri_err *e)
{
	if (access(path, F_OK) < 0) {
		*install = "--reinstall ramimg";
		return ri_fail(e, RI_E_IO, errno, "the part of ramimg that starts an appliance, %s",
		    path);
	}
	if (strncmp(said, "libguestfs.so.", strlen("libguestfs.so.")) == 0) {
		*install = "libguestfs0";
		return ri_fail(e, RI_E_IO, 0,
		    "libguestfs is not installed, whose appliance this takes (%s)", said);
	}
	return ri_fail(e, RI_E_IO, 0,
	    "the part of ramimg that starts an appliance cannot be loaded: %s", said);
}

int ri_appmodule_load(const char *path, const struct ri_appmodule **out, const char **install,
    struct ri_err *e)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct ri_appmodule *m = handle ? dlsym(handle, RI_APPMODULE_SYMBOL) : NULL;
	const char *said = m ? NULL : dlerror();

	*install = NULL;
	if (!handle)
		return cannot(path, said ? said : "no reason was given", install, e);
	if (!m || strncmp(m->build, RI_BUILD_ID, sizeof m->build) != 0) {
		*install = "--reinstall ramimg";
		return ri_fail(e, RI_E_IO, 0,
		    "%s is of another build of ramimg, %.*s, than this program, " RI_BUILD_ID, path,
		    m ? RI_APPMODULE_BUILD : 9, m ? m->build : "a foreign");
	}
	*out = m;
	return 0;
}
