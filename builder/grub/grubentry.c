// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The menu entry and the kernel's command line.
 */
#include "grub/grubentry.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grublex.h"
#include "grub/template.h"

enum {
	WORD_MAX = 63, /* ids and UUIDs are far shorter */
};

/** @allowed is a strspn set; @what names the value in the message. */
static int check_chars(const char *what, const char *s, const char *allowed, struct ri_err *e)
{
	size_t ok = strspn(s, allowed);

	if (*s == '\0')
		return ri_fail(e, RI_E_GUEST, 0, "the %s is empty", what);
	if (s[ok] != '\0')
		return ri_fail(e, RI_E_GUEST, 0,
		    "the %s has a byte 0x%02x at position %zu, which GRUB's script cannot hold "
		    "safely",
		    what, (unsigned)(unsigned char)s[ok], ok + 1);
	return 0;
}

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ALNUM DIGITS LOWER UPPER
#define HEX DIGITS "abcdefABCDEF"

static int check_short(const char *what, const char *s, const char *allowed, struct ri_err *e)
{
	if (check_chars(what, s, allowed, e) < 0)
		return -1;
	if (strlen(s) > WORD_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "the %s is longer than %d bytes", what, WORD_MAX);
	return 0;
}

static int check_path(const char *what, const char *s, struct ri_err *e)
{
	if (check_chars(what, s, ALNUM "/._+~@-", e) < 0)
		return -1;
	if (s[0] != '/')
		return ri_fail(e, RI_E_GUEST, 0, "the %s is not absolute: %s", what, s);
	return 0;
}

static int check_cmdline(const char *cmdline, struct ri_err *e)
{
	struct ri_span rest = ri_str(cmdline), word;
	int rc;

	do
		rc = ri_grub_word(&rest, &word, e);
	while (rc > 0);
	return rc < 0 ? ri_ctx(e, "the kernel's command line") : 0;
}

static int check_device(const struct ri_grub_spec *s, struct ri_err *e)
{
	if (!s->fs_module)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the kernel's file system is %s, for which ramimg knows no GRUB module",
		    s->fstype);
	if (s->ptable && strcmp(s->ptable, "msdos") != 0 && strcmp(s->ptable, "gpt") != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the partition table is %s; ramimg knows msdos and gpt", s->ptable);
	if (s->lvm_hint) {
		if (check_chars("LVM hint", s->lvm_hint, ALNUM "/-", e) < 0)
			return -1;
	} else if (s->disk < 0 || s->part < (s->ptable ? 1 : 0)) {
		return ri_fail(e, RI_E_GUEST, 0, "disk %d, partition %d: not valid GRUB numbers",
		    s->disk, s->part);
	}
	return check_short("file system's UUID", s->fs_uuid, HEX "-", e);
}

static int check_spec(const struct ri_grub_spec *s, struct ri_err *e)
{
	if (check_short("entry's id", s->id, LOWER DIGITS "-", e) < 0 ||
	    check_short("OS id", s->os_id, ALNUM "._-", e) < 0 || check_device(s, e) < 0 ||
	    check_path("kernel's path", s->kernel, e) < 0 ||
	    check_path("initrd's path", s->initrd, e) < 0)
		return -1;
	if (s->stock_default && ri_grub_default_check(ri_str(s->stock_default), e) < 0)
		return -1;
	return check_cmdline(s->cmdline, e);
}

int ri_grub_os_name(const char *name, struct ri_buf *out, struct ri_err *e)
{
	for (const char *p = name; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return ri_fail(e, RI_E_GUEST, 0, "the OS name has a control byte 0x%02x",
			    (unsigned)(unsigned char)*p);
		if (*p == '\'')
			ri_buf_add_str(out, "'\\''");
		else
			ri_buf_add(out, p, 1);
	}
	ri_buf_add_str(out, ""); /* an empty name is a string too */
	return ri_buf_check(out, e);
}

/** "hd0,msdos1", "hd0" for a disk without partitions; @prefix is "hd" or "ahci". */
static void add_device(struct ri_buf *out, const char *prefix, const struct ri_grub_spec *s)
{
	ri_buf_addf(out, "%s%d", prefix, s->disk);
	if (s->ptable)
		ri_buf_addf(out, ",%s%d", s->ptable, s->part);
}

