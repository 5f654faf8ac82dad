// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/plan.h"

#include "base/show.h"
#include "format/grubenv.h"
#include "grub/defaults.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grubentry.h"
#include "grub/grubonly.h"
#include "os/filesystems.h"
#include "os/fstab.h"
#include "os/fstab_ram.h"
#include "os/initramfs.h"
#include "plan/actions.h"
#include "plan/bls.h"
#include "plan/boot_count.h"
#include "plan/diskless.h"
#include "plan/drift.h"
#include "plan/esp.h"
#include "plan/guest_paths.h"
#include "plan/kernel_choice.h"
#include "plan/stores.h"
#include "plan/system.h"
#include "plan/templates.h"
#include "plan/unseen.h"
#include "plan/zram.h"

/* For the small files and the file system's own blocks. */
#define SPARE ((uint64_t)4 << 20)

static int check_kind(const struct ri_facts *f, struct ri_err *e)
{
	const struct ri_mount *root = ri_facts_root(f);

	if (ri_plan_check_system(f, e) < 0)
		return -1;
	if (!ri_filesystem_is_root(root->fstype))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the root's file system is %s; ramimg builds ext2, ext3, ext4, xfs and btrfs roots",
		    root->fstype[0] ? root->fstype : "of unknown type");
	if (!ri_filesystem_is_root(f->boot->fstype))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the file system of /boot is %s; ramimg needs ext2, ext3, ext4, xfs or btrfs there",
		    f->boot->fstype[0] ? f->boot->fstype : "of unknown type");
	if (!f->grub)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "no GRUB 2 in the guest: " RI_PATH_CFG " is missing, and " RI_PATH_CFG2 " too");
	if (f->grub2 && !f->bls)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    RI_PATH_CFG2
		    " has the menu's entries in itself; ramimg adds to a menu in " RI_PATH_CFG
		    ", or to one of entry files in " RI_PATH_BLS_DIR " (GRUB_ENABLE_BLSCFG=true)");
	if (!ri_initramfs_find(f->initramfs))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the guest makes its initramfs with %s; ramimg needs initramfs-tools or dracut",
		    f->initramfs[0] ? f->initramfs : "no generator that ramimg knows");
	return 0;
}

/* What --slim cannot take a root out of, and what has none any more. */
static int check_slim(const struct ri_job *job, const struct ri_facts *f, struct ri_err *e)
{
	if (f->slim)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "it is a slim image (build --slim), which has no root to build from; build the disk that it "
		    "was made of");
	if (!job->slim)
		return 0;
	if (strcmp(ri_facts_root(f)->fstype, "btrfs") == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "--slim: the root is on btrfs, whose snapshots and other subvolumes would stay; leave "
		    "--slim out");
	if (f->bls)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "--slim: GRUB's menu is made of entry files (" RI_PATH_BLS_DIR
		    "), which it does not clear; leave --slim out");
	return 0;
}

/* What a path of a subvolume may have, so that it can stand on the kernel's line and in GRUB's script as it is. */
static int check_subvol(const struct ri_mount *m, struct ri_err *e)
{
	static const char plain[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/._+~@-";

	if (!m->subvol.path || m->subvol.path[strspn(m->subvol.path, plain)] == '\0')
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "%s is the subvolume \"%s\", whose name cannot stand on the kernel's line; rename it to one of "
	    "letters, digits and /._+~@-",
	    m->mountpoint, m->subvol.path);
}

/* The loader mounts the file system of a separate /boot by its UUID alone, which gives the default subvolume. */
static int check_boot_subvol(const struct ri_facts *f, struct ri_err *e)
{
	bool several;
	const struct ri_ondisk_fs *fs = ri_ondisk_find(&f->disk, f->boot->device, &several);

	if (f->boot == ri_facts_root(f) || !f->boot->subvol.path || !fs ||
	    f->boot->subvol.id == fs->subvols.by_default)
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "/boot is the subvolume \"%s\", which is not the default one of %s; ramimg needs /boot in the "
	    "root's subvolume, or on a file system of its own",
	    f->boot->subvol.path, f->boot->device);
}

