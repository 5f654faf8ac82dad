// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/undo.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "os/fstab.h"
#include "os/fstab_ram.h"
#include "plan/guest_paths.h"

static struct ri_span span(const struct ri_text *t)
{
	return ri_buf_span(&t->bytes);
}

static bool same(const struct ri_text *a, const struct ri_text *b)
{
	return a->present && b->present && ri_span_eq(span(a), span(b));
}

/* The root line may be saved in the state, or only in the copy beside the fstab. */
static int clean_fstab(const struct ri_facts *f, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_text *orig = &f->orig[RI_TEXT_FSTAB];

	if (!orig->present)
		orig = &f->fstab_copy;
	if (!orig->present)
		return ri_fail(e, RI_E_GUEST, 0,
		    "its root is a tmpfs and no original is left: neither %s nor " RI_PATH_STATE
		    " is there; write the root's line back by hand",
		    RI_PATH_FSTAB_COPY);
	return ri_fstab_restore(span(&f->now[RI_TEXT_FSTAB]), span(orig), out, e);
}

static int clean_custom(const struct ri_facts *f, struct ri_buf *out, struct ri_err *e)
{
	return ri_grub_custom_drop(span(&f->now[RI_TEXT_CUSTOM]), out, e);
}

static int clean_cfg(const struct ri_facts *f, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF custom = { 0 };
	RI_BUF section = { 0 };
	const struct ri_text *orig = &f->orig[RI_TEXT_CFG];
	struct ri_span value, before = ri_str("0");

	if (clean_custom(f, &custom, e) < 0)
		return -1;
	if (ri_grub_cfg_put(span(&f->now[RI_TEXT_CFG]), ri_buf_span(&custom), &section, e) < 0)
		return -1;
	if (ri_grub_cfg_get_default(ri_buf_span(&section), &value, e) < 0)
		return -1;
	if (!ri_span_starts(value, "ramimg-")) {
		ri_buf_add_span(out, ri_buf_span(&section));
		return ri_buf_check(out, e);
	}
	if (orig->present && ri_grub_cfg_get_default(span(orig), &before, e) < 0)
		return -1;
	return ri_grub_cfg_set_default(ri_buf_span(&section), before, out, e);
}

/*
 * Per text: whether ramimg has changed it, and how to remove the change if the text was edited
 * since.
 */
static bool fstab_marked(const struct ri_facts *f)
{
	struct ri_fstab_entry root;

	if (f->fstab_copy.present || f->orig[RI_TEXT_FSTAB].present)
		return true;
	return ri_fstab_find(span(&f->now[RI_TEXT_FSTAB]), "/", &root) &&
	       ri_span_eq(root.type, ri_str("tmpfs"));
}

static bool custom_marked(const struct ri_facts *f)
{
	return ri_grub_find_block(span(&f->now[RI_TEXT_CUSTOM])).n > 0;
}

static bool cfg_marked(const struct ri_facts *f)
{
	return ri_grub_find_block(span(&f->now[RI_TEXT_CFG])).n > 0 || f->orig[RI_TEXT_CFG].present;
}

static const struct {
	const char *path;
	bool (*marked)(const struct ri_facts *f);
	int (*clean)(const struct ri_facts *f, struct ri_buf *out, struct ri_err *e);
} ways[RI_TEXTS] = {
	[RI_TEXT_FSTAB] = { RI_PATH_FSTAB, fstab_marked, clean_fstab },
	[RI_TEXT_CUSTOM] = { RI_PATH_CUSTOM, custom_marked, clean_custom },
	[RI_TEXT_CFG] = { RI_PATH_CFG, cfg_marked, clean_cfg },
};

static int undo_one(const struct ri_facts *f, enum ri_text_id id, struct ri_undo_text *out,
    struct ri_err *e)
{
	const struct ri_text *now = &f->now[id], *orig = &f->orig[id];

	if (same(now, &f->ours[id]) && orig->present) {
		ri_buf_add_span(&out->clean, span(orig));
	} else if (!now->present || same(now, orig) || !f->built || !ways[id].marked(f)) {
		ri_buf_add_span(&out->clean, span(now));
	} else {
		out->edited = true;
		if (ways[id].clean(f, &out->clean, e) < 0)
			return ri_ctx(e, "%s", ways[id].path);
	}
	out->changes = !ri_span_eq(ri_buf_span(&out->clean), span(now));
	return ri_buf_check(&out->clean, e);
}

int ri_undo_make(const struct ri_facts *f, struct ri_undo *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_undo_free) struct ri_undo u = { 0 };

	for (size_t i = 0; i < RI_TEXTS; i++) {
		if (undo_one(f, (enum ri_text_id)i, &u.text[i], e) < 0)
			return -1;
		u.any_edited = u.any_edited || u.text[i].edited;
	}
	*out = u;
	u = (struct ri_undo){ 0 };
	return 0;
}

void ri_undo_free(struct ri_undo *u)
{
	for (size_t i = 0; i < RI_TEXTS; i++)
		ri_buf_free(&u->text[i].clean);
	*u = (struct ri_undo){ 0 };
}
