// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/json.h"
#include "build/diskless.h"
#include "host/hostfile.h"
#include "host/json.h"
#include "host/sha256.h"
#include "initrd/filter.h"
#include "plan/boot_count.h"
#include "plan/drift.h"
#include "plan/guest_paths.h"
#include "plan/largest.h"
#include "plan/ram_need.h"
#include "pveconf/vm_memory.h"
#include "pveconf/volid.h"
#include "report/json_internal.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *os_json(const struct ri_facts *f)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "id", ri_json_text(f->os.id), "name",
	    ri_json_text(f->os.name), "version", ri_json_text(f->os.version_id), "arch",
	    ri_json_text(f->arch));
}

/* As mount(8) takes it: "/" is the top-level one. NULL: it is no btrfs. */
static json_t *subvolume_json(const struct ri_mount *m)
{
	if (!m->subvol.path)
		return NULL;
	return ri_json_text(m->subvol.path[0] ? m->subvol.path : "/");
}

static json_t *mounts_json(const struct ri_facts *f)
{
	json_t *a = json_array();

	for (size_t i = 0; i < f->mounts_n; i++) {
		const struct ri_mount *m = &f->mounts[i];

		ri_json_append(&a,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o*}", "mountpoint",
			ri_json_text(m->mountpoint), "type", ri_json_text(m->fstype), "uuid",
			ri_json_text(m->uuid), "bytes", number(m->bytes), "free_bytes",
			number(m->free_bytes), "subvolume", subvolume_json(m)));
	}
	return a;
}

static json_t *left_json(const struct ri_excluded_list *l)
{
	json_t *a = json_array();

	for (size_t i = 0; i < l->n; i++)
		ri_json_append(&a, json_pack("{s:o, s:o}", "path", ri_json_text(l->v[i].what),
				       "bytes", number(l->v[i].bytes)));
	return a;
}

static json_t *rules_json(const struct ri_rules *r)
{
	json_t *a = json_array();

	for (size_t i = 0; i < r->patterns.n; i++)
		ri_json_append(&a, ri_json_text(r->patterns.v[i]));
	return a;
}

static json_t *passed_json(const struct ri_plan *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->kernels.passed_n; i++) {
		const struct ri_kernel_passed *k = &p->kernels.passed[i];

		ri_json_append(&a,
		    json_pack("{s:o, s:o, s:b}", "version", ri_json_text(k->version), "why",
			ri_json_text(k->why), "default", ri_plan_is_stock_kernel(p, k->version)));
	}
	return a;
}

static json_t *untested_json(const struct ri_plan *p)
{
	return p->untested.n > 0 ? ri_json_text(p->untested.p) : json_null();
}

/* Before anything is packed. */
static json_t *estimate_json(const struct ri_plan *p)
{
	return json_pack("{s:o, s:o}", "needed_bytes", number(p->about.least << 20),
	    "further_cpu_bytes", number(p->about.cpu << 20));
}

int ri_report_facts(const struct ri_facts *f, const struct ri_plan *p, const char *refusal,
    const struct ri_ram_compared *ram, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_bootdev *b = &f->bootdev;
	const char *form;
	json_t *j;

	if (ri_drift_form(ri_buf_span(&f->record.bytes), &form, e) < 0)
		return -1;
	j = json_pack(
	    "{s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:b, s:b, s:i, s:o, s:o, s:i, s:o, s:o, s:o}",
	    "os", os_json(f), "mounts", mounts_json(f), "initramfs", ri_json_text(f->initramfs),
	    "grub", f->grub, "entry_files", f->bls, "untested", untested_json(p), "partition_table",
	    ri_json_text(b->lvm_hint ? "lvm"
			 : b->ptable ? b->ptable
				     : ""),
	    "built", f->built, "slim", f->slim, "failed_ram_boots", (int)ri_bootcount_of(f),
	    "kernel", refusal ? json_null() : ri_json_text(p->kernels.v[0].version), "refused",
	    refusal ? ri_json_text(refusal) : json_null(), "boot_partition", b->part,
	    "kernels_passed_over", passed_json(p), "estimate", estimate_json(p), "built_form",
	    ri_json_word(f->built ? form : NULL));
	if (ram->vm.memory > 0)
		ri_json_add_memory(&j, "vm", ram);
	return ri_json_document("ramimg.inspect/1", j, out, e);
}