static int check_texts(const struct ri_facts *f, struct ri_err *e)
{
	static const char *const need[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };

	for (size_t i = 0; i < RI_TEXTS; i++)
		if (!f->now[i].present && (i == RI_TEXT_FSTAB || !f->bls))
			return ri_fail(e, RI_E_GUEST, 0, "%s is missing in the guest", need[i]);
	return 0;
}

/* The kernel's arguments as the guest's own configuration has them, then ours. */
static int make_cmdline(const struct ri_facts *f, struct ri_plan *p, struct ri_err *e)
{
	RI_BUF all = { 0 };
	RI_BUF dflt = { 0 };
	RI_BUF line = { 0 };
	RI_FREE struct ri_shellfile *files = calloc(f->defaults_n + 1, sizeof *files);
	const struct ri_mount *root = ri_facts_root(f);
	size_t n = 0;

	if (!files)
		return ri_nomem(e);
	for (size_t i = 0; i < f->defaults_n; i++) {
		const struct ri_text *t = &f->defaults[i];

		/* An earlier build's own file says nothing about the guest. */
		if (t->present && strcmp(t->path, RI_PATH_DEFAULT_OURS) != 0)
			files[n++] = (struct ri_shellfile){ t->path, ri_buf_span(&t->bytes) };
	}
	/* As 10_linux does: before the guest's own words. */
	if (root->subvol.path && root->subvol.path[0])
		ri_buf_addf(&all, "rootflags=subvol=%s ", root->subvol.path);
	if (ri_shellvars_get(files, n, "GRUB_CMDLINE_LINUX", &all, e) < 0 ||
	    ri_shellvars_get(files, n, "GRUB_CMDLINE_LINUX_DEFAULT", &dflt, e) < 0)
		return -1;
	ri_buf_add_str(&all, "");
	ri_buf_add_str(&dflt, "");
	if (ri_buf_check(&all, e) < 0 || ri_buf_check(&dflt, e) < 0)
		return -1;
	if (ri_grub_cmdline(f->root_spec, all.p, dflt.p, ri_initramfs_find(f->initramfs)->cmdline,
		&line, e) < 0)
		return -1;
	p->cmdline = ri_buf_steal(&line);
	return p->cmdline ? 0 : ri_nomem(e);
}

/*
 * Append a path of /boot as GRUB sees it on the file system that contains it. Of a btrfs that is from the top-level
 * subvolume, whichever is the default one (grub-mkconfig_lib: make_system_path_relative_to_its_root).
 */
static int grub_path(const struct ri_facts *f, const char *path, struct ri_buf *out,
    struct ri_err *e)
{
	const struct ri_mount *m = f->boot;

	if (m->subvol.path && m->subvol.path[0])
		ri_buf_addf(out, "/%s", m->subvol.path);
	ri_buf_add_str(out, strcmp(m->mountpoint, "/") == 0 ? path : path + strlen("/boot"));
	return ri_buf_check(out, e);
}

/* Whether GRUB counts, and what it then needs. */
static int make_count(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	/* Without a root on the disk there is nothing that could be booted instead. */
	if (job->slim)
		return 0;
	if (job->boot_counting && ri_bootcount_fault(f, &p->not_counted, e) < 0)
		return -1;
	p->counting = job->boot_counting && !p->not_counted;
	return ri_bootcount_clear(f, p->counting, &p->grubenv, e);
}

/* The guest's own default, for when the RAM entry has failed: the first entry if it sets none. */
static char *stock_default(const struct ri_plan *p)
{
	struct ri_span value;
	struct ri_err ignored;

	if (ri_grub_cfg_get_default(ri_buf_span(&p->undo.text[RI_TEXT_CFG].clean), &value,
		&ignored) < 0)
		return strdup("0");
	return ri_span_dup(value);
}

/*
 * What the guest's own default entry has. `recordfail` needs the loader to take it back on the disk,
 * which it does together with the count.
 */
