// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/bls.h"
#include "grub/grublex.h"
#include "grub/grubtoken.h"

#define SUFFIX ".conf"
#define KERNEL "vmlinuz-"
#define PATH_CHARS "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/._+~@-"

enum { VALUE_SHOWN = 100 };

static bool is(struct ri_span word, const char *text)
{
	return ri_span_eq(word, ri_str(text));
}

static bool all_of(struct ri_span s, const char *chars)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\0' || !strchr(chars, s.p[i]))
			return false;
	return true;
}

/** Whether a command outside of blocks begins with @first and, unless that is NULL, goes on with @second. */
static bool has_command(struct ri_span cfg, const char *first, const char *second)
{
	struct ri_span word;
	size_t depth = 0, place = 0;
	bool matches = false;

	for (;;) {
		enum ri_grub_kind kind = ri_grub_token(&cfg, &word);

		if (kind == RI_GRUB_FINISH || kind == RI_GRUB_BROKEN)
			return false;
		if (kind != RI_GRUB_WORD) {
			depth += kind == RI_GRUB_OPEN;
			depth -= kind == RI_GRUB_CLOSE && depth > 0;
			place = 0;
			continue;
		}
		if (place == 0)
			matches = depth == 0 && is(word, first);
		else
			matches = matches && place == 1 && second && is(word, second);
		if (matches && place == (second ? 1u : 0u))
			return true;
		place++;
	}
}

bool ri_bls_in_menu(struct ri_span cfg)
{
	return has_command(cfg, "blscfg", NULL);
}

bool ri_bls_default_is_saved(struct ri_span cfg)
{
	return has_command(cfg, "set", "default=\"${saved_entry}\"");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct ri_span skip_blanks(struct ri_span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = ri_span_skip(s, 1);
	return s;
}

/** Cut the next key and value off *@rest; comments are passed over. */
static bool next_value(struct ri_span *rest, struct ri_span *key, struct ri_span *value)
{
	struct ri_span line;

	while (ri_span_line(rest, &line)) {
		size_t n = 0;

		line = skip_blanks(ri_span_chomp(line));
		if (line.n > 0 && line.p[0] == '#')
			continue;
		while (n < line.n && !is_blank(line.p[n]))
			n++;
		*key = ri_span(line.p, n);
		*value = skip_blanks(ri_span_skip(line, n));
		return value->n > 0;
	}
	return false;
}

/** Cut off *@rest up to the next line of that key: a file may have as many as it has lines. */
static bool next_of(struct ri_span *rest, const char *key, struct ri_span *value)
{
	struct ri_span name;

	while (next_value(rest, &name, value))
		if (is(name, key))
			return true;
	*rest = (struct ri_span){ 0 };
	return false;
}

bool ri_bls_value(struct ri_span text, const char *key, size_t nth, struct ri_span *value)
{
	while (next_of(&text, key, value))
		if (nth-- == 0)
			return true;
	return false;
}

/** The part of a path up to its last slash, and what is behind it. */
static size_t dir_length(struct ri_span path)
{
	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	return path.n;
}

bool ri_bls_version(struct ri_span text, struct ri_span *version)
{
	struct ri_span path;

	if (!ri_bls_value(text, "linux", 0, &path))
		return false;
	path = ri_span_trim(path);
	path = ri_span_skip(path, dir_length(path));
	if (!ri_span_starts(path, KERNEL))
		return false;
	*version = ri_span_skip(path, strlen(KERNEL));
	return true;
}

bool ri_bls_boots(struct ri_span text, const char *version)
{
	struct ri_span v;

	return ri_bls_version(text, &v) && is(v, version);
}

struct ri_span ri_bls_id(const char *path)
{
	struct ri_span name = ri_str(path);
	size_t n = strlen(SUFFIX);

	name = ri_span_skip(name, dir_length(name));
	if (name.n <= n || memcmp(name.p + name.n - n, SUFFIX, n) != 0)
		return ri_span(name.p, 0);
	return ri_span(name.p, name.n - n);
}

bool ri_bls_is_ours(struct ri_span id)
{
	return ri_span_starts(id, RI_BLS_OURS);
}

int ri_bls_options(struct ri_span text, struct ri_span kernelopts, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_span options, word;
	bool first = true;
	int rc;

	if (!ri_bls_value(text, "options", 0, &options))
		return ri_buf_check(out, e);
	while ((rc = ri_grub_word(&options, &word, e)) > 0) {
		ri_buf_add_str(out, first ? "" : " ");
		if (kernelopts.p && (is(word, "$kernelopts") || is(word, "${kernelopts}")))
			word = kernelopts;
		ri_buf_add_span(out, word);
		first = false;
	}
	return rc < 0 ? ri_ctx(e, "options") : ri_buf_check(out, e);
}

/** Append the line, if none of its bytes ends it or drives a terminal. */
static int add_line(const char *key, struct ri_span value, struct ri_buf *out, struct ri_err *e)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f)
			return ri_fail(e, RI_E_GUEST, 0, "%s has a control byte 0x%02x", key,
			    (unsigned)(unsigned char)value.p[i]);
	ri_buf_addf(out, "%s ", key);
	ri_buf_add_span(out, value);
	ri_buf_add_str(out, "\n");
	return 0;
}

