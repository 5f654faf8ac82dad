// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The order of a plan's actions. Files that nothing refers to come first, then the fstab, then
 * GRUB's files: a stage that was interrupted at any point still boots.
 */
#include "plan/actions.h"
#include "format/grubenv.h"
#include "grub/bls.h"
#include "plan/guest_paths.h"

const char *const ri_plan_orig_path[RI_TEXTS] = {
	[RI_TEXT_FSTAB] = RI_PATH_STATE "/fstab.orig",
	[RI_TEXT_CUSTOM] = RI_PATH_STATE "/40_custom.orig",
	[RI_TEXT_CFG] = RI_PATH_STATE "/grub.cfg.orig",
};

const char *const ri_plan_ours_path[RI_TEXTS] = {
	[RI_TEXT_FSTAB] = RI_PATH_STATE "/fstab.ours",
	[RI_TEXT_CUSTOM] = RI_PATH_STATE "/40_custom.ours",
	[RI_TEXT_CFG] = RI_PATH_STATE "/grub.cfg.ours",
};

/* Room for the actions behind those of kernels: six, and two for one kernel more. */
#define SLIM_MAX (sizeof(((struct ri_actions *)0)->v) / sizeof(struct ri_action) - 8)

static void add(struct ri_actions *l, struct ri_action a)
{
	/* The array is as long as the longest plan below; a longer one would be a bug here. */
	if (l->n < sizeof l->v / sizeof l->v[0])
		l->v[l->n++] = a;
}

static void put(struct ri_actions *l, const char *path, const struct ri_buf *b, unsigned mode,
    const char *why)
{
	add(l, (struct ri_action){ .kind = RI_ACT_PUT,
		   .path = path,
		   .bytes = ri_buf_span(b),
		   .mode = mode,
		   .why = why });
}

static void put_over(struct ri_actions *l, const char *path, const struct ri_buf *b,
    const char *why)
{
	add(l, (struct ri_action){ .kind = RI_ACT_PUT,
		   .path = path,
		   .bytes = ri_buf_span(b),
		   .mode = 0644,
		   .keep_attrs = true,
		   .why = why });
}

static void drop(struct ri_actions *l, enum ri_act_kind kind, const char *path, const char *why)
{
	add(l, (struct ri_action){ .kind = kind, .path = path, .why = why });
}

static void restore_texts(struct ri_actions *l, const struct ri_facts *f, const struct ri_undo *u)
{
	/* GRUB stops using the RAM files before the fstab does. */
	static const enum ri_text_id order[RI_TEXTS] = { RI_TEXT_CFG, RI_TEXT_CUSTOM,
		RI_TEXT_FSTAB };

	for (size_t i = 0; i < RI_TEXTS; i++)
		if (u->text[order[i]].changes)
			put_over(l, f->now[order[i]].path, &u->text[order[i]].clean,
			    "as it was before ramimg");
}

/* The menu's own files, which ramimg has added one to. */
static void drop_entries(struct ri_actions *l, const struct ri_facts *f)
{
	for (size_t i = 0; i < f->entries_n; i++)
		if (ri_bls_is_ours(ri_bls_id(f->entries[i].path)))
			drop(l, RI_ACT_REMOVE, f->entries[i].path,
			    "menu entry of the earlier build");
}

static void drop_built(struct ri_actions *l, const struct ri_facts *f)
{
	drop_entries(l, f);
	drop(l, RI_ACT_REMOVE, RI_PATH_DEFAULT_OURS, "GRUB's default of the earlier build");
	drop(l, RI_ACT_REMOVE, RI_PATH_INITRD, "initrd of the earlier build");
	drop(l, RI_ACT_REMOVE, RI_PATH_ARCHIVE_GZIP, "archive of the earlier build");
	drop(l, RI_ACT_REMOVE, RI_PATH_ARCHIVE_ZSTD, "archive of the earlier build");
	drop(l, RI_ACT_REMOVE, RI_PATH_ARCHIVE_LZ4, "archive of the earlier build");
	drop(l, RI_ACT_REMOVE, RI_PATH_ARCHIVE_IMAGE, "image of the earlier build");
}

static void put_grubenv(struct ri_actions *l, const struct ri_facts *f, const struct ri_buf *block,
    const char *why)
{
	put_over(l, f->grub2 ? RI_PATH_GRUBENV2 : RI_PATH_GRUBENV, block, why);
}

