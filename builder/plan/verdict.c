// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/verdict.h"
#include "format/grubenv.h"
#include "grub/bls.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grubstock.h"
#include "os/fstab.h"
#include "os/fstab_ram.h"
#include "plan/bls.h"
#include "plan/boot_count.h"
#include "plan/drift.h"
#include "plan/guest_paths.h"
#include "plan/job.h"
#include "plan/undo.h"

#include <stdarg.h>

static void say(struct ri_verdict *v, bool *oom, const char *what, bool good, const char *fmt, ...)
    RI_PRINTF(5, 6);

static void say(struct ri_verdict *v, bool *oom, const char *what, bool good, const char *fmt, ...)
{
	struct ri_verdict_item *it = &v->v[v->n];
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&it->detail, fmt, ap) < 0)
		it->detail = NULL;
	va_end(ap);
	*oom = *oom || !it->detail;
	it->what = what;
	it->good = good;
	v->n++;
	v->bad += good ? 0 : 1;
}

static bool contains(struct ri_span s, const char *needle)
{
	return s.n > 0 && memmem(s.p, s.n, needle, strlen(needle)) != NULL;
}

static void check_initrd(const struct ri_verify_seen *o, struct ri_verdict *v, bool *oom)
{
	if (!o->initrd_present)
		say(v, oom, "initrd", false, RI_PATH_INITRD " is missing");
	else if (o->manifest_error)
		say(v, oom, "initrd", false, RI_PATH_INITRD ": %s", o->manifest_error);
	else if (!o->base_known)
		say(v, oom, "initrd", true, RI_PATH_INITRD " holds the loader of build %s",
		    o->manifest.build_id);
	else
		say(v, oom, "initrd", o->base_same,
		    o->base_same
			? RI_PATH_INITRD " holds build %s and the kernel's own initrd"
			: "the kernel's own initrd has changed since build %s: build again",
		    o->manifest.build_id);
}

static void check_archive(const struct ri_verify_seen *o, struct ri_verdict *v, bool *oom)
{
	const struct ri_manifest *m = &o->manifest;

	if (!o->archive_present)
		say(v, oom, "archive", false, "%s is missing on file system %s", m->archive,
		    m->archive_fs);
	else if (o->archive_bytes != m->archive_bytes)
		say(v, oom, "archive", false, "%s has %llu bytes, the initrd expects %llu",
		    m->archive, (unsigned long long)o->archive_bytes,
		    (unsigned long long)m->archive_bytes);
	else if (strcmp(o->archive_sha256, m->archive_sha256) != 0)
		say(v, oom, "archive", false,
		    "%s is damaged or of another build: its SHA-256 is %s, not %s", m->archive,
		    o->archive_sha256, m->archive_sha256);
	else
		say(v, oom, "archive", true, "%s, %s%llu bytes, SHA-256 %s", m->archive,
		    m->form ? "the image of the compressed form, " : "",
		    (unsigned long long)m->archive_bytes, m->archive_sha256);
}

static bool has_file(const struct ri_facts *f, const char *name)
{
	for (size_t i = 0; i < f->boot_files_n; i++)
		if (strcmp(f->boot_files[i].name, name) == 0)
			return true;
	return false;
}

/* Whether ramimg's entry, in grub.cfg or a file of its own, boots the kernel @version: 1 or 0; -1 for no memory. */
static int boots(const struct ri_facts *f, struct ri_span block, const char *version)
{
	RI_BUF word = { 0 };

	if (f->bls)
		return ri_bls_boots(block, version);
	ri_buf_addf(&word, "/vmlinuz-%s ", version);
	return word.oom ? -1 : contains(block, word.p);
}

static void check_kernel(const struct ri_facts *f, const struct ri_manifest *m,
    struct ri_span block, struct ri_verdict *v, bool *oom)
{
	RI_BUF name = { 0 };
	int right = block.n > 0 ? boots(f, block, m->kernel) : 1;

	ri_buf_addf(&name, "vmlinuz-%s", m->kernel);
	if (name.oom || right < 0)
		*oom = true;
	else if (!has_file(f, name.p))
		say(v, oom, "kernel", false, "/boot/%s is missing: build again", name.p);
	else if (!f->slim && !ri_strv_has(&f->modules, m->kernel))
		say(v, oom, "kernel", false, "/lib/modules/%s is missing: build again", m->kernel);
	else if (!right)
		say(v, oom, "kernel", false,
		    "the entry does not boot %s, whose modules are in the "
		    "archive: build again",
		    m->kernel);
	else
		say(v, oom, "kernel", true, "%s, whose modules are in the archive", m->kernel);
}

