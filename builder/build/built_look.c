// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/built_look.h"
#include "guest/inspect.h"
#include "guest/packages.h"
#include "os/filesystems.h"
#include "plan/drift.h"
#include "plan/guest_paths.h"
#include "plan/ram_need.h"

/* As a file on the root's file system, and on a separate /boot's. */
static const char *const traces[] = { RI_PATH_STATE, RI_PATH_INITRD, "/initrd.img-ramboot" };

/* What was found so far, on the root's file system and on that of /boot. */
struct found {
	bool looked, others; /* at a file system; there are some that only the appliance reads */
	bool built, slim;
	struct ri_buf record;
	char *packages; /* once the record is there */
	struct ri_strv names;
	struct ri_boot_file *files;
	size_t n;
};

static void found_free(struct found *x)
{
	ri_buf_free(&x->record);
	free(x->packages);
	ri_strv_free(&x->names);
	free(x->files);
}

static int take_files(struct ri_guest *g, const char *dir, struct found *x, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;

	if (g->ops->list(g, dir, &x->names, &sizes, e) < 0)
		return -1;
	/* They are compared with each other, and more than that no build has passed. */
	if (x->names.n > RI_INSPECT_NAMES_MAX)
		return ri_fail(e, RI_E_BUDGET, 0, "%s has %zu entries, and may have %u at most",
		    dir, x->names.n, RI_INSPECT_NAMES_MAX);
	x->files = calloc(x->names.n + 1, sizeof *x->files);
	if (!x->files)
		return ri_nomem(e);
	for (size_t i = 0; i < x->names.n; i++)
		if (sizes[i] != UINT64_MAX)
			x->files[x->n++] = (struct ri_boot_file){ x->names.v[i], sizes[i] };
	return 0;
}

static int take_record(struct ri_guest *g, struct found *x, struct ri_err *e)
{
	enum ri_kind kind;

	if (x->packages)
		return 0;
	if (g->ops->kind(g, RI_PATH_STATE_RECORD, &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_FILE)
		return 0;
	x->record.n = 0;
	return g->ops->read(g, RI_PATH_STATE_RECORD, RI_TEXT_MAX, &x->record, e) < 0 ||
		       ri_packages_sum(g, &x->packages, e) < 0
		   ? -1
		   : 0;
}

/* The file system mounted at / may be the root's, that of a /boot, both, or another. */
static int take(struct ri_guest *g, struct found *x, struct ri_err *e)
{
	static const char *const dirs[] = { NULL, "/boot", "/" }; /* of the traces */
	enum ri_kind kind;

	for (size_t i = 0; i < sizeof traces / sizeof traces[0]; i++) {
		if (g->ops->kind(g, traces[i], &kind, e) < 0)
			return -1;
		x->built = x->built || kind != RI_KIND_NONE;
		if (dirs[i] && kind == RI_KIND_FILE && !x->files &&
		    take_files(g, dirs[i], x, e) < 0)
			return -1;
	}
	if (g->ops->kind(g, RI_PATH_STATE_SLIM, &kind, e) < 0)
		return -1;
	x->slim = x->slim || kind == RI_KIND_FILE;
	return take_record(g, x, e);
}

/* Whether an ordinary system could have its root or /boot there. */
static bool may_hold_them(const char *type)
{
	static const char *const never[] = { "", "swap", "vfat", "LVM2_member" };

	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (strcmp(type, never[i]) == 0)
			return false;
	return true;
}

static int look(struct ri_guest *g, struct found *x, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist l = { 0 };
	bool bad;

	if (g->ops->filesystems(g, &l, e) < 0)
		return -1;
	for (size_t i = 0; i < l.n && !(x->packages && x->files); i++) {
		if (!ri_filesystem_has_e2fsck(l.v[i].type)) {
			x->others = x->others || may_hold_them(l.v[i].type);
			continue;
		}
		x->looked = true;
		if (g->ops->preen(g, l.v[i].device, &bad, e) < 0 || g->ops->umount_all(g, e) < 0 ||
		    g->ops->mount(g, l.v[i].device, "/", true, e) < 0 || take(g, x, e) < 0)
			return -1;
	}
	return 0;
}

static int open_and_look(const struct ri_session_openers *by, const struct ri_listed *r,
    struct found *x, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;

	if (ri_volume_open(r->path, r->format, RI_VOLUME_LOOK, &v, e) < 0 ||
	    by->reader(&v, &g, e) < 0)
		return -1;
	return look(g, x, e);
}

/* Of one that was built: what it needs, and what is newer on it. */
static int judge(const struct found *x, struct ri_listed *r, struct ri_err *e)
{
	const struct ri_drift_now now = { x->files, x->n, x->packages };
	struct ri_ram_parts parts;
	RI_BUF newer = { 0 };
	int known = ri_ram_parts_recorded(ri_buf_span(&x->record), &parts, e);

	if (known < 0)
		return -1;
	if (known > 0) {
		r->ram.least = ri_ram_least_mib(&parts, r->ram.vm.cpus);
		r->ram_now.least = ri_ram_least_mib(&parts, r->ram_now.vm.cpus);
	}
	if (ri_drift_form(ri_buf_span(&x->record), &r->form, e) < 0)
		return -1;
	if (!x->packages || !x->files)
		return 0;
	if (ri_drift_find(ri_buf_span(&x->record), &now, &newer, e) < 0)
		return -1;
	return newer.n > 0 && !(r->older = ri_buf_steal(&newer)) ? ri_nomem(e) : 0;
}

int ri_built_look_by(const struct ri_session_openers *by, struct ri_listed *r, struct ri_err *e)
{
	RI_ON_EXIT(found_free) struct found x = { 0 };
	struct ri_err why = { 0 };
	int rc = open_and_look(by, r, &x, &why);

	if (rc < 0 && (why.code == RI_E_NOMEM || why.code == RI_E_CANCELLED)) {
		*e = why;
		return -1;
	}
	r->slim = x.slim;
	if (x.built)
		r->built = RI_BUILT_YES;
	else if (rc == 0 && x.looked && !x.others)
		r->built = RI_BUILT_NO;
	return x.built ? judge(&x, r, e) : 0;
}

int ri_built_look(struct ri_listed *r, struct ri_err *e)
{
	return ri_built_look_by(&ri_session_openers, r, e);
}

int ri_built_look_at_boot(struct ri_listed *r, struct ri_err *e)
{
	return r->boots ? ri_built_look(r, e) : 0;
}