/** The values that depend on where the kernel's file system is. */
struct place {
	struct ri_buf insmods, root, hints;
};

static void place_free(struct place *p)
{
	ri_buf_free(&p->insmods);
	ri_buf_free(&p->root);
	ri_buf_free(&p->hints);
}

/** In the order of grub-mkconfig_lib's prepare_grub_to_access_device. */
static void describe_place(const struct ri_grub_spec *s, struct place *p)
{
	if (s->ptable)
		ri_buf_addf(&p->insmods, "\tinsmod part_%s\n", s->ptable);
	if (s->lvm_hint)
		ri_buf_add_str(&p->insmods, "\tinsmod lvm\n");
	ri_buf_addf(&p->insmods, "\tinsmod %s\n", s->fs_module);
	if (s->lvm_hint) {
		ri_buf_add_str(&p->root, s->lvm_hint);
		ri_buf_addf(&p->hints, "--hint='%s'", s->lvm_hint);
		return;
	}
	add_device(&p->root, "hd", s);
	ri_buf_add_str(&p->hints, "--hint-bios=");
	add_device(&p->hints, "hd", s);
	ri_buf_add_str(&p->hints, " --hint-efi=");
	add_device(&p->hints, "hd", s);
	ri_buf_add_str(&p->hints, " --hint-baremetal=");
	add_device(&p->hints, "ahci", s);
}

/** The fallback default entry and the counting: both empty if GRUB does not count. */
static int expand_count(const struct ri_grub_spec *s, const struct ri_grub_templates *t,
    struct ri_buf *failed, struct ri_buf *count, struct ri_err *e)
{
	const struct ri_template_var vars[] = {
		{ "ID", s->id },
		{ "STOCK_DEFAULT", s->stock_default },
	};

	ri_buf_add_str(failed, "");
	ri_buf_add_str(count, "");
	if (!s->stock_default)
		return ri_buf_check(failed, e) < 0 ? -1 : ri_buf_check(count, e);
	if (ri_template_expand(t->failed, vars, sizeof vars / sizeof *vars, failed, e) < 0)
		return -1;
	return ri_template_expand(t->count, vars, sizeof vars / sizeof *vars, count, e);
}

/** The entry's options but for its id, with a blank behind. */
static int make_attributes(const struct ri_grub_spec *s, struct ri_buf *out, struct ri_err *e)
{
	if (!s->stock || !s->stock->attributes.p)
		ri_buf_addf(out, "--class %s --class gnu-linux --class gnu --class os ", s->os_id);
	else if (s->stock->attributes.n > 0)
		ri_buf_addf(out, "%s ", s->stock->attributes.p);
	else
		ri_buf_add_str(out, "");
	return ri_buf_check(out, e);
}

/** The commands before the kernel's. */
static int make_before(const struct ri_grub_spec *s, struct ri_span template, struct ri_buf *out,
    struct ri_err *e)
{
	RI_ON_EXIT(place_free) struct place place = { 0 };

	if (s->stock && s->stock->has_body) {
		ri_buf_add_str(out, s->stock->body.before.p);
		return ri_buf_check(out, e);
	}
	describe_place(s, &place);
	if (ri_buf_check(&place.insmods, e) < 0 || ri_buf_check(&place.root, e) < 0 ||
	    ri_buf_check(&place.hints, e) < 0)
		return -1;
	const struct ri_template_var vars[] = {
		{ "INSMODS", place.insmods.p },
		{ "ROOT_HINT", place.root.p },
		{ "SEARCH_HINTS", place.hints.p },
		{ "FS_UUID", s->fs_uuid },
	};
	return ri_template_expand(template, vars, sizeof vars / sizeof *vars, out, e);
}

int ri_grub_entry(const struct ri_grub_spec *s, const struct ri_grub_templates *t,
    struct ri_buf *out, struct ri_err *e)
{
	const struct ri_grub_body *own = s->stock && s->stock->has_body ? &s->stock->body : NULL;
	RI_BUF name = { 0 };
	RI_BUF attributes = { 0 };
	RI_BUF before = { 0 };
	RI_BUF failed = { 0 };
	RI_BUF count = { 0 };

