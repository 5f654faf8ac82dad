// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/inspect.h"
#include "base/log.h"
#include "guest/find_root.h"
#include "guest/find_stores.h"
#include "guest/find_zram.h"
#include "guest/inspect_loader.h"
#include "guest/inspect_mounts.h"
#include "guest/members.h"
#include "guest/mounts.h"
#include "guest/packages.h"
#include "guest/text.h"
#include "grub/bls.h"
#include "os/filesystems.h"
#include "os/initramfs.h"
#include "plan/guest_paths.h"
#include "plan/plan.h"

static int list_disk(const struct ri_guest_fslist *l, struct ri_facts *f, struct ri_err *e)
{
	for (size_t i = 0; i < l->n; i++)
		if (!ri_ondisk_add(&f->disk, l->v[i].device, l->v[i].type, e))
			return -1;
	return 0;
}

/* Once a root is found: a disk of another system's is refused without, as the reader knows no names of that. */
static int find_names(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	for (size_t i = 0; i < f->disk.n; i++)
		if (g->ops->tags(g, f->disk.v[i].device, &f->disk.v[i].names, e) < 0)
			return -1;
	return 0;
}

/*
 * Before anything mends it: what the guest would find at its next boot. A VM that was stopped hard leaves a journal
 * to replay, or an ext2 that was not unmounted, and the guest would go on from there as if nothing had been; a
 * kernel that has met an error is another matter.
 */
static int find_unclean(struct ri_guest *g, const struct ri_guest_fslist *l, struct ri_facts *f,
    struct ri_err *e)
{
	for (size_t i = 0; g->ops->unclean && i < l->n; i++) {
		const struct ri_guest_fs *fs = &l->v[i];
		enum ri_unclean left;

		if (!ri_filesystem_has_e2fsck(fs->type))
			continue;
		if (g->ops->unclean(g, fs->device, &left, e) < 0)
			return -1;
		if (left == RI_UNCLEAN_STOPPED)
			ri_log(RI_LOG_INFO,
			    "%s (%s) was not unmounted by the guest; e2fsck -p makes good for it first",
			    fs->device, fs->type);
		if (left == RI_UNCLEAN_ERROR)
			ri_buf_addf(&f->unclean, "%s%s (%s)", f->unclean.n ? ", " : "", fs->device,
			    fs->type);
	}
	return ri_buf_check(&f->unclean, e);
}

static int find_devices(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	for (size_t i = 0; i < f->mounts_n; i++) {
		struct ri_mount *m = &f->mounts[i];
		struct ri_bootdev dev = { 0 };
		RI_FREE char *spec = NULL;
		int rc = g->ops->device(g, m->device, &m->uuid, &spec, &dev, e);

		if (rc == 0 && i == 0)
			f->root_spec = ri_steal(spec);
		if (rc == 0 && m == f->boot) {
			f->bootdev = dev;
		} else {
			free(dev.ptable);
			free(dev.lvm_hint);
		}
		if (rc < 0)
			return ri_ctx(e, "%s", m->mountpoint);
	}
	return 0;
}

/* What is listed is compared with each other, so that its number counts twice. */
static int check_names(const char *dir, const struct ri_strv *names, struct ri_err *e)
{
	return names->n <= RI_INSPECT_NAMES_MAX
		   ? 0
		   : ri_fail(e, RI_E_BUDGET, 0, "%s has %zu entries, and may have %u at most", dir,
			 names->n, RI_INSPECT_NAMES_MAX);
}