/** All of the guest's own lines of that key. */
static int copy_lines(struct ri_span stock, const char *key, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span value;

	while (next_of(&stock, key, &value))
		if (add_line(key, value, out, e) < 0)
			return -1;
	return 0;
}

/** A variable's name, as an initrd of the guest's may be ($tuned_initrd), or a path. */
static bool is_safe_path(struct ri_span word)
{
	struct ri_span name = word.n > 0 && word.p[0] == '$' ? ri_span_skip(word, 1) : word;

	return name.n > 0 && all_of(name, PATH_CHARS);
}

static int odd_path(const char *key, struct ri_span path, struct ri_err *e)
{
	return ri_fail(e, RI_E_GUEST, 0, "%s is not a plain path: %.*s", key,
	    (int)(path.n > VALUE_SHOWN ? VALUE_SHOWN : path.n), path.p);
}

static int add_kernel(struct ri_span stock, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span path = { 0 };

	if (!ri_bls_value(stock, "linux", 0, &path))
		return ri_fail(e, RI_E_GUEST, 0, "it names no kernel");
	path = ri_span_trim(path);
	if (!is_safe_path(path) || path.p[0] != '/')
		return odd_path("linux", path, e);
	return add_line("linux", path, out, e);
}

static struct ri_span next_word(struct ri_span *rest)
{
	struct ri_span word;
	size_t n = 0;

	*rest = skip_blanks(*rest);
	while (n < rest->n && !is_blank(rest->p[n]))
		n++;
	word = ri_span(rest->p, n);
	*rest = ri_span_skip(*rest, n);
	return word;
}

/** One line of initrds: ours in place of the kernel's own, which *@found says was among them. */
static int add_initrds(const struct ri_bls_spec *s, struct ri_span value, bool *found,
    struct ri_buf *out, struct ri_err *e)
{
	struct ri_span word;

	ri_buf_add_str(out, "initrd");
	while ((word = next_word(&value)).n > 0) {
		size_t dir = dir_length(word);

		if (!is_safe_path(word))
			return odd_path("initrd", word, e);
		ri_buf_add_str(out, " ");
		if (is(ri_span_skip(word, dir), s->initrd)) {
			*found = true;
			ri_buf_add(out, word.p, dir);
			ri_buf_add_str(out, s->our_initrd);
		} else {
			ri_buf_add_span(out, word);
		}
	}
	ri_buf_add_str(out, "\n");
	return 0;
}

static int add_all_initrds(const struct ri_bls_spec *s, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span rest = s->stock, value;
	bool found = false;

	while (next_of(&rest, "initrd", &value))
		if (add_initrds(s, value, &found, out, e) < 0)
			return -1;
	return found ? 0 : ri_fail(e, RI_E_GUEST, 0, "it does not load %s", s->initrd);
}

int ri_bls_entry(const struct ri_bls_spec *s, struct ri_buf *out, struct ri_err *e)
{
	static const char *const kept[] = { "grub_users", "grub_arg", "grub_class" };
	RI_BUF title = { 0 };
	RI_BUF text = { 0 };

	ri_buf_addf(&title, "RAM-%s", s->os_name);
	ri_buf_add_str(&text, "# Written by ramimg: the root is unpacked into RAM.\n");
	if (add_line("title", ri_buf_span(&title), &text, e) < 0 ||
	    add_line("version", ri_str("0-ramimg"), &text, e) < 0 ||
	    add_kernel(s->stock, &text, e) < 0 || add_all_initrds(s, &text, e) < 0 ||
	    add_line("options", ri_str(s->cmdline), &text, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (copy_lines(s->stock, kept[i], &text, e) < 0)
			return -1;
	if (ri_buf_check(&title, e) < 0 || ri_buf_check(&text, e) < 0)
		return -1;
	ri_buf_add_span(out, ri_buf_span(&text));
	return ri_buf_check(out, e);
}

static bool same_values(struct ri_span a, struct ri_span b, const char *key)
{
	struct ri_span x, y;

	for (;;) {
		bool has_x = next_of(&a, key, &x), has_y = next_of(&b, key, &y);

		if (has_x != has_y || (has_x && !ri_span_eq(x, y)))
			return false;
		if (!has_x)
			return true;
	}
}

bool ri_bls_same_access(struct ri_span a, struct ri_span b)
{
	return same_values(a, b, "grub_users") && same_values(a, b, "grub_arg");
}