static int read_stock(const struct ri_job *job, const struct ri_facts *f, const struct ri_plan *p,
    const char *kernel, struct ri_grub_stock *out, struct ri_err *e)
{
	struct ri_grub_stock_ask ask = {
		.cfg = ri_buf_span(&p->undo.text[RI_TEXT_CFG].clean),
		.boots = { kernel, f->boot->uuid, p->counting, !job->grub_default },
	};

	if (!ri_grubenv_get(ri_buf_span(&f->grubenv.bytes), "saved_entry", &ask.saved_entry))
		ask.saved_entry = (struct ri_span){ 0 };
	if (ri_grub_stock_read(&ask, out, e) < 0)
		return -1;
	if (!f->boot->subvol.path || !out->kernel.p || strcmp(out->kernel.p, kernel) == 0)
		return 0;
	/* Some builds of GRUB take paths from the default subvolume (btrfs_relative_path), and a menu may be old. */
	return ri_fail(e, RI_E_GUEST, 0,
	    "the guest's own entry has the kernel at %s, but by its subvolume GRUB finds it at %s; if that is "
	    "where it is, run update-grub in the guest",
	    out->kernel.p, kernel);
}

static int make_entry(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	const struct ri_grub_templates t = { ri_asset_grub_entry_span(),
		ri_asset_grub_before_span(), ri_asset_grub_count_span(),
		ri_asset_grub_failed_span() };
	RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock stock = { 0 };
	RI_FREE char *dflt = stock_default(p);
	struct ri_grub_spec spec;
	RI_BUF id = { 0 };
	RI_BUF kernel = { 0 };
	RI_BUF initrd = { 0 };

	ri_buf_addf(&id, "ramimg-%s", ri_facts_root(f)->uuid);
	if (make_cmdline(f, p, e) < 0 || grub_path(f, p->kernels.v[0].image, &kernel, e) < 0 ||
	    grub_path(f, RI_PATH_INITRD, &initrd, e) < 0 ||
	    read_stock(job, f, p, kernel.p, &stock, e) < 0)
		return -1;
	p->entry_id = ri_buf_steal(&id);
	if (!p->entry_id || !dflt)
		return ri_nomem(e);
	spec = (struct ri_grub_spec){
		.id = p->entry_id,
		.os_name = f->os.name,
		.os_id = f->os.id,
		.ptable = f->bootdev.ptable,
		.disk = f->bootdev.disk,
		.part = f->bootdev.part,
		.lvm_hint = f->bootdev.lvm_hint,
		.fstype = f->boot->fstype,
		.fs_module = ri_filesystem_grub_module(f->boot->fstype),
		.fs_uuid = f->boot->uuid,
		.kernel = kernel.p,
		.initrd = initrd.p,
		.cmdline = p->cmdline,
		.stock_default = p->counting ? dflt : NULL,
		.stock = &stock,
	};
	p->not_inherited = stock.why;
	stock.why = (struct ri_buf){ 0 };
	return ri_grub_entry(&spec, &t, &p->entry, e);
}

static int make_cfg(const struct ri_job *job, struct ri_span clean, struct ri_plan *p,
    struct ri_err *e)
{
	RI_BUF cfg = { 0 };

	if (ri_grub_cfg_put(clean, ri_buf_span(&p->text[RI_TEXT_CUSTOM]), &cfg, e) < 0)
		return -1;
	if (!job->grub_default) {
		ri_buf_add_span(&p->text[RI_TEXT_CFG], ri_buf_span(&cfg));
		return ri_buf_check(&p->text[RI_TEXT_CFG], e);
	}
	ri_buf_addf(&p->default_cfg,
	    "# Written by ramimg: the entry that runs from RAM is booted by default.\n"
	    "GRUB_DEFAULT='%s'\n",
	    p->entry_id);
	if (ri_buf_check(&p->default_cfg, e) < 0)
		return -1;
	return ri_grub_cfg_set_default(ri_buf_span(&cfg), ri_str(p->entry_id),
	    &p->text[RI_TEXT_CFG], e);
}

