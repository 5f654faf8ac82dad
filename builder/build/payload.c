// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/payload.h"
#include "base/log.h"
#include "build/diskless.h"
#include "build/payload_initrd.h"
#include "build/ram_estimate.h"
#include "build/room.h"
#include "guest/find_excluded.h"
#include "host/hostfile.h"
#include "host/sha256.h"
#include "parse/initrd.h"
#include "plan/actions.h"
#include "plan/guest_paths.h"

#define BASE "initrd.base" /* the guest's own initrd, while ours is being made of it */

static int add_packed_leftovers(struct ri_payload *p, struct ri_err *e)
{
	/* What a rule matched only when it came: a path that the appliance's glob did not give. */
	for (size_t i = 0; i < p->pack.left_out.n; i++) {
		const struct ri_excluded *r = &p->pack.left_out.v[i];

		if (ri_excluded_add(&p->left, r->what, r->entries, r->bytes, e) < 0)
			return -1;
	}
	return 0;
}

static int make_archive(struct ri_guest *g, const struct ri_job *job, const struct ri_facts *f,
    const struct ri_plan *plan, const struct ri_dir *dir, uint64_t room,
    struct ri_span configuration, struct ri_payload *p, struct ri_err *e)
{
	RI_BUF room_is = { 0 };
	ri_buf_addf(&room_is, "the guest's file system at %s has free for it", f->boot->mountpoint);
	struct ri_pack_replace replace[2 + RI_ADDED_MAX] = {
		{ RI_PATH_FSTAB, ri_buf_span(&plan->fstab_archive), false },
	};
	size_t n = 1;

	if (plan->cloud_archive.n > 0)
		replace[n++] =
		    (struct ri_pack_replace){ RI_PATH_CLOUD_OURS, plan->cloud_archive, true };
	for (size_t i = 0; i < plan->added_n; i++)
		replace[n++] = (struct ri_pack_replace){ plan->added[i].path,
			ri_buf_span(&plan->added[i].bytes), true };
	struct ri_pack_opts o = {
		.form = job->form == RI_COMPRESSED ? RI_PACK_SQUASH : RI_PACK_TAR,
		.compression = (enum ri_compression)job->compression,
		.level = ri_job_level(job),
		.block_size = (uint32_t)job->block_size,
		.rules = &plan->rules,
		.replace = replace,
		.replace_n = n,
		.configuration = configuration,
		.dated_by = RI_PACKAGES_STATUS,
		.expected_bytes = ri_room_used(f, &p->left),
		.room_is = room_is.p,
		.room = room,
		.spool_dir = job->stage_dir,
	};
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	RI_FD int fd = -1;

	if (ri_buf_check(&room_is, e) < 0)
		return -1;
	fd = ri_dir_create(dir, ri_file_base(p->archive), 0600, e);
	if (fd < 0)
		return -1;
	if (g->ops->source(g, &plan->rules, &p->excludes, &src, e) < 0 ||
	    ri_pack(src, &o, fd, &p->pack, e) < 0)
		return -1;
	return add_packed_leftovers(p, e);
}

static int set(char **field, const char *value, struct ri_err *e)
{
	*field = strdup(value);
	return *field ? 0 : ri_nomem(e);
}

/* The modules are in the initrd, and stay there until it goes. */
static int begin_form(struct ri_payload *p, struct ri_err *e)
{
	struct ri_manifest *m = &p->manifest;

	for (size_t i = 0; i < p->modules.n; i++)
		if (ri_strv_add(&m->modules, ri_module_name(&p->modules.v[i]), e) < 0)
			return -1;
	m->initrd_bytes += p->modules.bytes;
	m->initrd_unpacked_bytes += p->modules.bytes;
	return set(&m->form, RI_FORM_COMPRESSED, e);
}