	if (ri_grub_os_name(s->os_name, &name, e) < 0 || check_spec(s, e) < 0 ||
	    expand_count(s, t, &failed, &count, e) < 0 || make_attributes(s, &attributes, e) < 0 ||
	    make_before(s, t->before, &before, e) < 0)
		return -1;
	const struct ri_template_var vars[] = {
		{ "FAILED", failed.p },
		{ "COUNT", count.p },
		{ "OS_NAME", name.p },
		{ "ATTRIBUTES", attributes.p },
		{ "ID", s->id },
		{ "BEFORE", before.p },
		{ "SUFFIX", own ? own->suffix : "" },
		{ "KERNEL", s->kernel },
		{ "EARLY", own ? own->early.p : "" },
		{ "INITRD", s->initrd },
		{ "CMDLINE", s->cmdline },
		{ "AFTER", own ? own->after.p : "" },
	};
	return ri_template_expand(t->entry, vars, sizeof vars / sizeof *vars, out, e);
}

/** The guest's arguments that ours replace, or that make no sense for a root in RAM. */
static const struct {
	const char *key;
	enum { WHOLE, WITH_VALUE, PREFIX } how;
} dropped[] = {
	{ "ro", WHOLE },
	{ "rw", WHOLE },
	{ "toram", WHOLE },
	{ "noresume", WHOLE },
	{ "root", WITH_VALUE },
	{ "boot", WITH_VALUE },
	{ "resume", WITH_VALUE }, /* a hibernated system must not come back over this one */
	{ "resume_offset", WITH_VALUE },
	{ "ramimg.", PREFIX },
};

static bool is_dropped(struct ri_span word, const char *words)
{
	for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
		size_t n = strlen(dropped[i].key);

		if (!ri_span_starts(word, dropped[i].key))
			continue;
		/* dracut has a use of its own for it (fips). */
		if (strcmp(dropped[i].key, "boot") == 0 && !strstr(words, "boot="))
			continue;
		if (dropped[i].how == PREFIX || (dropped[i].how == WHOLE && word.n == n) ||
		    (dropped[i].how == WITH_VALUE && word.n > n && word.p[n] == '='))
			return true;
	}
	return false;
}

/** Whether @word, once GRUB has removed its quotes and backslashes, is a dropped one. */
static int unwanted(struct ri_span word, const char *words, bool *yes, struct ri_err *e)
{
	RI_BUF bare = { 0 };

	for (size_t i = 0; i < word.n; i++)
		if (!memchr("'\"\\", word.p[i], 3))
			ri_buf_add(&bare, word.p + i, 1);
	*yes = is_dropped(ri_buf_span(&bare), words);
	return ri_buf_check(&bare, e);
}

static int add_guest_words(const char *name, const char *text, const char *words,
    struct ri_buf *out, struct ri_err *e)
{
	struct ri_span rest = ri_str(text), word;
	bool drop;
	int rc;

	while ((rc = ri_grub_word(&rest, &word, e)) > 0) {
		if (unwanted(word, words, &drop, e) < 0)
			return -1;
		if (drop)
			continue;
		ri_buf_add(out, " ", 1);
		ri_buf_add_span(out, word);
	}
	return rc < 0 ? ri_ctx(e, "%s", name) : 0;
}

int ri_grub_cmdline(const char *root, const char *linux_all, const char *linux_default,
    const char *words, struct ri_buf *out, struct ri_err *e)
{
	if (check_chars("root device", root, ALNUM "/._+=:@%-", e) < 0)
		return -1;
	ri_buf_addf(out, "root=%s ro", root);
	if (add_guest_words("GRUB_CMDLINE_LINUX", linux_all, words, out, e) < 0 ||
	    add_guest_words("GRUB_CMDLINE_LINUX_DEFAULT", linux_default, words, out, e) < 0)
		return -1;
	ri_buf_addf(out, " %s", words);
	return ri_buf_check(out, e);
}
