// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/clear.h"
#include "base/cancel.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "plan/guest_paths.h"

/* Mount points and what is kept are never deep; a guest that says so is no guest to walk through. */
#define DEPTH_MAX 32

/*
 * What stays as it is, with all below it. By the last three and /bin, which may be a link that leads nowhere then, the
 * next reader knows a root (guest/find_subvol.c).
 */
static const char *const kept[] = { "/boot", "/lost+found", RI_PATH_FSTAB, "/etc/os-release",
	"/usr/lib/os-release" };
/* Without the last three dracut takes no file system for a root (usable_root in its dracut-lib.sh). */
static const char *const names_only[] = { "/bin", "/proc", "/sys", "/dev" };

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool is_kept(const struct ri_facts *f, const char *path)
{
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (is_below(path, kept[i]))
			return true;
	for (size_t i = 0; i < f->mounts_n; i++)
		if (strcmp(f->mounts[i].fstype, "vfat") == 0 &&
		    is_below(path, f->mounts[i].mountpoint))
			return true;
	return false;
}

/* Whether something that stays is below it, or is it: then it is gone through, and not removed whole. */
static bool leads_to_more(const struct ri_facts *f, const char *path)
{
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (is_below(kept[i], path))
			return true;
	for (size_t i = 0; i < f->mounts_n; i++)
		if (is_below(f->mounts[i].mountpoint, path))
			return true;
	for (size_t i = 0; i < sizeof names_only / sizeof *names_only; i++)
		if (strcmp(path, names_only[i]) == 0)
			return true;
	return false;
}

static int clear_dir(struct ri_guest_rw *w, const struct ri_facts *f, const char *dir,
    unsigned depth, struct ri_err *e);

static int clear_one(struct ri_guest_rw *w, const struct ri_facts *f, const char *path,
    unsigned depth, struct ri_err *e)
{
	enum ri_kind kind;

	if (is_kept(f, path))
		return 0;
	if (!leads_to_more(f, path))
		return w->ops->remove_tree(w, path, e);
	/* Of a link the name alone can be meant: what it leads to has a path of its own. */
	if (w->g.ops->kind(&w->g, path, &kind, e) < 0)
		return -1;
	return kind == RI_KIND_DIR ? clear_dir(w, f, path, depth + 1, e) : 0;
}

static int clear_dir(struct ri_guest_rw *w, const struct ri_facts *f, const char *dir,
    unsigned depth, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV names = { 0 };

	if (depth > DEPTH_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "%s: mount points that deep are not gone through",
		    dir);
	if (ri_cancel_check(e) < 0 || w->g.ops->list(&w->g, dir, &names, &sizes, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		RI_FREE char *path = ri_file_join(strcmp(dir, "/") == 0 ? "" : dir, names.v[i]);

		if (!path)
			return ri_nomem(e);
		if (clear_one(w, f, path, depth, e) < 0)
			return -1;
	}
	return 0;
}

int ri_guest_clear(struct ri_guest_rw *w, const struct ri_facts *f, struct ri_err *e)
{
	return clear_dir(w, f, "/", 0, e);
}

int ri_guest_trim(struct ri_guest_rw *w, const struct ri_facts *f, struct ri_err *e)
{
	for (size_t i = 0; i < f->mounts_n; i++) {
		struct ri_err why = { 0 };

		if (strcmp(f->mounts[i].fstype, "vfat") == 0 ||
		    w->ops->trim(w, f->mounts[i].mountpoint, &why) == 0)
			continue;
		if (why.code == RI_E_NOMEM || ri_cancel_check(&why) < 0) {
			*e = why;
			return -1;
		}
		ri_log(RI_LOG_WARN, "the image is larger than it need be: trimming %s: %s",
		    f->mounts[i].mountpoint, why.msg);
	}
	return 0;
}