/* Of a slim image: no other entry would boot. */
static int leave_ours(struct ri_plan *p, struct ri_err *e)
{
	struct ri_buf *cfg = &p->text[RI_TEXT_CFG];
	RI_BUF only = { 0 };

	if (ri_grub_cfg_only(ri_buf_span(cfg), &only, e) < 0)
		return -1;
	ri_buf_free(cfg);
	*cfg = only;
	only = (struct ri_buf){ 0 };
	return 0;
}

/* The entry, where it stands in grub.cfg, and what makes it the default. */
static int make_menu(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	struct ri_span custom = ri_buf_span(&p->undo.text[RI_TEXT_CUSTOM].clean);
	struct ri_span cfg = ri_buf_span(&p->undo.text[RI_TEXT_CFG].clean);

	if (make_count(job, f, p, e) < 0)
		return ri_ctx(e, RI_PATH_GRUBENV);
	if (make_entry(job, f, p, e) < 0)
		return ri_ctx(e, "the menu entry");
	if (ri_grub_custom_put(custom, ri_buf_span(&p->entry), &p->text[RI_TEXT_CUSTOM], e) < 0)
		return ri_ctx(e, RI_PATH_CUSTOM);
	if (make_cfg(job, cfg, p, e) < 0 || (job->slim && leave_ours(p, e) < 0))
		return ri_ctx(e, RI_PATH_CFG);
	return 0;
}

/* Else a root in RAM would be short of it just when it is to end (templates/dracut-shutdown.service says why). */
static int add_dracut_shutdown(struct ri_plan *p, struct ri_err *e)
{
	struct ri_added *a = &p->added[p->added_n++];

	*a = (struct ri_added){ .path = RI_PATH_DRACUT_SHUTDOWN_OURS };
	ri_buf_add_span(&a->bytes, ri_asset_dracut_shutdown_span());
	return ri_buf_check(&a->bytes, e);
}

static int make_texts(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	struct ri_span fstab = ri_buf_span(&p->undo.text[RI_TEXT_FSTAB].clean);
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines lines = { 0 };

	if (ri_fstab_to_ram(fstab, &p->text[RI_TEXT_FSTAB], e) < 0 ||
	    ri_fstab_sort(fstab, &f->disk, &f->automounts, &lines, e) < 0 ||
	    ri_fstab_for_archive(fstab,
		job->form == RI_COMPRESSED ? RI_FSTAB_OVERLAY_ROOT : RI_FSTAB_TMPFS_ROOT, &lines,
		&p->fstab_archive, e) < 0)
		return ri_ctx(e, RI_PATH_FSTAB);
	if (f->cloud_init)
		p->cloud_archive = ri_asset_cloud_init_span();
	if (f->dracut_shutdown && add_dracut_shutdown(p, e) < 0)
		return -1;
	return f->bls ? ri_bls_plan(job, f, p, e) : make_menu(job, f, p, e);
}

/* What is written has to be read back, and by the next build too. */
static int check_sizes(const struct ri_plan *p, struct ri_err *e)
{
	static const char *const paths[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };

	for (size_t i = 0; i < RI_TEXTS; i++)
		if (p->text[i].n > RI_TEXT_MAX)
			return ri_fail(e, RI_E_BUDGET, 0,
			    "%s would have %zu bytes, and may have %zu at most", paths[i],
			    p->text[i].n, RI_TEXT_MAX);
	return 0;
}

/* A file's own name as a rule: glob characters stand for themselves. */
static void add_literal(struct ri_buf *b, const char *path)
{
	for (; *path; path++) {
		if (strchr("\\*?[]", *path))
			ri_buf_add(b, "\\", 1);
		ri_buf_add(b, path, 1);
	}
}

static int add_literal_rule(const char *path, struct ri_strv *rules, struct ri_err *e)
{
	RI_BUF rule = { 0 };

	add_literal(&rule, path);
	return ri_buf_check(&rule, e) < 0 || ri_rule_check(rule.p, e) < 0
		   ? -1
		   : ri_strv_add(rules, rule.p, e);
}