static const char *const kinds[] = {
	[RI_ACT_PUT] = "put",
	[RI_ACT_UPLOAD] = "put",
	[RI_ACT_REMOVE] = "remove",
	[RI_ACT_RMDIR] = "rmdir",
	[RI_ACT_CLEAR] = "clear",
};

static json_t *actions_json(const struct ri_plan *p)
{
	const struct ri_actions *lists[] = { &p->undo_actions, &p->actions };
	json_t *a = json_array();

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			ri_json_append(&a,
			    json_pack("{s:s, s:s, s:s}", "do", kinds[lists[l]->v[i].kind], "path",
				lists[l]->v[i].path, "why", lists[l]->v[i].why));
	return a;
}

/* Beside what cloud-init is told. */
static json_t *added_json(const struct ri_plan *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->added_n; i++)
		ri_json_append(&a, ri_json_text(p->added[i].path));
	return a;
}

int ri_report_plan(const struct ri_facts *f, const struct ri_plan *p,
    const struct ri_excluded_list *left, struct ri_buf *out, struct ri_err *e)
{
	json_t *j = json_pack(
	    "{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}",
	    "os", os_json(f), "untested", untested_json(p), "kernel",
	    ri_json_text(p->kernels.v[0].version), "cmdline", ri_json_text(p->cmdline), "entry",
	    ri_json_text(p->entry.p), "not_inherited",
	    p->not_inherited.n > 0 ? ri_json_text(p->not_inherited.p) : json_null(),
	    "boot_counting", p->counting, "cloud_init", p->cloud_archive.n > 0, "not_counted",
	    p->not_counted ? ri_json_text(p->not_counted) : json_null(), "archive",
	    ri_json_text(p->archive_path), "rules", rules_json(&p->rules), "left_out",
	    left_json(left), "actions", actions_json(p), "kernels_passed_over", passed_json(p),
	    "estimate", estimate_json(p), "form", ri_form_words[p->form], "only_in_ram",
	    added_json(p));

	return ri_json_document("ramimg.plan/1", j, out, e);
}

static json_t *file_json(const char *path, uint64_t bytes, const char *sha256)
{
	return json_pack("{s:o, s:o, s:s}", "file", ri_json_text(ri_file_base(path)), "bytes",
	    number(bytes), "sha256", sha256);
}

static json_t *ram_json(const struct ri_job *job, const struct ri_payload *pl)
{
	struct ri_ram_need need, other;

	ri_ram_need_of(&pl->manifest, &need);
	ri_ram_need_of_other(&pl->manifest, pl->pack.tree_bytes, &other);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "other_form_needed_bytes",
	    number(other.least << 20), "tmpfs_bytes", number(pl->pack.tmpfs_bytes), "inodes",
	    number(pl->pack.inodes), "reserve_bytes", number(job->reserve), "needed_bytes",
	    number(need.least << 20), "further_cpu_bytes", number(need.cpu << 20), "used_bytes",
	    number(need.used), "tmpfs_size",
	    ri_json_text(job->form == RI_COMPRESSED ? job->upper_size : job->tmpfs_size));
}

static json_t *largest_json(const struct ri_largest *l)
{
	json_t *a = json_array();

	for (size_t i = 0; i < l->n; i++) {
		RI_BUF rule = { 0 };

		ri_largest_rule(l->v[i].path, &rule);
		ri_json_append(&a,
		    rule.oom ? NULL
			     : json_pack("{s:o, s:o, s:o}", "path", ri_json_text(l->v[i].path),
				   "bytes", number(l->v[i].bytes), "rule",
				   rule.n > 0 ? ri_json_text(rule.p) : json_null()));
	}
	return a;
}