#define NOT_COUNTED "no boot has failed so far"
#define NOT_DEFAULT "the default from before ramimg"
#define NEXT_BOOT "the entry to be booted once"

/* What ramimg made is removed, unless somebody else keeps something in it now. */
static void undo_grubenv(const struct ri_facts *f, struct ri_plan *p)
{
	const struct ri_buf *left = p->grubenv.n > 0 ? &p->grubenv : &f->grubenv.bytes;

	if (f->grubenv_ours && !ri_grubenv_has_any(ri_buf_span(left)))
		drop(&p->undo_actions, RI_ACT_REMOVE, f->grub2 ? RI_PATH_GRUBENV2 : RI_PATH_GRUBENV,
		    "made by ramimg");
	else if (p->grubenv.n > 0)
		put_grubenv(&p->undo_actions, f, &p->grubenv, f->bls ? NOT_DEFAULT : NOT_COUNTED);
}

static void upload(struct ri_actions *l, const char *path, const char *why)
{
	add(l, (struct ri_action){ .kind = RI_ACT_UPLOAD, .path = path, .mode = 0600, .why = why });
}

void ri_actions_set_file(struct ri_actions *l, const char *path, const char *host_path,
    const char sha256[RI_SHA256_HEX + 1])
{
	for (size_t i = 0; i < l->n; i++) {
		struct ri_action *a = &l->v[i];

		if (a->kind != RI_ACT_UPLOAD || strcmp(a->path, path) != 0)
			continue;
		a->host_path = host_path;
		memcpy(a->sha256, sha256, sizeof a->sha256);
	}
}

void ri_actions_set_text(struct ri_actions *l, const char *path, struct ri_span bytes)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].kind == RI_ACT_PUT && strcmp(l->v[i].path, path) == 0)
			l->v[i].bytes = bytes;
}

static void inert_actions(const struct ri_facts *f, struct ri_plan *p)
{
	struct ri_actions *l = &p->actions;
	upload(l, p->archive_path, "the root, packed");
	upload(l, RI_PATH_INITRD, "the kernel's own initrd and the loader");
	for (size_t i = 0; i < RI_TEXTS; i++) {
		if (f->bls && i != RI_TEXT_FSTAB)
			continue;
		put(l, ri_plan_orig_path[i], &p->undo.text[i].clean, 0600, "original, for revert");
		put(l, ri_plan_ours_path[i], &p->text[i], 0600, "what ramimg wrote, for revert");
	}
	put(l, RI_PATH_STATE_RECORD, &p->record, 0600, "what is packed, for list and verify");
	if (!f->fstab_copy.present)
		put(l, RI_PATH_FSTAB_COPY, &p->undo.text[RI_TEXT_FSTAB].clean, 0644,
		    "copy of the original fstab");
	if (p->saves_default)
		put(l, RI_PATH_STATE_SAVED, &p->saved_entry, 0600, "the default, for revert");
}

/*
 * What is left of a guest in a slim image. It goes first: what is written then takes its room. In a stage nothing boots
 * before all of it is done.
 */
static void slim_actions(const struct ri_facts *f, struct ri_plan *p)
{
	static const struct ri_buf empty;
	struct ri_actions *l = &p->actions;

	l->facts = f;
	drop(l, RI_ACT_CLEAR, "/", "the root is in the archive");
	for (size_t i = 0; i < p->kernels.n && l->n < SLIM_MAX; i++) {
		drop(l, RI_ACT_REMOVE, p->kernels.v[i].initrd, "boots the root on the disk");
		if (i > 0)
			drop(l, RI_ACT_REMOVE, p->kernels.v[i].image, "not booted");
	}
	upload(l, p->archive_path, "the root, packed");
	upload(l, RI_PATH_INITRD, "the kernel's own initrd and the loader");
	put(l, RI_PATH_STATE_RECORD, &p->record, 0600, "what is packed, for list and verify");
	put(l, RI_PATH_STATE_SLIM, &empty, 0600, "a mark: there is no root");
	put_over(l, RI_PATH_FSTAB, &p->text[RI_TEXT_FSTAB], "the root is a tmpfs");
	put_over(l, f->now[RI_TEXT_CFG].path, &p->text[RI_TEXT_CFG], "the RAM entry alone");
}

