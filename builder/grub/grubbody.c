// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grubbody.h"
#include "grub/grublex.h"
#include "grub/grubtoken.h"

enum {
	WORDS_MAX = 512, /* a kernel's command line has tens */
	DEPTH_MAX = 8,   /* 10_linux makes one `if`, in none */
};

/** A command's words, quotes in them. */
struct command {
	struct ri_span w[WORDS_MAX];
	size_t n;
};

/** An `if` that is open. */
struct test {
	bool no_then, in_else; /* its `then` has not come; its `else` has */
	size_t commands;       /* in the branch so far: GRUB refuses an empty one */
};

struct reading {
	const struct ri_grub_boots *boots;
	struct ri_grub_body b;
	struct test tests[DEPTH_MAX];
	size_t depth;
	bool kernel, initrd; /* they were there */
};

static void reading_free(struct reading *r)
{
	ri_grub_body_free(&r->b);
}

static bool is(struct ri_span word, const char *name)
{
	return ri_span_eq(word, ri_str(name));
}

static int refuse(const char *what, struct ri_span word, struct ri_err *e)
{
	return ri_fail(e, RI_E_GUEST, 0, "%s: %.*s", what, (int)(word.n > 60 ? 60 : word.n),
	    word.p);
}

/** Write the words as a line of the entry. */
static void add_line(struct reading *r, const struct ri_span *w, size_t n, const char *end)
{
	struct ri_buf *out = r->kernel ? &r->b.after : &r->b.before;

	ri_buf_add_str(out, "\t");
	for (size_t i = 0; i < r->depth; i++)
		ri_buf_add_str(out, "  ");
	for (size_t i = 0; i < n; i++) {
		ri_buf_add_str(out, i > 0 ? " " : "");
		ri_buf_add_span(out, w[i]);
	}
	ri_buf_add_str(out, end);
}

static int keep(struct reading *r, const struct command *c, struct ri_err *e)
{
	(void)e;
	add_line(r, c->w, c->n, "\n");
	return 0;
}

/** A command whose loss would leave an `if` without commands. */
static int drop(struct reading *r, const struct command *c, struct ri_err *e)
{
	return r->depth > 0 ? refuse("inside of an if", c->w[0], e) : 0;
}

static int recordfail(struct reading *r, const struct command *c, struct ri_err *e)
{
	return r->boots->recordfail ? keep(r, c, e) : drop(r, c, e);
}

static int savedefault(struct reading *r, const struct command *c, struct ri_err *e)
{
	return r->boots->savedefault ? keep(r, c, e) : drop(r, c, e);
}

static bool is_known_variable(struct ri_span word)
{
	return ri_span_starts(word, "root=") || ri_span_starts(word, "gfxpayload=");
}

static int set(struct reading *r, const struct command *c, struct ri_err *e)
{
	return is_known_variable(c->w[1]) ? keep(r, c, e) : refuse("it sets", c->w[1], e);
}

static int search(struct reading *r, const struct command *c, struct ri_err *e)
{
	bool by_uuid = false;
	struct ri_span name = { 0 };
	RI_BUF bare = { 0 };
	int rc;

	for (size_t i = 1; i < c->n; i++) {
		by_uuid = by_uuid || is(c->w[i], "--fs-uuid") || is(c->w[i], "-u");
		if (c->w[i].p[0] != '-')
			name = c->w[i];
	}
	if (!by_uuid || !name.p)
		return refuse("it searches by something else than a UUID", c->w[c->n - 1], e);
	rc = ri_grub_unquote(name, &bare, e);
	if (rc < 0)
		return -1;
	if (rc == 0 || !ri_span_eq(ri_buf_span(&bare), ri_str(r->boots->fs_uuid)))
		return refuse("it searches another file system than the kernel's", name, e);
	return keep(r, c, e);
}