/* What the manifest says before there is an archive. */
static int begin_manifest(const struct ri_job *job, const struct ri_facts *f,
    const struct ri_plan *plan, struct ri_payload *p, struct ri_err *e)
{
	struct ri_manifest *m = &p->manifest;
	bool on_root = f->boot == ri_facts_root(f);
	const struct ri_initrd_size base = { p->base.bytes, p->base.entries, p->base.unpacked_bytes,
		p->base.shed_bytes };

	memset(m->build_id, '0', RI_BUILD_ID_LEN);
	memset(m->archive_sha256, '0', RI_SHA256_HEX);
	m->archive_on_root = on_root;
	ri_ram_enter(job, f, &base, m);
	if (job->form == RI_COMPRESSED && begin_form(p, e) < 0)
		return -1;
	m->loader_sha256 = job->loader_sha256;
	m->release = job->release;
	for (size_t i = 0; i < f->mounts_n; i++)
		if (f->mounts[i].uuid[0] && ri_strv_add(&m->release_fs, f->mounts[i].uuid, e) < 0)
			return -1;
	if (set(&m->archive, plan->archive_path + (on_root ? 0 : strlen("/boot")), e) < 0 ||
	    set(&m->archive_fs, f->boot->uuid, e) < 0 ||
	    set(&m->compression, ri_compression_words[job->compression], e) < 0 ||
	    set(&m->tmpfs_size, job->form == RI_COMPRESSED ? job->upper_size : job->tmpfs_size, e) <
		0 ||
	    set(&m->kernel, plan->kernels.v[0].version, e) < 0)
		return -1;
	if (plan->slim && set(&m->on_failure, ri_on_failure_words[job->on_failure], e) < 0)
		return -1;
	if (plan->counting &&
	    set(&m->grubenv, &RI_PATH_GRUBENV[on_root ? 0 : strlen("/boot")], e) < 0)
		return -1;
	return set(&m->os, f->os.pretty_name[0] ? f->os.pretty_name : f->os.name, e);
}

static void finish_manifest(struct ri_payload *p)
{
	struct ri_manifest *m = &p->manifest;

	memcpy(m->build_id, p->pack.build_id, sizeof m->build_id);
	m->archive_bytes = p->pack.archive_bytes;
	memcpy(m->archive_sha256, p->pack.archive_sha256, sizeof m->archive_sha256);
	m->tar_bytes = p->pack.tar_bytes;
	m->entries = p->pack.entries;
	m->inodes = p->pack.inodes;
	m->tmpfs_bytes = p->pack.tmpfs_bytes + (m->form ? RI_RAM_MOUNTING : 0);
}

static int make_initrd(struct ri_payload *p, const char *base, const char *name, struct ri_err *e)
{
	if (ri_payload_initrd(p, &p->manifest, base, name, p->initrd, e) < 0)
		return -1;
	return ri_sha256_file(p->initrd, p->initrd_sha256, &p->initrd_bytes, e);
}

/* The guest's own initrd and kernel come first: a bad one is refused before the long packing. */
static int fetch(struct ri_guest *g, const struct ri_job *job, const struct ri_plan *plan,
    const char *base, struct ri_payload *p, struct ri_err *e)
{
	const struct ri_kernel *k = &plan->kernels.v[0];

	ri_progress("fetching kernel and initrd", 0, 0);
	if (g->ops->download(g, k->initrd, RI_INITRD_BYTES_MAX, base, e) < 0 ||
	    g->ops->download(g, k->image, RI_KERNEL_BYTES_MAX, p->kernel, e) < 0 ||
	    ri_sha256_file(p->kernel, p->kernel_sha256, &p->kernel_bytes, e) < 0)
		return -1;
	if (ri_ram_of_kernel(p->kernel, &p->manifest.kernel_bytes, e) < 0 ||
	    ri_parse_initrd_check(base, k->initrd, &p->base, e) < 0)
		return -1;
	if (p->base.ours)
		return ri_fail(e, RI_E_GUEST, 0,
		    "%s already holds ramimg's files; rebuild it in the guest: %s", k->initrd,
		    p->base.made_by->rebuild);
	if (job->form == RI_COMPRESSED &&
	    ri_modules_fetch(g, k->version, ri_compression_words[job->compression], &p->modules,
		e) < 0)
		return -1;
	ri_progress_end("fetching kernel and initrd", 0, 0);
	return 0;
}

static int check_room(struct ri_guest *g, const struct ri_facts *f, const struct ri_payload *p,
    struct ri_err *e)
{
	uint64_t size, avail;

	if (g->ops->space(g, f->boot->mountpoint, &size, &avail, e) < 0)
		return -1;
	return ri_plan_fits(p->pack.archive_bytes, p->initrd_bytes, f->boot->mountpoint, avail, e);
}

/* Who names the kernel of a boot without a disk is to find it there after the next build, too. */
static int name_files(const struct ri_job *job, const struct ri_plan *plan,
    const struct ri_dir *dir, struct ri_payload *p, struct ri_err *e)
{
	p->archive = ri_file_join(dir->path, ri_file_base(plan->archive_path));
	p->initrd = ri_file_join(dir->path, ri_file_base(RI_PATH_INITRD));
	p->kernel = ri_file_join(dir->path,
	    job->diskless ? RI_DISKLESS_KERNEL : ri_file_base(plan->kernels.v[0].image));
	return p->archive && p->initrd && p->kernel ? 0 : ri_nomem(e);
}

