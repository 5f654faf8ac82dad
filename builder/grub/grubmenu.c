// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grubmenu.h"
#include "grub/grubheader.h"
#include "grub/grubtoken.h"

enum {
	DEPTH_MAX = 16, /* GRUB's scripts make one */
};

/** The way through grub.cfg. */
struct walk {
	struct ri_span cfg, rest;
	struct ri_grub_menu menu;
	size_t top;          /* nodes at the top */
	size_t parent;       /* the submenu that is open */
	size_t depth;        /* submenus that are open */
	size_t open;         /* `if`s and loops that are open */
	struct ri_span name; /* the command's, while its words are read; without a p: none yet */
};

static void walk_free(struct walk *w)
{
	ri_grub_menu_free(&w->menu);
}

static int broken(const struct walk *w, const char *what, struct ri_err *e)
{
	size_t line = 1, read = w->cfg.n - w->rest.n;

	for (size_t i = 0; i < read; i++)
		line += w->cfg.p[i] == '\n';
	return ri_fail(e, RI_E_GUEST, 0, "line %zu of grub.cfg: %s", line, what);
}

static bool is(struct ri_span word, const char *name)
{
	return ri_span_eq(word, ri_str(name));
}

/** Up to the brace that closes the block whose opening one was just read. */
static int skip_block(struct walk *w, struct ri_span *body, struct ri_err *e)
{
	const char *from = w->rest.p;
	size_t depth = 1;
	struct ri_span text;

	while (depth > 0) {
		enum ri_grub_kind kind = ri_grub_token(&w->rest, &text);

		if (kind == RI_GRUB_FINISH || kind == RI_GRUB_BROKEN)
			return broken(w, "a block or quote that is not closed", e);
		depth += kind == RI_GRUB_OPEN;
		depth -= kind == RI_GRUB_CLOSE;
	}
	*body = ri_span(from, (size_t)(text.p - from));
	return 0;
}

static int add_node(struct walk *w, struct ri_grub_node node, struct ri_err *e)
{
	struct ri_grub_menu *m = &w->menu;

	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 16;
		struct ri_grub_node *grown = realloc(m->v, cap * sizeof *grown);

		if (!grown)
			return ri_nomem(e);
		m->v = grown;
		m->cap = cap;
	}
	node.parent = w->parent;
	node.place = w->parent == RI_GRUB_TOP ? w->top++ : m->v[w->parent].children++;
	node.maybe = w->open > 0;
	m->v[m->n++] = node;
	return 0;
}

/** All that was read of @node, whose closing brace was the last token. */
static void end_node(const struct walk *w, struct ri_grub_node *node)
{
	node->whole.n = (size_t)(w->rest.p - node->whole.p);
}

/** A { was read; @at is where it stands. */
static int open_block(struct walk *w, const char *at, struct ri_err *e)
{
	struct ri_grub_node node = { .submenu = w->name.p && is(w->name, "submenu") };
	bool entry = w->name.p && is(w->name, "menuentry");
	struct ri_span body;

	if (node.submenu || entry) {
		const char *from = w->name.p + w->name.n;

		node.header = ri_span(from, (size_t)(at - from));
		node.whole.p = w->name.p;
	}
	w->name = (struct ri_span){ 0 };
	if (node.submenu) {
		if (add_node(w, node, e) < 0)
			return -1;
		/* Nothing in it is known to be there if it is not known itself. */
		if (w->open > 0) {
			if (skip_block(w, &body, e) < 0)
				return -1;
			end_node(w, &w->menu.v[w->menu.n - 1]);
			return 0;
		}
		w->parent = w->menu.n - 1;
		return ++w->depth > DEPTH_MAX ? broken(w, "submenus in submenus without end", e)
					      : 0;
	}
	if (skip_block(w, &node.body, e) < 0)
		return -1;
	end_node(w, &node);
	return entry ? add_node(w, node, e) : 0;
}

static int close_submenu(struct walk *w, struct ri_err *e)
{
	w->name = (struct ri_span){ 0 };
	if (w->parent == RI_GRUB_TOP || w->open > 0)
		return broken(w, "a } that closes nothing", e);
	end_node(w, &w->menu.v[w->parent]);
	w->parent = w->menu.v[w->parent].parent;
	w->depth--;
	return 0;
}

/** A word at a command's start, which GRUB may reserve. */
static int first_word(struct walk *w, struct ri_span word, struct ri_err *e)
{
	static const char *const opening[] = { "if", "while", "until", "for" };
	static const char *const between[] = { "then", "elif", "else", "do" };

	for (size_t i = 0; i < sizeof opening / sizeof *opening; i++) {
		if (is(word, opening[i])) {
			w->open++;
			return 0;
		}
		if (is(word, between[i]))
			return 0;
	}
	w->name = word;
	if (!is(word, "fi") && !is(word, "done"))
		return 0;
	if (w->open == 0)
		return broken(w, "a fi or done that ends nothing", e);
	w->open--;
	return 0;
}

