// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/text.h"
#include "base/show.h"
#include "host/hostfile.h"
#include "plan/boot_count.h"
#include "plan/drift.h"
#include "plan/guest_paths.h"
#include "plan/largest.h"
#include "plan/ram_need.h"
#include "pveconf/vm_memory.h"

static bool used;
static bool (*taker)(void *arg, struct ri_span text);
static void *taker_arg;

void ri_print_to(bool (*take)(void *arg, struct ri_span text), void *arg)
{
	taker = take;
	taker_arg = arg;
}

int ri_print(const struct ri_buf *text)
{
	used = used || text->n > 0;
	if (text->n > 0 && (!taker || !taker(taker_arg, ri_buf_span(text))))
		fwrite(text->p, 1, text->n, stdout);
	return 0;
}

bool ri_print_used(void)
{
	return used;
}

static void row(struct ri_buf *out, const char *label, const char *value)
{
	ri_buf_addf(out, "%-18s ", label);
	ri_show_escape(out, ri_str(value), false);
	ri_buf_add_str(out, "\n");
}

/* A lack of memory in @value is one in @out, whose caller looks for it. */
static void row_buf(struct ri_buf *out, const char *label, const struct ri_buf *value)
{
	out->oom = out->oom || value->oom;
	row(out, label, value->p ? value->p : "");
}

static void row_bytes(struct ri_buf *out, const char *label, uint64_t bytes)
{
	char figure[RI_SHOW_FIGURE];

	row(out, label, ri_show_bytes(bytes, figure));
}

static void add_mounts(const struct ri_facts *f, struct ri_buf *out)
{
	for (size_t i = 0; i < f->mounts_n; i++) {
		const struct ri_mount *m = &f->mounts[i];
		char size[RI_SHOW_FIGURE], avail[RI_SHOW_FIGURE];
		RI_BUF b = { 0 };

		ri_buf_addf(&b, "%s %s, %s, %s free", m->mountpoint, m->fstype,
		    ri_show_bytes(m->bytes, size), ri_show_bytes(m->free_bytes, avail));
		if (m->uuid[0])
			ri_buf_addf(&b, ", UUID %s", m->uuid);
		if (m->subvol.path)
			ri_buf_addf(&b, ", subvolume %s", m->subvol.path[0] ? m->subvol.path : "/");
		row_buf(out, i == 0 ? "file systems" : "", &b);
	}
}

static void add_os(const struct ri_facts *f, struct ri_buf *out)
{
	row(out, "operating system", f->os.pretty_name[0] ? f->os.pretty_name : f->os.name);
	row(out, "architecture", f->arch);
}

static void add_passed(const struct ri_plan *p, struct ri_buf *out)
{
	for (size_t i = 0; i < p->kernels.passed_n; i++) {
		const struct ri_kernel_passed *k = &p->kernels.passed[i];
		RI_BUF b = { 0 };

		ri_buf_addf(&b, "%s: %s%s", k->version, k->why,
		    ri_plan_is_stock_kernel(p, k->version) ? "; the guest's own default" : "");
		row_buf(out, i == 0 ? "passed over" : "", &b);
	}
}

static void add_left(const struct ri_excluded_list *l, struct ri_buf *out)
{
	char figure[RI_SHOW_FIGURE];

	ri_buf_add_str(out,
	    l->n ? "left out of the archive:\n" : "nothing is left out of the archive\n");
	for (size_t i = 0; i < l->n; i++) {
		ri_buf_addf(out, "  %10s  ", ri_show_bytes(l->v[i].bytes, figure));
		ri_show_escape(out, ri_str(l->v[i].what), false);
		ri_buf_add_str(out, "\n");
	}
}

/* Before anything is packed. */
static void row_estimate(const struct ri_plan *p, struct ri_buf *out)
{
	RI_BUF b = { 0 };

	if (p->about.least > 0)
		ri_buf_addf(&b, "about %llu MiB, %llu more for each CPU beyond the first",
		    (unsigned long long)p->about.least, (unsigned long long)p->about.cpu);
	else
		ri_buf_add_str(&b, "not known before it is packed");
	row_buf(out, "memory needed", &b);
}

/* Of the RAM entry, since the last that came up. */
static const char *const failed[] = { "none", "one",
	"two in a row: not the default until a build or verify" };

static void say_vm(const struct ri_ram_compared *c, struct ri_buf *out)
{
	unsigned long long has = c->vm.memory, needs = c->least;

	ri_buf_addf(out, "the VM has %llu MiB, ", has);
	if (needs > 0)
		ri_buf_addf(out, "with %u CPUs it needs %llu MiB: ", c->vm.cpus, needs);
	else
		ri_buf_add_str(out, "what it needs is ");
	ri_buf_add_str(out, ri_ram_fit_word(ri_ram_fit(c->least, &c->vm)));
}