static int put_texts(const struct ri_plan *plan, const struct ri_dir *dir, struct ri_err *e)
{
	if (ri_dir_put(dir, "grub-entry", ri_buf_span(&plan->entry), 0600, e) < 0)
		return -1;
	return ri_dir_put(dir, "fstab", ri_buf_span(&plan->text[RI_TEXT_FSTAB]), 0600, e);
}

static int make(struct ri_guest *g, const struct ri_job *job, const struct ri_facts *f,
    const struct ri_plan *plan, const struct ri_dir *dir, const char *base, struct ri_payload *p,
    struct ri_err *e)
{
	RI_BUF built_from = { 0 };
	uint64_t room;

	if (fetch(g, job, plan, base, p, e) < 0 || ri_packages_read(g, &p->packages, e) < 0 ||
	    begin_manifest(job, f, plan, p, e) < 0 ||
	    ri_payload_configuration(p, base, &built_from, e) < 0 ||
	    ri_excluded_find(g, &plan->rules, &p->left, &p->excludes, e) < 0 ||
	    ri_room_find(g, f, plan, &p->left, dir, &room, e) < 0)
		return -1;
	if (make_archive(g, job, f, plan, dir, room, ri_buf_span(&built_from), p, e) < 0)
		return ri_ctx(e, "packing into the artifacts, %s", p->archive);
	finish_manifest(p);
	if (make_initrd(p, base, plan->kernels.v[0].initrd, e) < 0)
		return ri_ctx(e, "making the initrd");
	if (job->diskless &&
	    ri_diskless_make(job, plan, dir, base, plan->kernels.v[0].initrd, p, e) < 0)
		return -1;
	ri_buf_add_span(&p->record, ri_buf_span(&plan->record));
	if (ri_manifest_render(&p->manifest, &p->record, e) < 0)
		return -1;
	if (ri_dir_remove(dir, BASE, e) < 0 || put_texts(plan, dir, e) < 0 ||
	    check_room(g, f, p, e) < 0)
		return -1;
	return ri_room_stage(job->stage_dir, p->pack.archive_bytes + p->initrd_bytes, e);
}

/* Another try, by another reader, begins with nothing. */
static void sweep(const struct ri_dir *dir, const struct ri_payload *p)
{
	const char *const made[] = { BASE, ri_file_base(p->archive), ri_file_base(p->initrd),
		ri_file_base(p->kernel), RI_DISKLESS_INITRD, RI_DISKLESS_CMDLINE };
	struct ri_err ignored;

	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		if (ri_dir_remove(dir, made[i], &ignored) < 0)
			ri_log(RI_LOG_WARN, "%s", ignored.msg);
}

int ri_payload_make(struct ri_guest *g, const struct ri_job *job, const struct ri_facts *f,
    struct ri_plan *plan, const struct ri_dir *dir, struct ri_payload *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_payload_free) struct ri_payload p = { 0 };
	RI_FREE char *base = ri_file_join(dir->path, BASE);

	if (!base)
		return ri_nomem(e);
	if (name_files(job, plan, dir, &p, e) < 0)
		return -1;
	if (make(g, job, f, plan, dir, base, &p, e) < 0) {
		sweep(dir, &p);
		return -1;
	}
	ri_actions_set_file(&plan->actions, plan->archive_path, p.archive, p.pack.archive_sha256);
	ri_actions_set_file(&plan->actions, RI_PATH_INITRD, p.initrd, p.initrd_sha256);
	ri_actions_set_text(&plan->actions, RI_PATH_STATE_RECORD, ri_buf_span(&p.record));
	*out = p;
	p = (struct ri_payload){ 0 };
	return 0;
}

void ri_payload_free(struct ri_payload *p)
{
	free(p->archive);
	free(p->initrd);
	free(p->kernel);
	free(p->diskless.initrd);
	ri_pack_result_free(&p->pack);
	ri_excluded_free(&p->left);
	ri_strv_free(&p->excludes);
	ri_manifest_free(&p->manifest);
	ri_modules_free(&p->modules);
	ri_buf_free(&p->record);
	ri_packages_free(&p->packages);
	*p = (struct ri_payload){ 0 };
}
