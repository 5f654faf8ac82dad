// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An EFI partition is looked at as a file system of its own: many a guest has no line for it in its fstab.
 */
#include "guest/inspect_loader.h"
#include "base/log.h"
#include "guest/text.h"
#include "os/bootloaders.h"

static int exists(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e)
{
	enum ri_kind kind;

	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	*yes = kind != RI_KIND_NONE;
	return 0;
}

/* The path that a row means, or NULL where there is none: the directory first, as one that is missing matches nothing. */
static int find(struct ri_guest *g, const struct ri_bootloader *k, char **path, struct ri_err *e)
{
	RI_STRV hits = { 0 };
	bool yes = true;

	if (!strchr(k->path, '*')) {
		if (exists(g, k->path, &yes, e) < 0)
			return -1;
		*path = yes ? strdup(k->path) : NULL;
		return yes && !*path ? ri_nomem(e) : 0;
	}
	if (g->ops->glob(g, k->path, &hits, e) < 0)
		return -1;
	*path = hits.n > 0 ? strdup(hits.v[0]) : NULL;
	return hits.n > 0 && !*path ? ri_nomem(e) : 0;
}

static int look(struct ri_guest *g, enum ri_bootloader_place place, const char *device,
    struct ri_facts *f, struct ri_err *e)
{
	const struct ri_bootloader *k;

	for (size_t i = 0; !f->loader && (k = ri_bootloader_get(i)); i++) {
		RI_FREE char *path = NULL;
		RI_BUF words = { 0 };

		if (k->place != place)
			continue;
		if (find(g, k, &path, e) < 0)
			return -1;
		if (!path)
			continue;
		ri_buf_addf(&words, "%s (%s%s%s)", k->name, path, device ? " on " : "",
		    device ? device : "");
		if (ri_buf_check(&words, e) < 0)
			return -1;
		f->loader = ri_buf_steal(&words);
		if (!f->loader)
			return ri_nomem(e);
	}
	return 0;
}

/* /EFI/NAME/grub.cfg, where it is a file with text. */
static int add_stub(struct ri_guest *g, const char *name, const char *device, struct ri_facts *f,
    struct ri_err *e)
{
	struct ri_esp_stub *s = &f->stubs[f->stubs_n];
	RI_BUF path = { 0 };
	enum ri_kind kind;

	ri_buf_addf(&path, "/EFI/%s/grub.cfg", name);
	if (ri_buf_check(&path, e) < 0 || g->ops->kind(g, path.p, &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_FILE)
		return 0;
	f->stubs_n++;
	s->path = ri_buf_steal(&path);
	s->device = strdup(device);
	if (!s->path || !s->device)
		return ri_nomem(e);
	return g->ops->read(g, s->path, RI_TEXT_MAX, &s->bytes, e);
}

static int look_for_stubs(struct ri_guest *g, const char *device, struct ri_facts *f,
    struct ri_err *e)
{
	RI_STRV names = { 0 };
	RI_FREE uint64_t *sizes = NULL;
	struct ri_esp_stub *grown;
	enum ri_kind kind;

	if (g->ops->kind(g, "/EFI", &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_DIR)
		return 0;
	if (g->ops->list(g, "/EFI", &names, &sizes, e) < 0)
		return -1;
	if (names.n > RI_INSPECT_EFI_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "/EFI on %s has %zu entries, and may have %u at most", device, names.n,
		    RI_INSPECT_EFI_MAX);
	grown = reallocarray(f->stubs, f->stubs_n + names.n + 1, sizeof *grown);
	if (!grown)
		return ri_nomem(e);
	f->stubs = grown;
	memset(grown + f->stubs_n, 0, (names.n + 1) * sizeof *grown);
	ri_strv_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		if (add_stub(g, names.v[i], device, f, e) < 0)
			return -1;
	return 0;
}

/* Beside whatever else is there, so not in the table of boot loaders, of which the first counts. */
static int look_for_windows(struct ri_guest *g, const char *device, struct ri_facts *f,
    struct ri_err *e)
{
	static const char dir[] = "/EFI/Microsoft/Boot";
	RI_BUF words = { 0 };
	bool yes;

	if (f->windows)
		return 0;
	if (exists(g, dir, &yes, e) < 0)
		return -1;
	if (!yes)
		return 0;
	ri_buf_addf(&words, "%s on %s", dir, device);
	if (ri_buf_check(&words, e) < 0)
		return -1;
	f->windows = ri_buf_steal(&words);
	return f->windows ? 0 : ri_nomem(e);
}

static int look_at(struct ri_guest *g, const char *device, struct ri_facts *f, struct ri_err *e)
{
	if (g->ops->umount_all(g, e) < 0)
		return -1;
	if (g->ops->mount(g, device, "/", true, e) < 0) {
		if (e->code != RI_E_IO || ri_guest_is_unsure(g, e))
			return -1;
		ri_log(RI_LOG_DEBUG, "no EFI partition: %s", e->msg);
		*e = (struct ri_err){ 0 };
		return 0;
	}
	return look(g, RI_BOOTLOADER_ON_ESP, device, f, e) < 0 ||
		       look_for_windows(g, device, f, e) < 0
		   ? -1
		   : look_for_stubs(g, device, f, e);
}

int ri_inspect_esps(struct ri_guest *g, const struct ri_guest_fslist *l, struct ri_facts *f,
    struct ri_err *e)
{
	bool any = false;

	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i].type, "vfat") != 0)
			continue;
		any = true;
		if (look_at(g, l->v[i].device, f, e) < 0)
			return ri_ctx(e, "looking for an EFI partition");
	}
	if (any && g->ops->umount_all(g, e) < 0)
		return ri_ctx(e, "looking for an EFI partition");
	return 0;
}

int ri_inspect_loader(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	if (look(g, RI_BOOTLOADER_IN_ROOT, NULL, f, e) < 0)
		return -1;
	if (!f->loader)
		f->loader = strdup("");
	return f->loader ? 0 : ri_nomem(e);
}
