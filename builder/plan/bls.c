// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/bls.h"
#include "format/grubenv.h"
#include "grub/bls.h"
#include "grub/grubentry.h"
#include "os/initramfs.h"
#include "plan/guest_paths.h"

static bool is_ours(const struct ri_text *t)
{
	return ri_bls_is_ours(ri_bls_id(t->path));
}

/** The default's id as the environment block has it; nothing if it is not set. */
static struct ri_span saved_now(const struct ri_facts *f)
{
	struct ri_span value;

	if (!ri_grubenv_get(ri_buf_span(&f->grubenv.bytes), "saved_entry", &value))
		return ri_str("");
	return value;
}

bool ri_bls_is_default(const struct ri_facts *f)
{
	return ri_bls_is_ours(saved_now(f));
}

/** The default's id without ramimg. */
static struct ri_span saved_before(const struct ri_facts *f)
{
	if (!ri_bls_is_default(f))
		return saved_now(f);
	return ri_span_trim(ri_buf_span(&f->saved_entry.bytes));
}

const struct ri_text *ri_bls_ours(const struct ri_facts *f)
{
	for (size_t i = 0; i < f->entries_n; i++)
		if (f->entries[i].present && is_ours(&f->entries[i]))
			return &f->entries[i];
	return NULL;
}

int ri_bls_check_ours(const struct ri_facts *f, struct ri_err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < f->entries_n; i++)
		n += is_ours(&f->entries[i]);
	if (n <= RI_BLS_OURS_MAX)
		return 0;
	return ri_fail(e, RI_E_GUEST, 0,
	    RI_PATH_BLS_DIR " has %zu files " RI_BLS_OURS
			    "*.conf, and ramimg makes one; remove those of other disks",
	    n);
}

const struct ri_text *ri_bls_stock(const struct ri_facts *f, const char *version)
{
	struct ri_span dflt = saved_before(f);
	const struct ri_text *first = NULL;

	for (size_t i = 0; i < f->entries_n; i++) {
		const struct ri_text *t = &f->entries[i];

		if (!t->present || is_ours(t) || !ri_bls_boots(ri_buf_span(&t->bytes), version))
			continue;
		if (ri_span_eq(ri_bls_id(t->path), dflt))
			return t;
		first = first ? first : t;
	}
	return first;
}

int ri_bls_default_version(const struct ri_facts *f, char **out, struct ri_err *e)
{
	struct ri_span dflt = saved_before(f), version;

	if (dflt.n == 0 || !ri_bls_default_is_saved(ri_buf_span(&f->now[RI_TEXT_CFG].bytes)))
		return 0;
	for (size_t i = 0; i < f->entries_n; i++) {
		const struct ri_text *t = &f->entries[i];

		if (!t->present || is_ours(t) || !ri_span_eq(ri_bls_id(t->path), dflt) ||
		    !ri_bls_version(ri_buf_span(&t->bytes), &version))
			continue;
		*out = ri_span_dup(version);
		return *out ? 0 : ri_nomem(e);
	}
	return 0;
}

static int make_cmdline(const struct ri_facts *f, struct ri_span stock, struct ri_plan *p,
    struct ri_err *e)
{
	struct ri_span kernelopts;
	RI_BUF own = { 0 };
	RI_BUF line = { 0 };

	if (!ri_grubenv_get(ri_buf_span(&f->grubenv.bytes), "kernelopts", &kernelopts))
		kernelopts = (struct ri_span){ 0 };
	if (ri_bls_options(stock, kernelopts, &own, e) < 0)
		return -1;
	ri_buf_add_str(&own, "");
	if (ri_buf_check(&own, e) < 0 ||
	    ri_grub_cmdline(f->root_spec, own.p ? own.p : "", "",
		ri_initramfs_find(f->initramfs)->cmdline, &line, e) < 0)
		return -1;
	p->cmdline = ri_buf_steal(&line);
	return p->cmdline ? 0 : ri_nomem(e);
}