/* A password that came to the menu after the build: 1 or 0; -1 RI_E_NOMEM. */
static int same_access(const struct ri_facts *f, const struct ri_manifest *m, struct ri_span block,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock stock = { 0 };
	RI_ON_EXIT(ri_undo_free) struct ri_undo undo = { 0 };
	RI_BUF kernel = { 0 };
	struct ri_grub_stock_ask ask = { .boots = { .fs_uuid = f->boot->uuid } };
	struct ri_err why = { 0 };

	ri_buf_addf(&kernel, "vmlinuz-%s", m->kernel);
	if (ri_buf_check(&kernel, e) < 0)
		return -1;
	ask.boots.kernel = kernel.p;

	/* What a revert could not do is not this item's to say. */
	if (ri_undo_make(f, &undo, &why) < 0)
		return why.code == RI_E_NOMEM ? ri_nomem(e) : 1;
	ask.cfg = ri_buf_span(&undo.text[RI_TEXT_CFG].clean);
	if (!ri_grubenv_get(ri_buf_span(&f->grubenv.bytes), "saved_entry", &ask.saved_entry))
		ask.saved_entry = (struct ri_span){ 0 };
	if (ri_grub_stock_read(&ask, &stock, e) < 0)
		return -1;
	return ri_grub_same_access(block, &stock, e);
}

/* The same of a menu of entry files; without an entry for that kernel there is nothing to compare with. */
static bool same_bls_access(const struct ri_facts *f, const struct ri_manifest *m,
    struct ri_span block)
{
	const struct ri_text *stock = ri_bls_stock(f, m->kernel);

	return !stock || ri_bls_same_access(block, ri_buf_span(&stock->bytes));
}

static void check_access(const struct ri_facts *f, const struct ri_manifest *m,
    struct ri_span block, struct ri_verdict *v, bool *oom)
{
	struct ri_err none = { 0 };
	int rc = block.n == 0 ? 1
		 : f->bls     ? same_bls_access(f, m, block)
			      : same_access(f, m, block, &none);

	*oom = *oom || rc < 0;
	if (rc == 0)
		say(v, oom, "password", false,
		    "GRUB lets other users boot the RAM entry than the guest's own: build again");
}

static void check_entry(const struct ri_facts *f, struct ri_span custom, struct ri_verdict *v,
    bool *oom)
{
	struct ri_span cfg = ri_grub_find_block(ri_buf_span(&f->now[RI_TEXT_CFG].bytes));

	if (f->slim && cfg.n > 0)
		say(v, oom, "menu entry", true, "%s has it", f->now[RI_TEXT_CFG].path);
	else if (custom.n == 0 && !f->slim)
		say(v, oom, "menu entry", false, RI_PATH_CUSTOM " holds no entry of ramimg");
	else if (cfg.n == 0)
		say(v, oom, "menu entry", false, RI_PATH_CFG " holds no entry of ramimg");
	else if (!ri_span_eq(custom, cfg))
		say(v, oom, "menu entry", false,
		    RI_PATH_CFG " and " RI_PATH_CUSTOM
				" differ: run update-grub in the guest, or build again");
	else
		say(v, oom, "menu entry", true, RI_PATH_CFG " and " RI_PATH_CUSTOM " agree");
}

/* A menu of entry files: ours is there, boots what it should, and is the default where the build made it that. */
static void check_bls_entry(const struct ri_facts *f, struct ri_verdict *v, bool *oom)
{
	const struct ri_text *t = ri_bls_ours(f);
	struct ri_span text = t ? ri_buf_span(&t->bytes) : ri_str(""), initrd, options;

	if (!t)
		say(v, oom, "menu entry", false, RI_PATH_BLS_DIR " holds no entry of ramimg");
	else if (!ri_bls_value(text, "initrd", 0, &initrd) ||
		 !contains(initrd, "/initrd.img-ramboot") ||
		 !ri_bls_value(text, "options", 0, &options) || !contains(options, " toram"))
		say(v, oom, "menu entry", false,
		    "%s does not load initrd.img-ramboot with toram: build again", t->path);
	else
		say(v, oom, "menu entry", true, "%s", t->path);
	if (t && f->saved_entry.present)
		say(v, oom, "default", ri_bls_is_default(f),
		    ri_bls_is_default(f)
			? "GRUB boots the RAM entry by default"
			: "GRUB boots another entry by default: build again, or choose the RAM entry "
			  "with grub2-set-default");
}

/*
 * Entry, loader and environment block must agree: with an entry that counts and a loader that never
 * resets the count, two successful boots would change the default.
 */
static void check_count(const struct ri_facts *f, const struct ri_manifest *m, struct ri_span block,
    struct ri_verdict *v, bool *oom)
{
	const char *fault = NULL;
	struct ri_err none = { 0 };
	bool counts = contains(block, RI_GRUBENV_FAILED);

	if (block.n == 0 || (!counts && !m->grubenv))
		return; /* reported elsewhere; it is not counted */
	if (ri_bootcount_fault(f, &fault, &none) < 0)
		*oom = true;
	else if (counts != (m->grubenv != NULL))
		say(v, oom, "boot counting", false, "the entry %s and the loader %s: build again",
		    counts ? "counts boots" : "does not count boots",
		    m->grubenv ? "takes the count back" : "does not take the count back");
	else if (fault)
		say(v, oom, "boot counting", false, "%s", fault);
	else if (!f->grubenv.present)
		say(v, oom, "boot counting", false, RI_PATH_GRUBENV " is missing: build again");
	else if (ri_bootcount_of(f) == 0)
		say(v, oom, "boot counting", true, "no failed boot by the RAM entry");
	else
		say(v, oom, "boot counting", true, "the RAM entry failed %s",
		    ri_bootcount_of(f) == 1 ? "once" : "twice in a row and is not the default");
}

