// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/list.h"
#include "pveconf/boot_drive.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid.h"
#include "pvehost/pass_over_internal.h"
#include "pvehost/volume_users.h"
#include "volume/stage.h"

static void listed_end(struct ri_listed *r)
{
	free(r->vm_name);
	free(r->key);
	free(r->volid);
	free(r->path);
	free(r->size);
	free(r->format);
	free(r->state);
	free(r->older);
	*r = (struct ri_listed){ 0 };
}

void ri_list_free(struct ri_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		listed_end(&l->v[i]);
	free(l->v);
	*l = (struct ri_list){ 0 };
}

static const char *option(const struct ri_drive *d, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < d->opts.n; i++)
		if (strncmp(d->opts.v[i], name, n) == 0 && d->opts.v[i][n] == '=')
			return d->opts.v[i] + n + 1;
	return "";
}

/* What ramimg would say to it, in a word. */
static int state_of(const struct ri_pvehost *h, const struct ri_pvevm *vm, int *running, char **out,
    struct ri_err *e)
{
	const struct ri_vmsection *main = &vm->conf.v[0];
	const char *lock = ri_vmsection_get(main, "lock");
	const char *template = ri_vmsection_get(main, "template");
	RI_BUF text = { 0 };

	if (ri_pvevm_running(h, vm->vmid, running, e) < 0)
		return -1;
	if (*running != 0)
		ri_buf_add_str(&text, "running");
	else if (ri_vmsection_get(main, "vmstate"))
		ri_buf_add_str(&text, "hibernated");
	else if (lock)
		ri_buf_addf(&text, "locked (%s)", lock);
	else if (template && strcmp(template, "0") != 0)
		ri_buf_add_str(&text, "template");
	else
		ri_buf_add_str(&text, "stopped");
	*out = ri_buf_steal(&text);
	return *out ? 0 : ri_nomem(e);
}

/* "" where nothing tells it. */
static int format_of(const struct ri_pvehost *h, const char *file, char **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	RI_ON_EXIT(ri_volname_free) struct ri_volname name = { 0 };
	const struct ri_storage *s = NULL;
	struct ri_err why = { 0 };

	if (ri_volid_parse(file, &id, &why) == 0)
		s = ri_storages_find(&h->storages, id.storage);
	if (s && ri_volname_parse(s, id.volname, &name, &why) < 0)
		name.format = NULL;
	if (ri_pass_over(&why, e) < 0)
		return -1;
	*out = strdup(name.format ? name.format : "");
	return *out ? 0 : ri_nomem(e);
}

/* One VM's disks being collected. */
struct vm_disks {
	const struct ri_pvehost *h;
	const struct ri_pvevm *vm;
	const struct ri_boot_drive *boot;
	const char *stage_dir, *state;
	struct ri_vm_memory next, now; /* now.memory 0: it does not run */
	ri_list_look_fn *look;
	struct ri_list *l;
};

/* A drive of that name may be pending with another volume. */
static bool boots(const struct ri_boot_drive *b, const struct ri_drive *d)
{
	return b->file && strcmp(b->source, d->key) == 0 && strcmp(b->file, d->file) == 0;
}

static int look_at(const struct vm_disks *d, struct ri_listed *r, struct ri_err *e)
{
	RI_FREE char *id = NULL;
	struct ri_err not_there = { 0 };
	bool waiting = false;

	if (ri_volume_id(r->path, &id, &not_there) == 0
		? ri_stage_waiting(id, d->stage_dir, &waiting, e) < 0
		: ri_pass_over(&not_there, e) < 0)
		return -1;
	r->state = strdup(waiting ? "interrupted" : d->state);
	if (!r->state)
		return ri_nomem(e);
	if (waiting || !*r->path || !*r->format)
		return 0;
	return d->look(r, e);
}

static int add(const struct vm_disks *of, const struct ri_drive *d, const char *config,
    struct ri_err *e)
{
	const char *name = ri_vmsection_get(&of->vm->conf.v[0], "name");
	struct ri_listed *r = reallocarray(of->l->v, of->l->n + 1, sizeof *r);