/** The file name of a path. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int make_entry(const struct ri_facts *f, const struct ri_text *stock, struct ri_plan *p,
    struct ri_err *e)
{
	const struct ri_kernel *k = &p->kernels.v[0];
	const struct ri_bls_spec spec = {
		.stock = ri_buf_span(&stock->bytes),
		.os_name = f->os.name,
		.initrd = base_name(k->initrd),
		.our_initrd = base_name(RI_PATH_INITRD),
		.cmdline = p->cmdline,
	};
	const char *uuid = ri_facts_root(f)->uuid;
	RI_BUF id = { 0 };
	RI_BUF path = { 0 };

	if (*uuid == '\0' || uuid[strspn(uuid, "0123456789abcdefABCDEF-")] != '\0')
		return ri_fail(e, RI_E_GUEST, 0, "the root's UUID is not one: \"%.60s\"", uuid);
	ri_buf_addf(&id, RI_BLS_OURS "%s", uuid);
	p->entry_id = ri_buf_steal(&id);
	if (!p->entry_id)
		return ri_nomem(e);
	ri_buf_addf(&path, RI_PATH_BLS_DIR "/%s.conf", p->entry_id);
	p->entry_path = ri_buf_steal(&path);
	return p->entry_path ? ri_bls_entry(&spec, &p->entry, e) : ri_nomem(e);
}

/** Append the block with the default @id, or without one where it is empty. */
static int put_default(const struct ri_facts *f, const char *id, struct ri_buf *out,
    struct ri_err *e)
{
	RI_BUF empty = { 0 };

	if (!f->grubenv.present)
		ri_grubenv_empty(&empty);
	if (ri_buf_check(&empty, e) < 0)
		return -1;
	if (ri_grubenv_set(ri_buf_span(f->grubenv.present ? &f->grubenv.bytes : &empty),
		"saved_entry", *id ? id : NULL, out, e) < 0)
		return ri_ctx(e, "%s", f->grub2 ? RI_PATH_GRUBENV2 : RI_PATH_GRUBENV);
	return 0;
}

int ri_bls_restore_default(const struct ri_facts *f, struct ri_buf *out, struct ri_err *e)
{
	RI_FREE char *id = NULL;

	if (!ri_bls_is_default(f))
		return 0;
	id = ri_span_dup(saved_before(f));
	return id ? put_default(f, id, out, e) : ri_nomem(e);
}

static int make_default(const struct ri_facts *f, struct ri_plan *p, struct ri_err *e)
{
	if (!ri_bls_default_is_saved(ri_buf_span(&f->now[RI_TEXT_CFG].bytes)))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s does not take its default from saved_entry; set GRUB_DEFAULT=saved in " RI_PATH_DEFAULT
		    " and run grub2-mkconfig in the guest, or build with grub.default = false",
		    f->now[RI_TEXT_CFG].path);
	ri_buf_add_span(&p->saved_entry, saved_before(f));
	p->saves_default = true;
	return ri_buf_check(&p->saved_entry, e) < 0 ? -1
						    : put_default(f, p->entry_id, &p->grubenv, e);
}

int ri_bls_plan(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	const char *version = p->kernels.v[0].version;
	const struct ri_text *stock = ri_bls_stock(f, version);

	if (!stock)
		return ri_fail(e, RI_E_GUEST, 0,
		    "no file in " RI_PATH_BLS_DIR
		    " boots vmlinuz-%s; run in the guest: kernel-install add %s "
		    "/lib/modules/%s/vmlinuz",
		    version, version, version);
	if (make_cmdline(f, ri_buf_span(&stock->bytes), p, e) < 0 || make_entry(f, stock, p, e) < 0)
		return ri_ctx(e, "%s", stock->path);
	if (job->boot_counting)
		p->not_counted = "the menu's entry files (BLS) have no commands to count with";
	if (ri_bls_restore_default(f, &p->grubenv_before, e) < 0)
		return -1;
	if (job->grub_default)
		return make_default(f, p, e);
	ri_buf_add_span(&p->grubenv, ri_buf_span(&p->grubenv_before));
	return ri_buf_check(&p->grubenv, e);
}