/* GRUB's files, the default at the very end. */
static void menu_actions(const struct ri_facts *f, struct ri_plan *p)
{
	struct ri_actions *l = &p->actions;

	if (!p->entry_path) {
		put_over(l, RI_PATH_CUSTOM, &p->text[RI_TEXT_CUSTOM],
		    "the menu entry for update-grub");
		put_over(l, RI_PATH_CFG, &p->text[RI_TEXT_CFG], "the menu entry");
		return;
	}
	put(l, p->entry_path, &p->entry, 0644, "the menu entry");
	if (p->grubenv.n > 0)
		put_grubenv(l, f, &p->grubenv,
		    p->saves_default ? "the RAM entry is GRUB's default" : NOT_DEFAULT);
}

void ri_plan_build_actions(const struct ri_facts *f, struct ri_plan *p)
{
	static const struct ri_buf empty;

	if (f->built) {
		if (p->grubenv_before.n > 0)
			put_grubenv(&p->undo_actions, f, &p->grubenv_before, NOT_DEFAULT);
		restore_texts(&p->undo_actions, f, &p->undo);
		drop_built(&p->undo_actions, f);
		if (f->saved_entry.present && !p->saves_default)
			drop(&p->undo_actions, RI_ACT_REMOVE, RI_PATH_STATE_SAVED,
			    "the default, for revert");
	}
	if (p->slim) {
		slim_actions(f, p);
		return;
	}
	inert_actions(f, p);
	if (p->default_cfg.n > 0) {
		if (!f->defaults_dir)
			put(&p->actions, RI_PATH_STATE_DIR_OURS, &empty, 0600,
			    "a mark, for revert");
		put(&p->actions, RI_PATH_DEFAULT_OURS, &p->default_cfg, 0644,
		    "the RAM entry is GRUB's default");
	}
	if (p->grubenv.n > 0) {
		if (!f->grubenv.present)
			put(&p->actions, RI_PATH_STATE_GRUBENV_OURS, &empty, 0600,
			    "a mark, for revert");
		if (!p->entry_path)
			put_grubenv(&p->actions, f, &p->grubenv, NOT_COUNTED);
	}
	put_over(&p->actions, RI_PATH_FSTAB, &p->text[RI_TEXT_FSTAB], "the root is a tmpfs");
	menu_actions(f, p);
}

void ri_plan_revert_actions(const struct ri_facts *f, struct ri_plan *p)
{
	struct ri_actions *l = &p->undo_actions;

	if (f->bls)
		undo_grubenv(f, p);
	restore_texts(l, f, &p->undo);
	drop_built(l, f);
	if (!f->bls)
		undo_grubenv(f, p);
	if (f->defaults_dir_ours)
		drop(l, RI_ACT_RMDIR, RI_PATH_DEFAULT_DIR, "made by ramimg");
	drop(l, RI_ACT_REMOVE, RI_PATH_FSTAB_COPY, "copy of the original fstab");
	drop(l, RI_ACT_REMOVE, RI_PATH_STATE_DIR_OURS, "a mark, for revert");
	drop(l, RI_ACT_REMOVE, RI_PATH_STATE_GRUBENV_OURS, "a mark, for revert");
	if (f->saved_entry.present)
		drop(l, RI_ACT_REMOVE, RI_PATH_STATE_SAVED, "the default, for revert");
	for (size_t i = 0; i < RI_TEXTS; i++) {
		drop(l, RI_ACT_REMOVE, ri_plan_orig_path[i], "original, for revert");
		drop(l, RI_ACT_REMOVE, ri_plan_ours_path[i], "what ramimg wrote, for revert");
	}
	drop(l, RI_ACT_REMOVE, RI_PATH_STATE_RECORD, "what was packed");
	drop(l, RI_ACT_RMDIR, RI_PATH_STATE, "ramimg's state");
}

void ri_plan_clear_count_action(const struct ri_facts *f, struct ri_plan *p)
{
	if (p->grubenv.n > 0)
		put_grubenv(&p->undo_actions, f, &p->grubenv, NOT_COUNTED);
}

void ri_plan_next_boot_action(const struct ri_facts *f, struct ri_plan *p)
{
	put_grubenv(&p->undo_actions, f, &p->grubenv, NEXT_BOOT);
}
