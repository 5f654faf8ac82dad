// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What libguestfs makes its appliance of, and where it keeps it.
 */
#include "doctor/internal.h"
#include "base/show.h"
#include "host/dir.h"
#include "host/hostfile.h"
#include "os/version.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

/* "DIR/NAME" of @n bytes of @dir. */
static bool has(const char *dir, size_t n, const char *name)
{
	char path[PATH_MAX];
	int k = snprintf(path, sizeof path, "%.*s/%s", n > 0 ? (int)n : 1, n > 0 ? dir : ".", name);

	return k < PATH_MAX && ri_may(path, F_OK);
}

enum ri_appliance_kind ri_find_appliance(const struct ri_doctor_host *h, char dir[static PATH_MAX])
{
	static const char *const fixed[] = { "README.fixed", "kernel", "initrd", "root" };

	for (const char *part = h->guestfs ? h->guestfs->path : ""; *part;) {
		size_t n = strcspn(part, ":"), there = 0;

		snprintf(dir, PATH_MAX, "%.*s", (int)n, part);
		if (has(part, n, "supermin.d"))
			return RI_APPLIANCE_SUPERMIN;
		for (size_t i = 0; i < 4; i++)
			there += has(part, n, fixed[i]);
		if (there == 4)
			return RI_APPLIANCE_FIXED;
		part += n + (part[n] == ':');
	}
	return RI_APPLIANCE_NONE;
}

int ri_look_libguestfs(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	char dir[PATH_MAX];

	(void)versions, (void)e;
	if (!h->guestfs) {
		RI_FOUND(r, RI_HEALTH_MISSING, "%s", h->refused);
		RI_REMEDY(r, "%sapt install %s", ri_sudo(h),
		    h->install ? h->install : "--reinstall libguestfs0");
		return 0;
	}
	switch (ri_find_appliance(h, dir)) {
	case RI_APPLIANCE_SUPERMIN:
		RI_FOUND(r, RI_HEALTH_OK, "%s/supermin.d", dir);
		break;
	case RI_APPLIANCE_FIXED:
		RI_FOUND(r, RI_HEALTH_OK, "%s has an appliance that was made elsewhere", dir);
		break;
	case RI_APPLIANCE_NONE:
		RI_FOUND(r, RI_HEALTH_MISSING, "there is no supermin.d in %s", h->guestfs->path);
		RI_REMEDY(r, "%sapt install --reinstall libguestfs0%s", ri_sudo(h),
		    h->env("LIBGUESTFS_PATH") ? "; unset LIBGUESTFS_PATH" : "");
		break;
	}
	return 0;
}

/** The kernel that supermin picks, and its modules. */
struct kernel {
	char image[PATH_MAX], modules[PATH_MAX];
	char version[256];
};

static bool is_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The newest name in @dir that @fits, into k->version without its first @skip bytes. */
static int newest(const struct ri_doctor_host *h, const char *dir, size_t skip,
    bool (*fits)(const struct ri_doctor_host *h, const char *name, struct kernel *k),
    struct kernel *k, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err why = { 0 };
	RI_STRV names = { 0 };
	char path[PATH_MAX], best[256] = "";
	struct kernel one;

	if (!ri_host_path(h, dir, path))
		return 0;
	if (ri_dir_open_any(path, &d, &why) < 0 || ri_dir_list(&d, &names, &why) < 0) {
		if (why.code != RI_E_NOMEM)
			return 0;
		*e = why;
		return -1;
	}
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];

		if (strlen(name) >= sizeof best || !fits(h, name, &one))
			continue;
		if (best[0] && ri_version_cmp(name, best) <= 0)
			continue;
		snprintf(best, sizeof best, "%s", name);
		*k = one;
		snprintf(k->version, sizeof k->version, "%s", name + skip);
	}
	return 0;
}

static bool with_image(const struct ri_doctor_host *h, const char *name, struct kernel *k)
{
	int n = snprintf(k->modules, PATH_MAX, "%s/lib/modules/%s", h->root, name);
	int m = snprintf(k->image, PATH_MAX, "%s/lib/modules/%s/vmlinuz", h->root, name);

	return n < m && m < PATH_MAX && ri_may(k->image, F_OK);
}