static int walk_text(struct walk *w, struct ri_err *e)
{
	struct ri_span text;
	int rc = 0;

	while (rc == 0) {
		switch (ri_grub_token(&w->rest, &text)) {
		case RI_GRUB_WORD:
			rc = w->name.p ? 0 : first_word(w, text, e);
			break;
		case RI_GRUB_BREAK:
			w->name = (struct ri_span){ 0 };
			break;
		case RI_GRUB_OPEN:
			rc = open_block(w, text.p, e);
			break;
		case RI_GRUB_CLOSE:
			rc = close_submenu(w, e);
			break;
		case RI_GRUB_BROKEN:
			return broken(w, "a quote that is not closed, or one of |&<>", e);
		case RI_GRUB_FINISH:
			if (w->parent != RI_GRUB_TOP || w->open > 0)
				return broken(w, "the end, with a submenu or an if open", e);
			return 0;
		}
	}
	return rc;
}

int ri_grub_menu_read(struct ri_span cfg, struct ri_grub_menu *out, struct ri_err *e)
{
	RI_ON_EXIT(walk_free)
	struct walk w = { .cfg = cfg, .rest = cfg, .parent = RI_GRUB_TOP };

	if (walk_text(&w, e) < 0)
		return -1;
	*out = w.menu;
	w.menu = (struct ri_grub_menu){ 0 };
	return 0;
}

void ri_grub_menu_free(struct ri_grub_menu *m)
{
	free(m->v);
	*m = (struct ri_grub_menu){ 0 };
}

/** Cut the part up to a single > off *@rest, without the doubling of others. */
static int next_part(struct ri_span *rest, struct ri_buf *part, struct ri_err *e)
{
	size_t i = 0;

	for (; i < rest->n; i++) {
		if (rest->p[i] == '>') {
			if (i + 1 == rest->n || rest->p[i + 1] != '>')
				break;
			i++;
		}
		ri_buf_add(part, rest->p + i, 1);
	}
	*rest = ri_span_skip(*rest, i < rest->n ? i + 1 : i);
	ri_buf_add_str(part, "");
	return ri_buf_check(part, e);
}

/** Whether @word stands for @want: 1 or 0; -1 RI_E_NOMEM. */
static int says(struct ri_span word, struct ri_span want, struct ri_err *e)
{
	RI_BUF bare = { 0 };
	int rc = word.p ? ri_grub_unquote(word, &bare, e) : 0;

	return rc <= 0 ? rc : ri_span_eq(ri_buf_span(&bare), want);
}

/** Whether a node is the one of that title or id: 1 or 0; -1 RI_E_NOMEM. */
static int is_called(const struct ri_grub_node *node, struct ri_span part, struct ri_err *e)
{
	RI_ON_EXIT(ri_grub_header_free) struct ri_grub_header h = { 0 };
	struct ri_err why = { 0 };
	int rc;

	/* A title is one, whatever else there is that ramimg does not know. */
	if (ri_grub_header_read(node->header, &h, &why) < 0 && why.code == RI_E_NOMEM)
		return ri_nomem(e);
	rc = says(h.title, part, e);
	return rc != 0 ? rc : says(h.id, part, e);
}

/** The @part of @parent: *@found, or NULL. */
static int find_part(const struct ri_grub_menu *m, size_t parent, const struct ri_buf *part,
    const struct ri_grub_node **found, struct ri_err *e)
{
	bool number = part->n == strspn(part->p, "0123456789");
	/* GRUB takes no text at all as the first. */
	unsigned long place = number ? strtoul(part->p, NULL, 10) : 0;
	int rc = 0;

	*found = NULL;
	for (size_t i = 0; i < m->n && rc == 0; i++) {
		const struct ri_grub_node *node = &m->v[i];

		if (node->parent != parent)
			continue;
		if (number && node->maybe)
			return 0; /* where the next ones stand depends on it */
		rc = number ? node->place == place : is_called(node, ri_buf_span(part), e);
		if (rc > 0 && !node->maybe)
			*found = node;
	}
	return rc < 0 ? -1 : 0;
}

int ri_grub_menu_find(const struct ri_grub_menu *m, struct ri_span value,
    const struct ri_grub_node **out, struct ri_err *e)
{
	RI_BUF quoted = { 0 };
	RI_BUF bare = { 0 };
	size_t parent = RI_GRUB_TOP;
	struct ri_span rest;
	int rc;

	*out = NULL;
	ri_buf_add(&quoted, "\"", 1);
	ri_buf_add_span(&quoted, value);
	ri_buf_add(&quoted, "\"", 1);
	if (ri_buf_check(&quoted, e) < 0)
		return -1;
	rc = ri_grub_unquote(ri_buf_span(&quoted), &bare, e);
	if (rc <= 0)
		return rc;
	rest = ri_buf_span(&bare);
	do {
		RI_BUF part = { 0 };

		if (next_part(&rest, &part, e) < 0 || find_part(m, parent, &part, out, e) < 0)
			return -1;
		if (!*out)
			return 0;
		parent = (size_t)(*out - m->v);
	} while (rest.n > 0 && (*out)->submenu);
	return 0;
}