/* What is intact may be out of date: it boots what the disk was. */
static void check_age(const struct ri_facts *f, struct ri_verdict *v, bool *oom)
{
	const struct ri_drift_now now = { f->boot_files, f->boot_files_n,
		f->packages ? f->packages : "" };
	struct ri_err none = { 0 };
	RI_BUF newer = { 0 };

	if (!f->record.present)
		return; /* an earlier version's build */
	if (ri_drift_find(ri_buf_span(&f->record.bytes), &now, &newer, &none) < 0) {
		*oom = true;
		return;
	}
	if (newer.n == 0) {
		say(v, oom, "age", true, "the disk's kernels and packages are as they were built");
		return;
	}
	say(v, oom, "age", true, "the RAM set is older than the disk: %s; build again", newer.p);
	v->v[v->n - 1].old = v->old = true;
}

static int check_fstab(const struct ri_facts *f, struct ri_verdict *v, bool *oom, struct ri_err *e)
{
	RI_BUF again = { 0 };
	struct ri_span now = ri_buf_span(&f->now[RI_TEXT_FSTAB].bytes);
	int rc = f->now[RI_TEXT_FSTAB].present ? ri_fstab_to_ram(now, &again, e) : 0;
	bool good =
	    f->now[RI_TEXT_FSTAB].present && rc == 0 && ri_span_eq(now, ri_buf_span(&again));

	/* An fstab that cannot be rewritten is a verdict here, not a failure. */
	if (rc < 0 && e->code == RI_E_NOMEM)
		return -1;
	if (rc < 0)
		*e = (struct ri_err){ 0 };
	say(v, oom, "fstab", good,
	    good ? RI_PATH_FSTAB " has a tmpfs root"
		 : RI_PATH_FSTAB " has not the one tmpfs root that ramimg wrote");
	if (!f->slim)
		say(v, oom, "original fstab", f->fstab_copy.present,
		    f->fstab_copy.present ? RI_PATH_FSTAB_COPY " is there"
					  : RI_PATH_FSTAB_COPY " is missing");
	return 0;
}

/* What of the guest's files is ramimg's menu entry; nothing if there is none. */
static struct ri_span our_entry(const struct ri_facts *f)
{
	const struct ri_text *t = f->bls ? ri_bls_ours(f) : NULL;

	if (f->bls)
		return t ? ri_buf_span(&t->bytes) : ri_str("");
	return ri_grub_find_block(
	    ri_buf_span(&f->now[f->slim ? RI_TEXT_CFG : RI_TEXT_CUSTOM].bytes));
}

/* Loader and disk must agree: without a root there is nothing to go on with. */
static void check_slim(const struct ri_facts *f, const struct ri_manifest *m, struct ri_verdict *v,
    bool *oom)
{
	if (f->slim && m->on_failure)
		say(v, oom, "slim", true,
		    "there is no root on the disk; where the one in RAM fails, the VM does a %s",
		    m->on_failure);
	else if (f->slim || m->on_failure)
		say(v, oom, "slim", false,
		    f->slim ? "there is no root on the disk, but the loader goes on with one"
			    : "the loader knows of no root on the disk: build again");
}

int ri_verdict_make(const struct ri_facts *f, const struct ri_verify_seen *o,
    struct ri_verdict *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_span block = our_entry(f);
	bool oom = false;

	v.slim = f->slim;
	check_initrd(o, &v, &oom);
	if (o->initrd_present && !o->manifest_error) {
		v.form = ri_form_of(&o->manifest);
		check_archive(o, &v, &oom);
		check_kernel(f, &o->manifest, block, &v, &oom);
		if (strcmp(o->manifest.archive_fs, f->boot->uuid) != 0)
			say(&v, &oom, "file system", false,
			    "the initrd looks for the archive on file system %s, /boot is on %s",
			    o->manifest.archive_fs, f->boot->uuid);
		check_count(f, &o->manifest, block, &v, &oom);
		if (!f->slim)
			check_access(f, &o->manifest, block, &v, &oom);
		check_slim(f, &o->manifest, &v, &oom);
	}
	if (f->bls)
		check_bls_entry(f, &v, &oom);
	else
		check_entry(f, block, &v, &oom);
	if (!f->slim)
		check_age(f, &v, &oom);
	if (check_fstab(f, &v, &oom, e) < 0)
		return -1;
	if (oom)
		return ri_nomem(e);
	*out = v;
	v = (struct ri_verdict){ 0 };
	return 0;
}

void ri_observed_free(struct ri_verify_seen *o)
{
	free(o->manifest_error);
	ri_manifest_free(&o->manifest);
	*o = (struct ri_verify_seen){ 0 };
}

void ri_verdict_free(struct ri_verdict *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->v[i].detail);
	*v = (struct ri_verdict){ 0 };
}