/* Those of this kind of processor come before all others. */
static bool with_modules(const struct ri_doctor_host *h, const char *name, const char *pattern,
    struct kernel *k)
{
	char dep[PATH_MAX];
	int n, m, l;

	if (fnmatch(pattern, name, FNM_NOESCAPE) != 0 || strstr(name, "xen"))
		return false;
	n = snprintf(k->image, PATH_MAX, "%s/boot/%s", h->root, name);
	m = snprintf(k->modules, PATH_MAX, "%s/lib/modules/%s", h->root, name + strlen("vmlinuz-"));
	l = snprintf(dep, sizeof dep, "%s/lib/modules/%s/modules.dep", h->root,
	    name + strlen("vmlinuz-"));
	return n < PATH_MAX && m < l && l < PATH_MAX && is_file(dep);
}

static bool of_this_cpu(const struct ri_doctor_host *h, const char *name, struct kernel *k)
{
	return with_modules(h, name, "vmlinu?-*-amd64", k) ||
	       with_modules(h, name, "vmlinu?-*-x86_64", k);
}

static bool of_any_cpu(const struct ri_doctor_host *h, const char *name, struct kernel *k)
{
	return with_modules(h, name, "vmlinu?-*", k);
}

/* As supermin 5.2 does (src/format_ext2_kernel.ml). */
static int find_kernel(const struct ri_doctor_host *h, struct kernel *k, struct ri_err *e)
{
	const char *image = h->env("SUPERMIN_KERNEL"), *modules = h->env("SUPERMIN_MODULES");
	const char *version = h->env("SUPERMIN_KERNEL_VERSION");

	*k = (struct kernel){ 0 };
	/* One whose version it cannot read it passes over in silence. */
	if (image && (version || ri_may(image, R_OK))) {
		snprintf(k->image, PATH_MAX, "%s", image);
		if (!modules && version)
			snprintf(k->modules, PATH_MAX, "%s/lib/modules/%s", h->root, version);
	} else if (newest(h, "/lib/modules", 0, with_image, k, e) < 0 ||
		   (!k->image[0] &&
		       newest(h, "/boot", strlen("vmlinuz-"), of_this_cpu, k, e) < 0) ||
		   (!k->image[0] && newest(h, "/boot", strlen("vmlinuz-"), of_any_cpu, k, e) < 0)) {
		return -1;
	}
	if (modules)
		snprintf(k->modules, PATH_MAX, "%s", modules);
	return 0;
}

/* Of the cache, whose name libguestfs gives. */
static bool cache_path(const struct ri_doctor_host *h, const char *name, char out[static PATH_MAX])
{
	int n =
	    snprintf(out, PATH_MAX, "%s/.guestfs-%d%s", h->guestfs->cachedir, (int)h->uid, name);

	return n < PATH_MAX;
}

bool ri_has_cached_appliance(const struct ri_doctor_host *h)
{
	static const char *const names[] = { "/appliance.d/kernel", "/appliance.d/initrd",
		"/appliance.d/root" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!cache_path(h, names[i], path) || !ri_may(path, R_OK))
			return false;
	return true;
}

static void no_kernel(const struct ri_doctor_host *h, struct ri_checked *r)
{
	RI_FOUND(r, RI_HEALTH_MISSING,
	    "there is no kernel in /boot with its modules in /lib/modules, of which supermin would "
	    "make the appliance");
	RI_REMEDY(r, "%sapt install %s", ri_sudo(h),
	    h->proxmox ? "proxmox-default-kernel" : "linux-image-amd64");
}

/* An appliance that was made while it could be read is used for as long as the host's packages stay. */
static void unreadable(const struct ri_doctor_host *h, const struct kernel *k, int sys,
    struct ri_checked *r)
{
	bool cached = ri_has_cached_appliance(h);
	struct stat st;