static int make_rules(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	RI_STRV swap = { 0 };

	for (const struct ri_rule_row *r = ri_rules_builtin; r->pattern; r++)
		if (!ri_strv_has(&job->keep, r->pattern) &&
		    ri_strv_add(&p->rules.patterns, r->pattern, e) < 0)
			return -1;
	for (size_t i = 0; i < job->exclude.n; i++)
		if (ri_strv_add(&p->rules.patterns, job->exclude.v[i], e) < 0)
			return -1;
	if (ri_fstab_swapfiles(ri_buf_span(&f->now[RI_TEXT_FSTAB].bytes), &swap, e) < 0)
		return ri_ctx(e, RI_PATH_FSTAB);
	for (size_t i = 0; i < swap.n; i++)
		if (add_literal_rule(swap.v[i], &p->rules.patterns, e) < 0)
			return ri_ctx(e, "swap file %s", swap.v[i]);
	for (size_t i = 0; i < f->snapshots.n; i++)
		if (add_literal_rule(f->snapshots.v[i], &p->rules.patterns, e) < 0)
			return ri_ctx(e, "snapshot %s", f->snapshots.v[i]);
	/* Permissive: it would label the RAM and boot again, each time anew. */
	return ri_unseen_selinux(f, p) == RI_SELINUX_OFF
		   ? 0
		   : ri_strv_add(&p->rules.patterns, RI_PATH_AUTORELABEL, e);
}

/*
 * The earlier build's traces are taken back for the packing only, and would otherwise give what is packed the time
 * of this build: the same disk would give another archive each time.
 */
static void set_times(const struct ri_job *job, struct ri_plan *p)
{
	p->actions.times = job->dated ? RI_TIMES_DATE : RI_TIMES_NOW;
	p->undo_actions.times = job->dated ? RI_TIMES_DATE : RI_TIMES_KEPT;
	p->actions.date = p->undo_actions.date = job->source_date;
}

static int make_record(const struct ri_facts *f, struct ri_plan *p, struct ri_err *e)
{
	const struct ri_drift_now now = { f->boot_files, f->boot_files_n,
		f->packages ? f->packages : "" };

	return ri_drift_record(&now, p->kernels.v[0].version, &p->record, e);
}

static const char *archive_path(const struct ri_job *job)
{
	if (job->form == RI_COMPRESSED)
		return RI_PATH_ARCHIVE_IMAGE;
	if (job->compression == RI_ZSTD)
		return RI_PATH_ARCHIVE_ZSTD;
	return job->compression == RI_LZ4 ? RI_PATH_ARCHIVE_LZ4 : RI_PATH_ARCHIVE_GZIP;
}

int ri_plan_make(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };

	p.form = (enum ri_form)job->form;
	p.slim = job->slim;
	p.archive_path = archive_path(job);
	if (ri_job_check(job, e) < 0 || check_slim(job, f, e) < 0 || check_kind(f, e) < 0 ||
	    ri_plan_check_esp(f, &p.esp_note, e) < 0 || check_subvol(ri_facts_root(f), e) < 0 ||
	    check_subvol(f->boot, e) < 0 || check_boot_subvol(f, e) < 0 || check_texts(f, e) < 0 ||
	    ri_bls_check_ours(f, e) < 0)
		return -1;
	if (ri_kernel_choice(job, f, &p.kernels, &p.stock_kernel, e) < 0)
		return -1;
	if (f->initrd_fault)
		return ri_fail(e, f->initrd_code, 0, "%s", f->initrd_fault);
	if (ri_undo_make(f, &p.undo, e) < 0)
		return ri_ctx(e, "taking back the earlier build");
	if (make_record(f, &p, e) < 0 || make_texts(job, f, &p, e) < 0 || check_sizes(&p, e) < 0 ||
	    (job->diskless && ri_diskless_cmdline(p.cmdline, f->initramfs, &p.diskless_script,
				  &p.diskless_line, e) < 0) ||
	    ri_unseen_check(job, f, &p, e) < 0 || make_rules(job, f, &p, e) < 0 ||
	    ri_stores_plan(job, f, &p, e) < 0 || ri_zram_plan(job, f, &p, e) < 0)
		return -1;
	ri_plan_build_actions(f, &p);
	set_times(job, &p);
	*out = p;
	p = (struct ri_plan){ 0 };
	return 0;
}