static json_t *content_json(const struct ri_payload *pl)
{
	const struct ri_pack_result *r = &pl->pack;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "lost_acls",
	    number(r->lost_acls), "lost_xattrs", number(r->lost_xattrs), "clamped_times",
	    number(r->clamped_times), "entries", number(r->entries), "tar_bytes",
	    number(r->tar_bytes), "sparse_files", number(r->sparse_files), "xattrs",
	    number(r->xattrs), "acl_files", number(r->acl_files), "capability_files",
	    number(r->capability_files), "sockets_skipped", number(r->sockets));
}

static json_t *phases_json(const struct ri_timings *t)
{
	json_t *a = json_array();

	for (size_t i = 0; t && i < t->n; i++)
		ri_json_append(&a,
		    json_pack("{s:s, s:f, s:o}", "name", t->v[i].name, "seconds",
			(double)t->v[i].ms / 1000.0, "bytes", number(t->v[i].bytes)));
	return a;
}

static json_t *files_json(const struct ri_plan *p, const struct ri_payload *pl)
{
	char entry[RI_SHA256_HEX + 1], fstab[RI_SHA256_HEX + 1];

	ri_sha256_span(ri_buf_span(&p->entry), entry);
	ri_sha256_span(ri_buf_span(&p->text[RI_TEXT_FSTAB]), fstab);
	return json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:s}", "archive",
	    file_json(pl->archive, pl->pack.archive_bytes, pl->pack.archive_sha256), "initrd",
	    file_json(pl->initrd, pl->initrd_bytes, pl->initrd_sha256), "kernel",
	    file_json(pl->kernel, pl->kernel_bytes, pl->kernel_sha256), "sbom",
	    file_json(RI_SBOM_NAME, pl->sbom_bytes, pl->sbom_sha256), "entry", "grub-entry",
	    "entry_sha256", entry, "fstab", "fstab", "fstab_sha256", fstab);
}

/* What boots without a disk; the kernel is the build's. */
static void add_diskless_files(json_t **files, const struct ri_diskless *d)
{
	if (!d->initrd)
		return;
	ri_json_add(files, "diskless_initrd", file_json(d->initrd, d->bytes, d->sha256));
	ri_json_add(files, "diskless_cmdline",
	    file_json(RI_DISKLESS_CMDLINE, d->cmdline_bytes, d->cmdline_sha256));
}

static json_t *diskless_json(const struct ri_plan *p, const struct ri_diskless *d)
{
	return json_pack("{s:o, s:o, s:o}", "cmdline", ri_json_text(p->diskless_line.p),
	    "needed_bytes", number(d->need.least << 20), "further_cpu_bytes",
	    number(d->need.cpu << 20));
}

int ri_report_build(const struct ri_job *job, const struct ri_facts *f, const struct ri_plan *p,
    const struct ri_payload *pl, const struct ri_volume *v, const struct ri_build_run *r,
    struct ri_buf *out, struct ri_err *e)
{
	RI_JSON files = files_json(p, pl);
	json_t *j;

	add_diskless_files(&files, &pl->diskless);
	j = json_pack(
	    "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:O, s:o, s:o, s:o, s:o, s:o, "
	    "s:o, s:s}",
	    "ramimg", RAMIMG_VERSION, "build_id", pl->manifest.build_id, "volume",
	    ri_json_text(ri_volid_is(v->target) ? v->target : ri_file_base(v->target)), "os",
	    os_json(f), "kernel_version", ri_json_text(p->kernels.v[0].version), "cmdline",
	    ri_json_text(p->cmdline), "compression", ri_json_text(pl->manifest.compression),
	    "initrd_compression", ri_json_text(ri_initrd_comp_name(pl->base.comp)), "grub_default",
	    job->grub_default, "boot_counting", p->counting, "release_disk", job->release, "files",
	    files, "ram", ram_json(job, pl), "content", content_json(pl), "left_out",
	    left_json(&pl->left), "largest", largest_json(&pl->pack.largest), "phases",
	    phases_json(r ? r->timings : NULL), "kernels_passed_over", passed_json(p), "form",
	    ri_form_of(&pl->manifest));

