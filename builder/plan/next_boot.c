// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/next_boot.h"
#include "format/grubenv.h"
#include "grub/bls.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grubheader.h"
#include "grub/grubmenu.h"
#include "grub/grubtoken.h"
#include "plan/actions.h"
#include "plan/bls.h"
#include "plan/guest_paths.h"

const char *const ri_boot_words[] = { "ram", "disk", NULL };

#define NEXT "next_entry"
#define SAVED "saved_entry"

/* What is known of the menu. The spans are of the facts. */
struct choice {
	const struct ri_facts *f;
	struct ri_span cfg;
	struct ri_grub_menu menu; /* of grub.cfg; empty where it is made of entry files */
	struct ri_span next, saved;
	struct ri_buf ours; /* the RAM entry's id; empty: there is none */
};

static void choice_free(struct choice *c)
{
	ri_grub_menu_free(&c->menu);
	ri_buf_free(&c->ours);
}

static struct ri_span variable(struct ri_span block, const char *name)
{
	struct ri_span value;

	return ri_grubenv_get(block, name, &value) ? value : ri_str("");
}

/* The id as it stands between the markers; by the UUID it could not be told of a slim image, whose root is gone. */
static int find_ours(struct choice *c, struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu menu = { 0 };
	RI_ON_EXIT(ri_grub_header_free) struct ri_grub_header h = { 0 };
	struct ri_span block = ri_grub_find_block(c->cfg);

	if (block.n == 0)
		return 0;
	if (ri_grub_menu_read(block, &menu, e) < 0)
		return -1;
	if (menu.n != 1 || ri_grub_header_read(menu.v[0].header, &h, e) < 0)
		return menu.n == 1 ? -1 : ri_fail(e, RI_E_GUEST, 0, "it has not one RAM entry");
	return h.id.p ? ri_grub_unquote(h.id, &c->ours, e) : 0;
}

static int read_menu(struct choice *c, struct ri_err *e)
{
	const struct ri_text *t = c->f->bls ? ri_bls_ours(c->f) : NULL;

	if (!memmem(c->cfg.p, c->cfg.n, "${" NEXT "}", strlen("${" NEXT "}")))
		return ri_fail(e, RI_E_GUEST, 0,
		    "it does not ask for " NEXT "; run update-grub in the guest");
	if (t)
		ri_buf_add_span(&c->ours, ri_bls_id(t->path));
	if (!c->f->bls && (find_ours(c, e) < 0 || ri_grub_menu_read(c->cfg, &c->menu, e) < 0))
		return -1;
	return ri_buf_check(&c->ours, e);
}

/* Whether a value of `default` means the RAM entry: 1 or 0; -1 RI_E_NOMEM. */
static int is_ours(const struct choice *c, struct ri_span value, struct ri_err *e)
{
	struct ri_span block = ri_grub_find_block(c->cfg);
	const struct ri_grub_node *node;

	if (c->f->bls)
		return ri_bls_is_ours(value);
	if (ri_grub_menu_find(&c->menu, value, &node, e) < 0)
		return -1;
	return node && block.n > 0 && node->whole.p >= block.p && node->whole.p < block.p + block.n;
}

/* A default as it stands in grub.cfg, with what the block says in place of ${saved_entry}. */
static struct ri_span meaning(const struct choice *c, struct ri_span text)
{
	if (ri_span_eq(text, ri_str("${" SAVED "}")))
		text = c->saved;
	return text.n > 0 ? text : ri_str("0");
}

static int default_of(const struct choice *c, const struct ri_text *cfg, struct ri_span *value,
    struct ri_err *e)
{
	if (c->f->bls)
		*value = c->saved;
	else if (ri_grub_cfg_get_default(ri_buf_span(&cfg->bytes), value, e) < 0)
		return -1;
	*value = meaning(c, *value);
	return 0;
}