static int kernel(struct reading *r, const struct command *c, struct ri_err *e)
{
	RI_BUF bare = { 0 };
	int rc;

	if (r->kernel)
		return ri_fail(e, RI_E_GUEST, 0, "it loads two kernels");
	if (r->depth > 0)
		return refuse("inside of an if", c->w[0], e);
	rc = ri_grub_unquote(c->w[1], &bare, e);
	if (rc < 0)
		return -1;
	if (rc == 0 || !ri_span_eq(ri_buf_span(&bare), ri_str(r->boots->kernel)))
		return refuse("its kernel's path is", c->w[1], e);
	r->b.suffix = is(c->w[0], "linuxefi") ? "efi" : is(c->w[0], "linux16") ? "16" : "";
	r->kernel = true;
	return 0;
}

static int initrd(struct reading *r, const struct command *c, struct ri_err *e)
{
	if (!r->kernel || r->initrd)
		return ri_fail(e, RI_E_GUEST, 0,
		    "its initrd is not one command behind the kernel's");
	if (r->depth > 0)
		return refuse("inside of an if", c->w[0], e);
	for (size_t i = 1; i + 1 < c->n; i++) {
		ri_buf_add_span(&r->b.early, c->w[i]);
		ri_buf_add_str(&r->b.early, " ");
	}
	r->initrd = true;
	return 0;
}

/** What an entry of 10_linux may consist of, and what people add to it. */
static const struct {
	const char *name;
	size_t least, most; /* words, with the name */
	int (*take)(struct reading *r, const struct command *c, struct ri_err *e);
} commands[] = {
	{ "recordfail", 1, 1, recordfail },
	{ "savedefault", 1, 1, savedefault },
	{ "load_video", 1, 1, keep },
	{ "gfxmode", 2, 2, keep }, /* a function of 10_linux: it sets gfxpayload */
	{ "insmod", 2, 2, keep },
	{ "set", 2, 2, set },
	{ "search", 2, 64, search },
	{ "cryptomount", 2, 8, keep },
	{ "devicetree", 2, 2, keep },
	{ "echo", 1, 64, drop }, /* the entry says itself what it loads */
	{ "linux", 2, WORDS_MAX, kernel },
	{ "linuxefi", 2, WORDS_MAX, kernel },
	{ "linux16", 2, WORDS_MAX, kernel },
	{ "initrd", 2, 16, initrd },
	{ "initrdefi", 2, 16, initrd },
	{ "initrd16", 2, 16, initrd },
};

static int take_command(struct reading *r, const struct command *c, struct ri_err *e)
{
	if (r->depth > 0)
		r->tests[r->depth - 1].commands++;
	/* GRUB's other way to write `set`. */
	if (c->n == 1 && is_known_variable(c->w[0]))
		return keep(r, c, e);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (!is(c->w[0], commands[i].name))
			continue;
		if (c->n < commands[i].least || c->n > commands[i].most)
			return refuse("an odd number of words", c->w[0], e);
		return commands[i].take(r, c, e);
	}
	return refuse("a command that ramimg does not know", c->w[0], e);
}

static int open_test(struct reading *r, const struct command *c, struct ri_err *e)
{
	if (c->n < 3 || !is(c->w[1], "[") || !is(c->w[c->n - 1], "]"))
		return refuse("a test that ramimg does not know", c->w[0], e);
	if (r->depth == DEPTH_MAX)
		return refuse("too deep", c->w[0], e);
	if (r->depth > 0)
		r->tests[r->depth - 1].commands++;
	add_line(r, c->w, c->n, "; then\n");
	r->tests[r->depth++] = (struct test){ .no_then = true };
	return 0;
}

/** `else` and `fi`: they come after a branch that is not empty. */
static int end_branch(struct reading *r, bool fi, struct ri_err *e)
{
	struct ri_span word = ri_str(fi ? "fi" : "else");
	struct test *t = r->depth > 0 ? &r->tests[r->depth - 1] : NULL;

	if (!t || t->commands == 0 || (t->in_else && !fi))
		return refuse("out of place", word, e);
	r->depth--;
	add_line(r, &word, 1, "\n");
	if (fi)
		return 0;
	r->depth++;
	*t = (struct test){ .in_else = true };
	return 0;
}

static void shift(struct command *c)
{
	c->n--;
	memmove(c->w, c->w + 1, c->n * sizeof *c->w);
}

