// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grubstock.h"
#include "grub/grubcfg.h"
#include "grub/grubheader.h"
#include "grub/grubmenu.h"
#include "grub/grubtoken.h"

static struct ri_span base_name(struct ri_span path)
{
	for (size_t i = path.n; i-- > 0;)
		if (path.p[i] == '/')
			return ri_span_skip(path, i + 1);
	return path;
}

/** Append the path of the kernel that an entry boots: 1, or 0: not known; -1 RI_E_NOMEM. */
static int kernel_path(const struct ri_grub_node *node, struct ri_buf *path, struct ri_err *e)
{
	struct ri_span word = ri_grub_body_kernel(node->body);

	return node->submenu || node->maybe || !word.p ? 0 : ri_grub_unquote(word, path, e);
}

/** Whether an entry boots the kernel of that name, wherever it looks for it: 1 or 0; -1 RI_E_NOMEM. */
static int boots_kernel(const struct ri_grub_node *node, const char *kernel, struct ri_err *e)
{
	RI_BUF path = { 0 };
	int rc = kernel_path(node, &path, e);

	if (rc <= 0)
		return rc;
	return ri_span_eq(base_name(ri_buf_span(&path)), base_name(ri_str(kernel)));
}

/** The default that grub.cfg sets, as far as it is known before GRUB runs. */
static struct ri_span default_value(const struct ri_grub_stock_ask *ask)
{
	struct ri_err ignored = { 0 };
	struct ri_span value;

	if (ri_grub_cfg_get_default(ask->cfg, &value, &ignored) < 0)
		return ri_str("0");
	if (ri_span_eq(value, ri_str("${saved_entry}")))
		return ask->saved_entry;
	return value;
}

/** *@out: the entry, or NULL. */
static int choose(const struct ri_grub_menu *m, const struct ri_grub_stock_ask *ask,
    const struct ri_grub_node **out, struct ri_err *e)
{
	int rc = 0;

	if (ri_grub_menu_find(m, default_value(ask), out, e) < 0)
		return -1;
	if (*out)
		rc = boots_kernel(*out, ask->boots.kernel, e);
	for (size_t i = 0; i < m->n && rc == 0; i++) {
		*out = &m->v[i];
		rc = boots_kernel(*out, ask->boots.kernel, e);
	}
	if (rc == 0)
		*out = NULL;
	return rc < 0 ? -1 : 0;
}

/** Keep why in @s, unless memory is out, which is no reason. @return 0; -1 RI_E_NOMEM. */
static int note(struct ri_grub_stock *s, const char *what, const struct ri_err *why,
    struct ri_err *e)
{
	if (why->code == RI_E_NOMEM)
		return ri_nomem(e);
	ri_buf_addf(&s->why, "%s%s: %s", s->why.n > 0 ? "; " : "", what, why->msg);
	return ri_buf_check(&s->why, e);
}

/** Who may boot what stands in @m->v[@parent], where that is asked: appended to @out. */
static int add_access(const struct ri_grub_menu *m, const struct ri_grub_node *node,
    const struct ri_grub_header *h, struct ri_buf *out, struct ri_err *e)
{
	size_t at = node->parent;

	for (; h->open && at != RI_GRUB_TOP; at = m->v[at].parent) {
		RI_ON_EXIT(ri_grub_header_free) struct ri_grub_header above = { 0 };
		struct ri_err why = { 0 };

		if (ri_grub_header_read(m->v[at].header, &above, &why) < 0) {
			if (why.code == RI_E_NOMEM)
				return ri_nomem(e);
			return 0; /* not known: as without an option, only superusers */
		}
		if (above.open)
			continue;
		ri_buf_add_span(out, ri_buf_span(&above.access));
		return 0;
	}
	ri_buf_add_span(out, ri_buf_span(&h->access));
	return 0;
}