/* And as what: nobody need think of the one form. */
static int row_built(const struct ri_facts *f, struct ri_buf *out, struct ri_err *e)
{
	const char *form;

	if (ri_drift_form(ri_buf_span(&f->record.bytes), &form, e) < 0)
		return -1;
	row(out, "built before",
	    !f->built ? "no"
	    : f->slim ? "yes, a slim image: there is no root on the disk"
	    : form && strcmp(form, ri_form_words[RI_COMPRESSED]) == 0
		? "yes, in the compressed form"
		: "yes");
	return 0;
}

int ri_print_facts(const struct ri_facts *f, const struct ri_plan *p, const char *refusal,
    const struct ri_ram_compared *ram, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_bootdev *b = &f->bootdev;
	RI_BUF names = { 0 };

	add_os(f, out);
	add_mounts(f, out);
	row(out, "partition table", b->lvm_hint ? "LVM" : b->ptable ? b->ptable : "none");
	row(out, "initramfs", f->initramfs[0] ? f->initramfs : "none that ramimg knows");
	row(out, "boot loader",
	    !f->grub   ? "no GRUB 2"
	    : f->bls   ? "GRUB 2, entry files (BLS) in " RI_PATH_BLS_DIR
	    : f->grub2 ? "GRUB 2, " RI_PATH_CFG2
		       : "GRUB 2, " RI_PATH_CFG);
	for (size_t i = 0; i < p->kernels.n; i++)
		ri_buf_addf(&names, "%s%s", i ? ", " : "", p->kernels.v[i].version);
	if (p->kernels.n > 0)
		row_buf(out, "kernels", &names);
	add_passed(p, out);
	if (row_built(f, out, e) < 0)
		return -1;
	if (f->built)
		row(out, "failed RAM boots", failed[ri_bootcount_of(f)]);
	if (ram->vm.memory > 0) {
		RI_BUF memory = { 0 };

		say_vm(ram, &memory);
		row_buf(out, "memory", &memory);
	}
	row(out, "can be built", refusal ? "no" : "yes");
	if (refusal)
		row(out, "because", refusal);
	else if (p->untested.n > 0)
		row_buf(out, "not tested", &p->untested);
	if (!refusal)
		row_estimate(p, out);
	return ri_buf_check(out, e);
}

int ri_print_plan(const struct ri_facts *f, const struct ri_plan *p,
    const struct ri_excluded_list *left, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_actions *lists[] = { &p->undo_actions, &p->actions };

	add_os(f, out);
	row(out, "kernel", p->kernels.v[0].version);
	add_passed(p, out);
	if (p->form == RI_COMPRESSED)
		row(out, "form", ri_form_words[p->form]);
	row(out, "kernel arguments", p->cmdline);
	if (p->not_inherited.n > 0)
		row_buf(out, "not inherited", &p->not_inherited);
	row(out, "boot counting", p->counting ? "yes" : p->not_counted ? p->not_counted : "off");
	if (p->untested.n > 0)
		row_buf(out, "not tested", &p->untested);
	if (p->cloud_archive.n > 0)
		row(out, "only in RAM", RI_PATH_CLOUD_OURS);
	for (size_t i = 0; i < p->added_n; i++)
		row(out, p->cloud_archive.n > 0 || i > 0 ? "" : "only in RAM", p->added[i].path);
	row_estimate(p, out);
	add_left(left, out);
	ri_buf_add_str(out, "would do, in this order:\n");
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const struct ri_action *a = &lists[l]->v[i];
			bool removes = a->kind != RI_ACT_PUT && a->kind != RI_ACT_UPLOAD;

			ri_buf_addf(out, "  %-6s %s (%s)\n", removes ? "remove" : "write", a->path,
			    a->why);
		}
	ri_buf_add_str(out, "the menu entry:\n");
	/* Checked text: the entry's own rules keep control bytes out of it. */
	ri_buf_add_span(out, ri_buf_span(&p->entry));
	ri_buf_add_str(out, "nothing was changed\n");
	return ri_buf_check(out, e);
}

/* What the VM must be given, last. */
static void add_memory(const struct ri_manifest *m, struct ri_buf *out)
{
	char figure[RI_SHOW_FIGURE];
	struct ri_ram_need need;

	ri_ram_need_of(m, &need);
	if (need.least == 0) {
		ri_buf_add_str(out, "; no VM can have as much memory as that takes\n");
		return;
	}
	ri_buf_addf(out,
	    "; give the VM at least %llu MiB of memory, %llu more for each CPU beyond the first, and what "
	    "its programs need beyond %s\n",
	    (unsigned long long)need.least, (unsigned long long)need.cpu,
	    ri_show_bytes(m->reserve_bytes, figure));
}

/* For who would rather have the other form. */
static void add_other_form(const struct ri_payload *pl, struct ri_buf *out)
{
	struct ri_ram_need need;
	RI_BUF value = { 0 };

	ri_ram_need_of_other(&pl->manifest, pl->pack.tree_bytes, &need);
	if (need.least == 0)
		return;
	ri_buf_addf(&value, "%s %llu MiB for the VM",
	    pl->manifest.form ? "files in a tmpfs (root.form):" : "an image (--compressed): about",
	    (unsigned long long)need.least);
	row_buf(out, "the other form", &value);
}