static int list_boot(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	RI_STRV names = { 0 };
	RI_FREE uint64_t *sizes = NULL;
	enum ri_kind kind;

	if (g->ops->kind(g, "/boot", &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_DIR)
		return 0;
	if (g->ops->list(g, "/boot", &names, &sizes, e) < 0 || check_names("/boot", &names, e) < 0)
		return -1;
	f->boot_files = calloc(names.n + 1, sizeof *f->boot_files);
	if (!f->boot_files)
		return ri_nomem(e);
	for (size_t i = 0; i < names.n; i++) {
		if (sizes[i] == UINT64_MAX)
			continue;
		f->boot_files[f->boot_files_n++] =
		    (struct ri_boot_file){ .name = names.v[i], .size = sizes[i] };
		names.v[i] = NULL; /* given away */
	}
	return 0;
}

static int list_modules(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_FREE char *real = NULL;

	/* A guest without modules has no such directory; what that means is the plan's to say. */
	if (g->ops->resolve(g, "/lib/modules", &real, e) < 0) {
		if (!ri_guest_leads_nowhere(e))
			return -1;
		*e = (struct ri_err){ 0 };
		return 0;
	}
	return g->ops->list(g, real, &f->modules, &sizes, e) < 0
		   ? -1
		   : check_names(real, &f->modules, e);
}

static int is_installed(struct ri_guest *g, const struct ri_initramfs *k, bool *yes,
    struct ri_err *e)
{
	*yes = false;
	for (const char *const *path = k->installed; *path && !*yes; path++) {
		enum ri_kind kind;

		if (g->ops->kind(g, *path, &kind, e) < 0)
			return -1;
		*yes = kind != RI_KIND_NONE;
	}
	return 0;
}

/* What makes the guest's initramfs, by what it installs; the first match counts. */
static int find_generator(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	const struct ri_initramfs *k;
	bool found = false;

	for (size_t i = 0; !found && (k = ri_initramfs_get(i)); i++) {
		if (is_installed(g, k, &found, e) < 0)
			return -1;
		if (found)
			f->initramfs = strdup(k->name);
	}
	if (!found)
		f->initramfs = strdup("");
	return f->initramfs ? 0 : ri_nomem(e);
}

/* The files that @pattern, "/dir/ *.conf", matches, of which there may be @most, by name. */
static int list_files(struct ri_guest *g, const char *pattern, unsigned most, struct ri_strv *names,
    struct ri_err *e)
{
	const char *last = strrchr(pattern, '/');

	if (g->ops->glob(g, pattern, names, e) < 0)
		return -1;
	if (names->n > most)
		return ri_fail(e, RI_E_BUDGET, 0, "%.*s has %zu files %s, and may have %u at most",
		    (int)(last - pattern), pattern, names->n, last + 1, most);
	ri_strv_sort(names);
	return 0;
}

/* /etc/default/grub, then grub.d/ *.cfg in the order in which the shell's glob gives them. */
static int read_defaults(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	RI_STRV names = { 0 };
	enum ri_kind kind;

	if (g->ops->kind(g, RI_PATH_DEFAULT_DIR, &kind, e) < 0)
		return -1;
	f->defaults_dir = kind == RI_KIND_DIR;
	if (f->defaults_dir &&
	    list_files(g, RI_PATH_DEFAULT_DIR "/*.cfg", RI_INSPECT_DEFAULTS_MAX, &names, e) < 0)
		return -1;
	f->defaults = calloc(names.n + 1, sizeof *f->defaults);
	if (!f->defaults)
		return ri_nomem(e);
	f->defaults_n = 1;
	if (ri_inspect_text(g, RI_PATH_DEFAULT, &f->defaults[0], e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		f->defaults_n++;
		if (ri_inspect_text(g, names.v[i], &f->defaults[i + 1], e) < 0)
			return -1;
	}
	return 0;
}

static int read_state(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	enum ri_kind kind;

	for (size_t i = 0; i < RI_TEXTS; i++) {
		if (ri_inspect_text(g, ri_plan_orig_path[i], &f->orig[i], e) < 0 ||
		    ri_inspect_text(g, ri_plan_ours_path[i], &f->ours[i], e) < 0)
			return -1;
		f->built = f->built || f->orig[i].present || f->ours[i].present;
	}
	if (ri_inspect_text(g, RI_PATH_FSTAB_COPY, &f->fstab_copy, e) < 0 ||
	    ri_inspect_text(g, RI_PATH_STATE_RECORD, &f->record, e) < 0 ||
	    ri_inspect_text(g, RI_PATH_STATE_SAVED, &f->saved_entry, e) < 0 ||
	    g->ops->kind(g, RI_PATH_STATE_DIR_OURS, &kind, e) < 0)
		return -1;
	f->defaults_dir_ours = kind == RI_KIND_FILE;
	if (g->ops->kind(g, RI_PATH_STATE_GRUBENV_OURS, &kind, e) < 0)
		return -1;
	f->grubenv_ours = kind == RI_KIND_FILE;
	if (g->ops->kind(g, RI_PATH_STATE_SLIM, &kind, e) < 0)
		return -1;
	f->slim = kind == RI_KIND_FILE;
	f->built = f->built || f->fstab_copy.present || f->slim;
	return 0;
}

static int read_os(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	struct ri_text rel = { 0 };
	int rc = ri_inspect_text(g, "/etc/os-release", &rel, e);

	if (rc == 0 && !rel.present) {
		free(rel.path);
		rc = ri_inspect_text(g, "/usr/lib/os-release", &rel, e);
	}
	if (rc == 0)
		rc = ri_osrelease_parse(ri_buf_span(&rel.bytes), &f->os, e);
	free(rel.path);
	ri_buf_free(&rel.bytes);
	return rc < 0 ? -1 : ri_find_arch(g, &f->arch, e);
}

/* GRUB's own files: of Debian's names, or of Fedora's where there is no grub.cfg of that name. */
static int read_grub(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	struct ri_text *cfg = &f->now[RI_TEXT_CFG];

	if (ri_inspect_text(g, RI_PATH_CFG, cfg, e) < 0)
		return -1;
	if (!cfg->present) {
		free(cfg->path);
		cfg->path = NULL;
		if (ri_inspect_text(g, RI_PATH_CFG2, cfg, e) < 0)
			return -1;
		f->grub2 = cfg->present;
	}
	f->grub = cfg->present;
	return ri_inspect_text(g, f->grub2 ? RI_PATH_GRUBENV2 : RI_PATH_GRUBENV, &f->grubenv, e);
}

/* The menu's own files, where there are any. */
static int read_entries(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	RI_STRV names = { 0 };
	enum ri_kind kind;

	if (g->ops->kind(g, RI_PATH_BLS_DIR, &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_DIR)
		return 0;
	if (list_files(g, RI_PATH_BLS_DIR "/*.conf", RI_INSPECT_ENTRIES_MAX, &names, e) < 0)
		return -1;
	f->entries = calloc(names.n + 1, sizeof *f->entries);
	if (!f->entries)
		return ri_nomem(e);
	for (size_t i = 0; i < names.n; i++) {
		f->entries_n++;
		if (ri_inspect_text(g, names.v[i], &f->entries[i], e) < 0)
			return -1;
		f->built = f->built || ri_bls_is_ours(ri_bls_id(names.v[i]));
	}
	f->bls = names.n > 0 && ri_bls_in_menu(ri_buf_span(&f->now[RI_TEXT_CFG].bytes));
	return 0;
}

/* A file of ramimg's name is the administrator's, and stays as it is. */
static int find_cloud_init(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	enum ri_kind config, dir, ours;

	if (g->ops->kind(g, RI_PATH_CLOUD, &config, e) < 0 ||
	    g->ops->kind(g, RI_PATH_CLOUD_DIR, &dir, e) < 0 ||
	    g->ops->kind(g, RI_PATH_CLOUD_OURS, &ours, e) < 0)
		return -1;
	f->cloud_init = config == RI_KIND_FILE && dir == RI_KIND_DIR && ours == RI_KIND_NONE;
	return 0;
}

/* Where /usr is merged, the second path is the first by another name. Debian 13's is a link into dracut's own files. */
static int find_dracut_shutdown(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	static const char *const places[] = { "/usr/lib/systemd/system/" RI_UNIT_DRACUT_SHUTDOWN,
		"/lib/systemd/system/" RI_UNIT_DRACUT_SHUTDOWN };
	enum ri_kind unit = RI_KIND_NONE, dir, ours;

	for (size_t i = 0; i < sizeof places / sizeof *places && unit == RI_KIND_NONE; i++)
		if (g->ops->kind(g, places[i], &unit, e) < 0)
			return -1;
	if (g->ops->kind(g, RI_PATH_UNITS, &dir, e) < 0 ||
	    g->ops->kind(g, RI_PATH_DRACUT_SHUTDOWN_OURS, &ours, e) < 0)
		return -1;
	f->dracut_shutdown = (unit == RI_KIND_FILE || unit == RI_KIND_LINK) && dir == RI_KIND_DIR &&
			     ours == RI_KIND_NONE;
	return 0;
}

static int collect(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	if (read_os(g, f, e) < 0 || find_devices(g, f, e) < 0 || list_boot(g, f, e) < 0 ||
	    list_modules(g, f, e) < 0 || find_generator(g, f, e) < 0 ||
	    ri_inspect_loader(g, f, e) < 0 || read_defaults(g, f, e) < 0)
		return -1;
	if (ri_inspect_text(g, RI_PATH_CUSTOM, &f->now[RI_TEXT_CUSTOM], e) < 0 ||
	    read_grub(g, f, e) < 0 || read_entries(g, f, e) < 0 ||
	    ri_inspect_text(g, RI_PATH_SELINUX, &f->selinux, e) < 0 ||
	    find_cloud_init(g, f, e) < 0 || find_dracut_shutdown(g, f, e) < 0)
		return -1;
	if (ri_packages_sum(g, &f->packages, e) < 0 || ri_find_stores(g, f, e) < 0 ||
	    ri_find_zram(g, &f->zram, e) < 0)
		return -1;
	return read_state(g, f, e);
}

int ri_inspect(struct ri_guest *g, bool readonly, struct ri_facts *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist fs = { 0 };
	RI_ON_EXIT(ri_root_free) struct ri_root root = { 0 };

	if (g->ops->filesystems(g, &fs, e) < 0 || ri_refuse_members(&fs, e) < 0 ||
	    find_unclean(g, &fs, &f, e) < 0 || ri_preen_all(g, &fs, e) < 0 ||
	    list_disk(&fs, &f, e) < 0 || ri_find_root(g, &f.disk, &root, e) < 0 ||
	    find_names(g, &f, e) < 0 || ri_inspect_esps(g, &fs, &f, e) < 0 ||
	    ri_inspect_mount_all(g, root.device, root.subvol, readonly, &f, e) < 0 ||
	    collect(g, &f, e) < 0)
		return -1;
	*out = f;
	f = (struct ri_facts){ 0 };
	return 0;
}