	if (!r)
		return ri_nomem(e);
	of->l->v = r;
	r += of->l->n;
	*r = (struct ri_listed){ .vmid = of->vm->vmid,
		.vm_name = strdup(name ? name : ""),
		.key = strdup(d->key),
		.volid = strdup(d->file),
		.size = strdup(option(d, "size")),
		.config = config,
		.boots = boots(of->boot, d),
		.ram.vm = of->next,
		.ram_now.vm = of->now };
	of->l->n++;
	if (!r->vm_name || !r->key || !r->volid || !r->size)
		return ri_nomem(e);
	if (format_of(of->h, d->file, &r->format, e) < 0 ||
	    ri_volid_host_path(of->h, d->file, &r->path, e) < 0)
		return -1;
	if (!r->path)
		r->path = strdup("");
	return r->path ? look_at(of, r, e) : ri_nomem(e);
}

static bool is_disk(const struct ri_drive *d)
{
	static const char *const not_disks[] = { "efidisk", "tpmstate", "unused" };

	for (size_t i = 0; i < sizeof not_disks / sizeof not_disks[0]; i++)
		if (strncmp(d->key, not_disks[i], strlen(not_disks[i])) == 0)
			return false;
	return d->valid && !d->cdrom;
}

/* Of [PENDING], what is to become another disk: a volume that the main section does not have under that name. */
static int add_section(const struct vm_disks *of, const struct ri_vmsection *s, struct ri_err *e)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives now = { 0 };
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };
	bool pending = s->kind == RI_VMSEC_PENDING;

	if (ri_drives_of(s, &d, e) < 0 ||
	    (pending && ri_drives_of(&of->vm->conf.v[0], &now, e) < 0))
		return -1;
	for (size_t i = 0; i < d.n; i++) {
		bool there = false;

		for (size_t k = 0; k < now.n; k++)
			there = there || (strcmp(now.v[k].key, d.v[i].key) == 0 &&
					     strcmp(now.v[k].file, d.v[i].file) == 0);
		if (is_disk(&d.v[i]) && !there &&
		    add(of, &d.v[i], pending ? "pending" : "attached", e) < 0)
			return -1;
	}
	return 0;
}

/* The drive that was detached in another way: as unused0, or with disabled=1. */
static int add_boot(const struct vm_disks *of, struct ri_err *e)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive d = { 0 };

	return ri_drive_parse(of->boot->source, of->boot->line, &d, e) < 0
		   ? -1
		   : add(of, &d, ri_boot_drive_word(of->boot), e);
}

int ri_list_add_vm(const struct ri_pvehost *h, const struct ri_pvevm *vm, const char *stage_dir,
    ri_list_look_fn *look, struct ri_list *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive boot = { 0 };
	RI_FREE char *state = NULL;
	int running;

	if (state_of(h, vm, &running, &state, e) < 0 ||
	    ri_boot_drive_find(&vm->conf, running != 0, &boot, e) < 0)
		return -1;
	struct vm_disks of = { h, vm, &boot, stage_dir, state, { 0 }, { 0 }, look, out };
	const size_t before = out->n;
	bool found = false;

	ri_vm_memory_read(&vm->conf, false, &of.next);
	if (running != 0)
		ri_vm_memory_read(&vm->conf, true, &of.now);
	if (add_section(&of, &vm->conf.v[0], e) < 0)
		return -1;
	for (size_t i = 1; i < vm->conf.n; i++)
		if (vm->conf.v[i].kind == RI_VMSEC_PENDING &&
		    add_section(&of, &vm->conf.v[i], e) < 0)
			return -1;
	for (size_t i = before; i < out->n; i++)
		found = found || out->v[i].boots;
	return found || !ri_boot_drive_is_out(&boot) ? 0 : add_boot(&of, e);
}

/* What all VMs are listed with. */
struct listing {
	const struct ri_pvehost *h;
	const char *stage_dir;
	ri_list_look_fn *look;
	struct ri_list l;
};

static int add_vm(const struct ri_pvevm *vm, void *arg, struct ri_err *e)
{
	struct listing *all = arg;

	return ri_list_add_vm(all->h, vm, all->stage_dir, all->look, &all->l, e);
}

int ri_list_volumes(const struct ri_pvehost *h, unsigned vmid, const char *stage_dir,
    ri_list_look_fn *look, struct ri_list *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	struct listing all = { .h = h, .stage_dir = stage_dir, .look = look };

	if (vmid == 0 ? ri_pvevm_each(h, add_vm, &all, e) < 0
		      : ri_pvevm_load(h, vmid, &vm, e) < 0 || add_vm(&vm, &all, e) < 0) {
		ri_list_free(&all.l);
		return -1;
	}
	*out = all.l;
	return 0;
}