	ri_json_add(&j, "slim", json_boolean(p->slim));
	ri_json_add(&j, "signed_by", ri_json_word(pl->signed_by[0] ? pl->signed_by : NULL));
	if (pl->diskless.initrd)
		ri_json_add(&j, "diskless", diskless_json(p, &pl->diskless));
	if (pl->diskless.iso)
		ri_json_add(&j, "iso",
		    file_json(pl->diskless.iso, pl->diskless.iso_bytes, pl->diskless.iso_sha256));
	/* Where it lies, and what the VM has, is not of what was built. */
	if (r)
		ri_json_add(&j, "artifacts",
		    r->artifacts ? ri_json_text(r->artifacts) : json_null());
	if (r && pl->ram.vm.memory > 0)
		ri_json_add_memory(&j, "vm", &pl->ram);
	return ri_json_document("ramimg.build/1", j, out, e);
}

int ri_report_verdict(const struct ri_verdict *v, bool cleared, const char *not_cleared,
    struct ri_buf *out, struct ri_err *e)
{
	json_t *checks = json_array();
	json_t *j;

	for (size_t i = 0; i < v->n; i++)
		ri_json_append(&checks, json_pack("{s:s, s:b, s:o}", "check", v->v[i].what, "good",
					    v->v[i].good, "detail", ri_json_text(v->v[i].detail)));
	j = json_pack("{s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:o}", "good", v->bad == 0, "older",
	    v->old, "slim", v->slim, "cleared", cleared, "not_cleared",
	    not_cleared ? ri_json_text(not_cleared) : json_null(), "checks", checks, "form",
	    ri_json_word(v->form), "signature", ri_json_word(v->signature));
	return ri_json_document("ramimg.verify/1", j, out, e);
}

int ri_report_skipped(unsigned vmid, const char *why, struct ri_buf *out, struct ri_err *e)
{
	return ri_json_document("ramimg.skipped/1",
	    json_pack("{s:I, s:o}", "vmid", (json_int_t)vmid, "why", ri_json_text(why)), out, e);
}

int ri_report_revert(struct ri_buf *out, struct ri_err *e)
{
	return ri_json_document("ramimg.revert/1", json_pack("{s:b}", "reverted", true), out, e);
}

int ri_report_recover(const struct ri_recovered *r, enum ri_recover_how how, struct ri_buf *out,
    struct ri_err *e)
{
	static const char *const words[] = {
		[RI_RECOVER_COMPLETE] = "completed",
		[RI_RECOVER_UNDO] = "undone",
		[RI_RECOVER_DISCARD] = "discarded",
	};
	json_t *j = r->found
			? json_pack("{s:b, s:s, s:o, s:o}", "recovered", true, "how", words[how],
			      "blocks", number(r->blocks), "written_before", number(r->written))
			: json_pack("{s:b}", "recovered", false);

	return ri_json_document("ramimg.recover/1", j, out, e);
}

int ri_report_version(struct ri_buf *out, struct ri_err *e)
{
	return ri_json_document("ramimg.version/1", json_pack("{s:s}", "version", RAMIMG_VERSION),
	    out, e);
}

static json_t *error_json(const struct ri_err *failed)
{
	return json_pack("{s:s, s:o, s:i}", "code", ri_err_word(failed->code), "message",
	    ri_json_text(failed->msg), "status", ri_err_exit_status(failed->code));
}

int ri_report_error(const struct ri_err *failed, struct ri_buf *out, struct ri_err *e)
{
	return ri_json_document("ramimg.error/1", json_pack("{s:o}", "error", error_json(failed)),
	    out, e);
}

int ri_report_too_little(const struct ri_err *failed, const struct ri_payload *pl,
    struct ri_buf *out, struct ri_err *e)
{
	json_t *j = json_pack("{s:o, s:o, s:o}", "error", error_json(failed), "largest",
	    largest_json(&pl->pack.largest), "vm", ri_json_memory(&pl->ram));

	return ri_json_document("ramimg.error/1", j, out, e);
}