	RI_FOUND(r, cached ? RI_HEALTH_WARNING : RI_HEALTH_MISSING, "%s cannot be read: %s",
	    k->image, strerror(sys));
	if (sys == EACCES && stat(k->image, &st) == 0)
		ri_buf_addf(&r->found, " (mode %04o)", (unsigned)st.st_mode & 07777);
	if (cached)
		ri_buf_add_str(&r->found,
		    "; the appliance that was made of one before is still there");
	if (sys == EACCES && h->uid != 0)
		RI_REMEDY(r,
		    "sudo chmod 0644 %s (for good, with Debian's packages: sudo dpkg-statoverride --update "
		    "--add root root 0644 %s), or run ramimg as root",
		    k->image, k->image);
	else if (h->env("SUPERMIN_KERNEL"))
		RI_REMEDY(r, "unset SUPERMIN_KERNEL SUPERMIN_KERNEL_VERSION SUPERMIN_MODULES");
	else
		RI_REMEDY(r, "%sapt install --reinstall linux-image-%s", ri_sudo(h), k->version);
}

int ri_look_kernel(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	char dir[PATH_MAX];
	struct kernel k;
	RI_FD int fd = -1;

	(void)versions;
	if (ri_find_appliance(h, dir) != RI_APPLIANCE_SUPERMIN)
		return 0;
	if (find_kernel(h, &k, e) < 0)
		return -1;
	if (!k.image[0]) {
		no_kernel(h, r);
		return 0;
	}
	fd = open(k.image, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		unreadable(h, &k, errno, r);
		return 0;
	}
	if (k.modules[0] && !ri_may(k.modules, R_OK | X_OK)) {
		RI_FOUND(r, RI_HEALTH_MISSING, "%s, whose modules in %s cannot be read: %s",
		    k.image, k.modules, strerror(errno));
		RI_REMEDY(r, "%schmod -R a+rX %s", ri_sudo(h), k.modules);
		return 0;
	}
	RI_FOUND(r, RI_HEALTH_OK, "%s", k.image);
	return 0;
}

/* supermin's appliance takes some 700 MiB on Debian 12, and is made anew beside the one that is there. */
#define CACHE_ROOM ((uint64_t)1 << 30)

static void look_room(const struct ri_doctor_host *h, const char *dir, struct ri_checked *r)
{
	char is[RI_SHOW_FIGURE], takes[RI_SHOW_FIGURE];
	uint64_t avail;

	if (!h->space(dir, &avail) || avail >= CACHE_ROOM)
		return;
	RI_FOUND(r, RI_HEALTH_WARNING, ", with %s free, of which making the appliance takes %s",
	    ri_show_bytes(avail, is), ri_show_bytes(CACHE_ROOM, takes));
	RI_REMEDY(r, "make room there, or export LIBGUESTFS_CACHEDIR=DIR with another directory");
}

int ri_look_cache(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	char dir[PATH_MAX];
	struct stat st;

	(void)versions, (void)e;
	if (ri_find_appliance(h, dir) != RI_APPLIANCE_SUPERMIN || !cache_path(h, "", dir))
		return 0;
	if (lstat(dir, &st) < 0) {
		if (!ri_may(h->guestfs->cachedir, W_OK | X_OK)) {
			RI_FOUND(r, RI_HEALTH_MISSING, "%s, which cannot be made: %s", dir,
			    strerror(errno));
			RI_REMEDY(r, "export LIBGUESTFS_CACHEDIR=DIR with a directory of your own");
			return 0;
		}
		RI_FOUND(r, RI_HEALTH_OK, "%s, which the first start makes", dir);
		look_room(h, h->guestfs->cachedir, r);
		return 0;
	}
	/* libguestfs refuses it otherwise (guestfs(3), "SECURITY"). */
	if (!S_ISDIR(st.st_mode) || st.st_uid != h->uid || (st.st_mode & 022)) {
		RI_FOUND(r, RI_HEALTH_MISSING,
		    "%s is not a directory of this user's alone, which libguestfs refuses", dir);
		RI_REMEDY(r, "sudo rm -r %s", dir);
		return 0;
	}
	RI_FOUND(r, RI_HEALTH_OK, "%s", dir);
	if (!ri_has_cached_appliance(h))
		look_room(h, dir, r);
	return 0;
}