/* As it was before the first build; where a build was not the last to write it, as it is. */
static int stock_default(const struct choice *c, struct ri_span *value, struct ri_err *e)
{
	const struct ri_facts *f = c->f;
	int ours;

	if (default_of(c, &f->now[RI_TEXT_CFG], value, e) < 0)
		return -1;
	ours = is_ours(c, *value, e);
	if (ours <= 0)
		return ours;
	*value = ri_str("0");
	if (f->bls)
		*value = meaning(c, ri_span_trim(ri_buf_span(&f->saved_entry.bytes)));
	else if (f->orig[RI_TEXT_CFG].present && default_of(c, &f->orig[RI_TEXT_CFG], value, e) < 0)
		return -1;
	ours = is_ours(c, *value, e);
	/* Somebody has saved it as the default, or moved it to the front. */
	if (ours > 0)
		*value = ri_str("0");
	ours = ours > 0 ? is_ours(c, *value, e) : ours;
	return ours <= 0 ? ours
			 : ri_fail(e, RI_E_GUEST, 0,
			       "its first entry is the RAM entry, and no other is its default");
}

/* What a line of the block can hold as it is. */
static int check_value(struct ri_span value, struct ri_err *e)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || strchr("$\\\x7f", value.p[i]))
			return ri_fail(e, RI_E_GUEST, 0,
			    "which entry its default is, is known to GRUB alone: \"%.*s\"",
			    (int)(value.n < 100 ? value.n : 100), value.p);
	return 0;
}

/* *@out: the entry's id, number or title; empty, where GRUB boots it by itself. */
static int choose(const struct choice *c, enum ri_boot what, struct ri_span *out, struct ri_err *e)
{
	struct ri_span now = c->next;
	int ours;

	if (now.n == 0 && default_of(c, &c->f->now[RI_TEXT_CFG], &now, e) < 0)
		return -1;
	ours = is_ours(c, now, e);
	if (ours < 0)
		return -1;
	*out = ri_str("");
	if (what == RI_BOOT_RAM) {
		/* Where it has failed twice, GRUB boots it only if it is told to. */
		bool by_itself =
		    ours &&
		    (c->next.n > 0 || ri_grubenv_failed(ri_buf_span(&c->f->grubenv.bytes)) < 2);

		*out = by_itself ? *out : ri_buf_span(&c->ours);
		return 0;
	}
	return ours || c->next.n > 0 ? stock_default(c, out, e) : 0;
}

static int make_block(const struct ri_facts *f, struct ri_span value, struct ri_buf *out,
    struct ri_err *e)
{
	RI_BUF empty = { 0 };
	RI_FREE char *text = ri_span_dup(value);

	if (!text)
		return ri_nomem(e);
	if (!f->grubenv.present)
		ri_grubenv_empty(&empty);
	if (ri_buf_check(&empty, e) < 0)
		return -1;
	return ri_grubenv_set(ri_buf_span(f->grubenv.present ? &f->grubenv.bytes : &empty), NEXT,
	    text, out, e);
}

static int plan(struct choice *c, enum ri_boot what, struct ri_plan *p, struct ri_err *e)
{
	const char *cfg = c->f->now[RI_TEXT_CFG].path;
	struct ri_span value;

	if (read_menu(c, e) < 0)
		return ri_ctx(e, "%s", cfg);
	if (what == RI_BOOT_RAM && c->ours.n == 0)
		return ri_fail(e, RI_E_GUEST, 0,
		    "there is no RAM entry in its menu: build it first, or again");
	if (choose(c, what, &value, e) < 0 || check_value(value, e) < 0)
		return ri_ctx(e, "%s", cfg);
	if (value.n == 0)
		return 0;
	if (make_block(c->f, value, &p->grubenv, e) < 0)
		return ri_ctx(e, "%s", c->f->grub2 ? RI_PATH_GRUBENV2 : RI_PATH_GRUBENV);
	ri_plan_next_boot_action(c->f, p);
	return 0;
}

int ri_next_boot_plan(const struct ri_facts *f, enum ri_boot what, struct ri_plan *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	struct ri_span block = ri_buf_span(&f->grubenv.bytes);
	RI_ON_EXIT(choice_free)
	struct choice c = { .f = f,
		.cfg = ri_buf_span(&f->now[RI_TEXT_CFG].bytes),
		.next = variable(block, NEXT),
		.saved = variable(block, SAVED) };

	if (what == RI_BOOT_DISK && f->slim)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "it is a slim image (build --slim): there is no root on the disk, and no entry but the RAM entry");
	if (!f->now[RI_TEXT_CFG].present)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "it has no grub.cfg, so no entry can be chosen");
	if (what != RI_BOOT_ANY && plan(&c, what, &p, e) < 0)
		return -1;
	*out = p;
	p = (struct ri_plan){ 0 };
	return 0;
}