static void add_diskless(const struct ri_diskless *d, struct ri_buf *out)
{
	char figure[RI_SHOW_FIGURE];
	RI_BUF value = { 0 };

	if (!d->initrd)
		return;
	ri_buf_addf(&value, "an initrd of %s; %llu MiB for the VM, %llu more for each further CPU",
	    ri_show_bytes(d->bytes, figure), (unsigned long long)d->need.least,
	    (unsigned long long)d->need.cpu);
	row_buf(out, "without a disk", &value);
	if (d->iso)
		row_bytes(out, "ISO", d->iso_bytes);
}

static void add_lost(const struct ri_pack_result *r, struct ri_buf *out)
{
	RI_BUF value = { 0 };

	if (r->lost_acls + r->lost_xattrs + r->clamped_times == 0)
		return;
	ri_buf_addf(&value,
	    "POSIX ACLs of %llu files, %llu attributes, %llu times before 1970 or after 2106",
	    (unsigned long long)r->lost_acls, (unsigned long long)r->lost_xattrs,
	    (unsigned long long)r->clamped_times);
	row_buf(out, "not in an image", &value);
}

/* What a system can mostly do without, and RAM can not. */
static void add_stores(const struct ri_largest *l, struct ri_buf *out)
{
	char figure[RI_SHOW_FIGURE];
	const char *store;
	uint64_t bytes;

	for (size_t at = 0; (store = ri_largest_next_store(l, &at, &bytes));) {
		RI_BUF value = { 0 };

		ri_buf_addf(&value,
		    "%s of that are %s; archive.exclude = [\"%s/\"] leaves them out",
		    ri_show_bytes(bytes, figure), store, store);
		row_buf(out, "containers", &value);
	}
}

int ri_print_build(const struct ri_facts *f, const struct ri_plan *p, const struct ri_payload *pl,
    const char *dir, const char *built, struct ri_buf *out, struct ri_err *e)
{
	add_os(f, out);
	row(out, "kernel", p->kernels.v[0].version);
	add_passed(p, out);
	row_bytes(out, pl->manifest.form ? "image" : "archive", pl->pack.archive_bytes);
	row_bytes(out, pl->manifest.form ? "its files" : "unpacked", pl->pack.tar_bytes);
	row_bytes(out, "initrd", pl->initrd_bytes);
	row_bytes(out, "RAM for the root", pl->pack.tmpfs_bytes);
	add_other_form(pl, out);
	add_diskless(&pl->diskless, out);
	add_lost(&pl->pack, out);
	add_stores(&pl->pack.largest, out);
	row(out, "build", pl->manifest.build_id);
	add_left(&pl->left, out);
	if (dir)
		ri_buf_addf(out, "artifacts in %s\n", dir);
	ri_buf_addf(out, "built: ");
	ri_show_escape(out, ri_str(built), false);
	ri_buf_add_str(out, " boots into RAM");
	add_memory(&pl->manifest, out);
	if (pl->ram.vm.memory > 0) {
		say_vm(&pl->ram, out);
		ri_buf_add_str(out, "\n");
	}
	return ri_buf_check(out, e);
}

int ri_print_verdict(const struct ri_verdict *v, bool cleared, struct ri_buf *out, struct ri_err *e)
{
	for (size_t i = 0; i < v->n; i++) {
		ri_buf_addf(out, "%-4s %-15s ",
		    v->v[i].old    ? "OLD"
		    : v->v[i].good ? "ok"
				   : "BAD",
		    v->v[i].what);
		ri_show_escape(out, ri_str(v->v[i].detail), false);
		ri_buf_add_str(out, "\n");
	}
	if (cleared)
		ri_buf_add_str(out, "cleared: the next boot counts as the first\n");
	return ri_buf_check(out, e);
}

static void add_timing(const char *name, uint64_t ms, uint64_t bytes, struct ri_buf *out)
{
	char figure[RI_SHOW_FIGURE], rate[RI_SHOW_FIGURE];

	ri_buf_addf(out, "%-28s %6llu.%02llu", name, (unsigned long long)(ms / 1000),
	    (unsigned long long)(ms % 1000 / 10));
	if (bytes > 0)
		ri_buf_addf(out, "  %10s", ri_show_bytes(bytes, figure));
	if (bytes > 0 && ms > 0)
		ri_buf_addf(out, "  %10s/s",
		    ri_show_bytes((uint64_t)((double)bytes * 1000.0 / (double)ms), rate));
}

int ri_print_timings(const struct ri_timings *t, struct ri_buf *out, struct ri_err *e)
{
	ri_buf_addf(out, "%-28s %9s  %10s  %12s\n", "phase", "seconds", "bytes", "rate");
	for (size_t i = 0; i < t->n; i++) {
		add_timing(t->v[i].name, t->v[i].ms, t->v[i].bytes, out);
		ri_buf_add_str(out, t->v[i].stopped ? "  stopped\n" : "\n");
	}
	add_timing("from first to last", ri_timings_total_ms(t), 0, out);
	ri_buf_add_str(out, "\n");
	return ri_buf_check(out, e);
}