/** The command @c, whose words are all checked. */
static int take(struct reading *r, struct command *c, struct ri_err *e)
{
	while (c->n > 0) {
		struct test *t = r->depth > 0 ? &r->tests[r->depth - 1] : NULL;
		bool then = is(c->w[0], "then");

		if (then != (t && t->no_then))
			return refuse("out of place", c->w[0], e);
		if (then)
			t->no_then = false;
		else if (is(c->w[0], "if"))
			return open_test(r, c, e);
		else if (is(c->w[0], "fi"))
			return c->n == 1 ? end_branch(r, true, e)
					 : refuse("out of place", c->w[1], e);
		else if (!is(c->w[0], "else"))
			return take_command(r, c, e);
		else if (end_branch(r, false, e) < 0)
			return -1;
		shift(c); /* a command may follow in the same breath */
	}
	return 0;
}

static int add_checked(struct command *c, struct ri_span text, struct ri_err *e)
{
	struct ri_span rest = text, word;

	if (ri_grub_word(&rest, &word, e) < 0)
		return -1;
	if (rest.n > 0 || c->n == WORDS_MAX)
		return refuse("too many words", text, e);
	c->w[c->n++] = word;
	return 0;
}

static int read_commands(struct reading *r, struct ri_span rest, struct command *c,
    struct ri_err *e)
{
	enum ri_grub_kind kind;
	struct ri_span text;

	do {
		kind = ri_grub_token(&rest, &text);
		if (kind == RI_GRUB_WORD) {
			if (add_checked(c, text, e) < 0)
				return -1;
		} else if (kind == RI_GRUB_BREAK || kind == RI_GRUB_FINISH) {
			if (take(r, c, e) < 0)
				return -1;
			c->n = 0;
		} else {
			return refuse("a block, or what GRUB would not read",
			    kind == RI_GRUB_BROKEN ? rest : text, e);
		}
	} while (kind != RI_GRUB_FINISH);
	return 0;
}

int ri_grub_body_read(struct ri_span body, const struct ri_grub_boots *boots,
    struct ri_grub_body *out, struct ri_err *e)
{
	RI_ON_EXIT(reading_free) struct reading r = { .boots = boots, .b.suffix = "" };
	RI_FREE struct command *c = calloc(1, sizeof *c);
	struct ri_err why = { 0 };
	int rc;

	if (!c)
		return ri_nomem(e);
	rc = read_commands(&r, body, c, &why);
	if (rc == 0 && !r.kernel)
		rc = ri_fail(&why, RI_E_GUEST, 0, "it loads no kernel by linux");
	else if (rc == 0 && r.depth > 0)
		rc = ri_fail(&why, RI_E_GUEST, 0, "it has an if without its fi");
	ri_buf_add_str(&r.b.before, "");
	ri_buf_add_str(&r.b.after, "");
	ri_buf_add_str(&r.b.early, "");
	if (ri_buf_check(&r.b.before, e) < 0 || ri_buf_check(&r.b.after, e) < 0 ||
	    ri_buf_check(&r.b.early, e) < 0)
		return -1;
	if (rc < 0) {
		*e = why;
		return -1;
	}
	*out = r.b;
	r.b = (struct ri_grub_body){ 0 };
	return 0;
}

void ri_grub_body_free(struct ri_grub_body *b)
{
	ri_buf_free(&b->before);
	ri_buf_free(&b->after);
	ri_buf_free(&b->early);
}

struct ri_span ri_grub_body_kernel(struct ri_span body)
{
	enum ri_grub_kind kind = RI_GRUB_BREAK, before;
	struct ri_span text;

	do {
		before = kind;
		kind = ri_grub_token(&body, &text);
		if (kind == RI_GRUB_WORD && before == RI_GRUB_BREAK &&
		    (is(text, "linux") || is(text, "linuxefi") || is(text, "linux16")))
			return ri_grub_token(&body, &text) == RI_GRUB_WORD ? text
									   : (struct ri_span){ 0 };
	} while (kind != RI_GRUB_FINISH && kind != RI_GRUB_BROKEN);
	return (struct ri_span){ 0 };
}