int ri_plan_clear_count(const struct ri_facts *f, struct ri_plan *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };

	if (ri_bootcount_clear(f, false, &p.grubenv, e) < 0)
		return -1;
	ri_plan_clear_count_action(f, &p);
	*out = p;
	p = (struct ri_plan){ 0 };
	return 0;
}

int ri_plan_revert(const struct ri_facts *f, struct ri_plan *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };

	if (ri_bls_check_ours(f, e) < 0 || ri_undo_make(f, &p.undo, e) < 0 ||
	    (ri_bls_is_default(f) ? ri_bls_restore_default(f, &p.grubenv, e) < 0
				  : ri_bootcount_clear(f, false, &p.grubenv, e) < 0))
		return -1;
	ri_plan_revert_actions(f, &p);
	*out = p;
	p = (struct ri_plan){ 0 };
	return 0;
}

int ri_plan_fits(uint64_t archive_bytes, uint64_t initrd_bytes, const char *mountpoint,
    uint64_t free_bytes, struct ri_err *e)
{
	char a[RI_SHOW_FIGURE], b[RI_SHOW_FIGURE], c[RI_SHOW_FIGURE];
	uint64_t need;

	if (__builtin_add_overflow(archive_bytes, initrd_bytes, &need) ||
	    __builtin_add_overflow(need, SPARE, &need) || need > free_bytes)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "the guest's file system at %s has %s free, but the archive takes %s and the initrd "
		    "%s; make room there or leave more out (archive.exclude)",
		    mountpoint, ri_show_bytes(free_bytes, a), ri_show_bytes(archive_bytes, b),
		    ri_show_bytes(initrd_bytes, c));
	return 0;
}

int ri_plan_room(uint64_t initrd_bytes, const char *mountpoint, uint64_t free_bytes, uint64_t *room,
    struct ri_err *e)
{
	char a[RI_SHOW_FIGURE], b[RI_SHOW_FIGURE], c[RI_SHOW_FIGURE];
	uint64_t need;

	if (__builtin_add_overflow(initrd_bytes, SPARE, &need) || need > free_bytes)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "the guest's file system at %s has %s free, but the initrd alone takes %s, and the "
		    "small files %s; make room there",
		    mountpoint, ri_show_bytes(free_bytes, a), ri_show_bytes(initrd_bytes, b),
		    ri_show_bytes(SPARE, c));
	*room = free_bytes - need;
	return 0;
}

void ri_plan_free(struct ri_plan *p)
{
	ri_kernels_free(&p->kernels);
	free(p->stock_kernel);
	free(p->entry_id);
	free(p->entry_path);
	free(p->cmdline);
	ri_buf_free(&p->diskless_script);
	ri_buf_free(&p->diskless_line);
	ri_buf_free(&p->entry);
	ri_buf_free(&p->not_inherited);
	ri_buf_free(&p->esp_note);
	ri_buf_free(&p->fstab_archive);
	for (size_t i = 0; i < p->added_n; i++)
		ri_buf_free(&p->added[i].bytes);
	for (size_t i = 0; i < RI_TEXTS; i++)
		ri_buf_free(&p->text[i]);
	ri_buf_free(&p->default_cfg);
	ri_buf_free(&p->record);
	ri_buf_free(&p->grubenv);
	ri_buf_free(&p->grubenv_before);
	ri_buf_free(&p->saved_entry);
	ri_buf_free(&p->untested);
	ri_rules_free(&p->rules);
	ri_undo_free(&p->undo);
	*p = (struct ri_plan){ 0 };
}