static int read_header(const struct ri_grub_menu *m, const struct ri_grub_node *node,
    struct ri_grub_stock *s, struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_header_free) struct ri_grub_header h = { 0 };
	struct ri_err why = { 0 };

	if (ri_grub_header_read(node->header, &h, &why) < 0)
		return note(s, "the options of the guest's default entry", &why, e);
	if (add_access(m, node, &h, &s->access, e) < 0 || ri_buf_check(&s->access, e) < 0)
		return -1;
	ri_buf_add_span(&s->attributes, ri_buf_span(&h.looks));
	ri_buf_add_str(&s->attributes, h.looks.n > 0 && s->access.n > 0 ? " " : "");
	ri_buf_add_span(&s->attributes, ri_buf_span(&s->access));
	return ri_buf_check(&s->attributes, e);
}

static int read_body(const struct ri_grub_node *node, const struct ri_grub_boots *boots,
    struct ri_grub_stock *s, struct ri_err *e)
{
	struct ri_err why = { 0 };

	if (ri_grub_body_read(node->body, boots, &s->body, &why) < 0)
		return note(s, "the guest's default entry", &why, e);
	s->has_body = true;
	return 0;
}

static int read_stock(const struct ri_grub_stock_ask *ask, struct ri_grub_stock *s,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu menu = { 0 };
	const struct ri_grub_node *node;
	struct ri_err why = { 0 };

	if (ri_grub_menu_read(ask->cfg, &menu, &why) < 0)
		return note(s, "the guest's menu", &why, e);
	if (choose(&menu, ask, &node, e) < 0)
		return -1;
	if (!node) {
		ri_buf_addf(&s->why, "no entry of the guest's boots %s", ask->boots.kernel);
		return ri_buf_check(&s->why, e);
	}
	if (ri_grub_unquote(ri_grub_body_kernel(node->body), &s->kernel, e) < 0 ||
	    ri_buf_check(&s->kernel, e) < 0 || read_header(&menu, node, s, e) < 0)
		return -1;
	return read_body(node, &ask->boots, s, e);
}

int ri_grub_stock_read(const struct ri_grub_stock_ask *ask, struct ri_grub_stock *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock s = { 0 };

	if (read_stock(ask, &s, e) < 0)
		return -1;
	*out = s;
	s = (struct ri_grub_stock){ 0 };
	return 0;
}

int ri_grub_stock_kernel(const struct ri_grub_stock_ask *ask, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu menu = { 0 };
	const struct ri_grub_node *node = NULL;
	struct ri_err why = { 0 };
	RI_BUF path = { 0 };
	int rc;

	if (ri_grub_menu_read(ask->cfg, &menu, &why) < 0)
		return why.code == RI_E_NOMEM ? ri_nomem(e) : 0;
	if (ri_grub_menu_find(&menu, default_value(ask), &node, e) < 0)
		return -1;
	rc = node ? kernel_path(node, &path, e) : 0;
	if (rc <= 0)
		return rc;
	ri_buf_add_span(out, base_name(ri_buf_span(&path)));
	ri_buf_add_str(out, "");
	return ri_buf_check(out, e);
}

void ri_grub_stock_free(struct ri_grub_stock *s)
{
	ri_buf_free(&s->attributes);
	ri_buf_free(&s->access);
	ri_buf_free(&s->kernel);
	ri_grub_body_free(&s->body);
	ri_buf_free(&s->why);
}

int ri_grub_same_access(struct ri_span block, const struct ri_grub_stock *stock, struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu menu = { 0 };
	RI_ON_EXIT(ri_grub_header_free) struct ri_grub_header h = { 0 };
	struct ri_err why = { 0 };

	if (!stock->attributes.p)
		return 1;
	if (ri_grub_menu_read(block, &menu, &why) < 0 || menu.n != 1 ||
	    ri_grub_header_read(menu.v[0].header, &h, &why) < 0)
		return why.code == RI_E_NOMEM ? ri_nomem(e) : 0;
	return ri_span_eq(ri_buf_span(&h.access), ri_buf_span(&stock->access));
}
