// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From an fstab to the devices on this disk, by libguestfs's rules (its inspection of a Linux root)
 * where they are certain. The root's own lines do not count: the root is the one inspected.
 */
#include "reader/server_fstab.h"
#include "lvm/metadata.h"
#include "os/fstab.h"

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

void ri_fsmounts_free(struct ri_fsmounts *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].device);
		free(l->v[i].at);
	}
	free(l->v);
	*l = (struct ri_fsmounts){ 0 };
}

static int add(struct ri_fsmounts *l, const char *device, const char *at, struct ri_err *e)
{
	struct ri_fsmount *grown = realloc(l->v, (l->n + 1) * sizeof *grown);

	if (!grown)
		return ri_nomem(e);
	l->v = grown;
	l->v[l->n] = (struct ri_fsmount){ strdup(device), strdup(at) };
	l->n++;
	return l->v[l->n - 1].device && l->v[l->n - 1].at ? 0 : ri_nomem(e);
}

/*
 * A line that Augeas's lens takes for certain: three to six fields of plain characters. Quotes,
 * escapes and comments behind the fields are left to it.
 */
static bool is_plain(struct ri_span line)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:=,+@%-~ \t";
	size_t fields = 0;
	bool in = false;

	for (size_t i = 0; i < line.n; i++) {
		bool blank = line.p[i] == ' ' || line.p[i] == '\t';

		if (line.p[i] == '\0' || !strchr(chars, line.p[i]))
			return false;
		fields += !blank && !in;
		in = !blank;
		if (fields >= 5 && in && (line.p[i] < '0' || line.p[i] > '9'))
			return false;
	}
	return fields >= 3 && fields <= 6;
}

/* Words between commas, none of them empty. */
static bool is_list(struct ri_span s)
{
	if (s.n > 0 && (s.p[0] == ',' || s.p[0] == '=' || s.p[s.n - 1] == ','))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i - 1] == ',' && (s.p[i] == ',' || s.p[i] == '='))
			return false;
	return true;
}

static int check_lines(struct ri_span text, struct ri_err *e)
{
	struct ri_span line;

	for (size_t n = 1; ri_span_line(&text, &line); n++) {
		struct ri_span whole = ri_span_trim(line);

		if (memchr(line.p, '\r', line.n) ||
		    (whole.n > 0 && whole.p[0] != '#' &&
			!is_plain(line.p[line.n - 1] == '\n' ? ri_span(line.p, line.n - 1) : line)))
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "line %zu of /etc/fstab is not a plain one", n);
	}
	return 0;
}

/* "///usr//local//" is "/usr/local". */
static void canonical(const char *path, struct ri_buf *out)
{
	bool absolute = path[0] == '/';

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n > 0) {
			ri_buf_add_str(out, absolute || out->n > 0 ? "/" : "");
			ri_buf_add(out, path, n);
		}
		path += n + (path[n] == '/');
	}
	if (out->n == 0)
		ri_buf_add_str(out, "/");
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* What libguestfs does not list whatever its device is, and the root, which is known. */
static bool ignored(const char *spec, const char *at)
{
	bool numbered = strlen(spec) >= 8 && spec[7] >= '0' && spec[7] <= '9';

	/* libguestfs 1.48 knows no PARTUUID; which device it is finds ri_inspect, whoever reads. */
	if (starts(spec, "PARTUUID="))
		return true;
	if (((starts(spec, "/dev/fd") || starts(spec, "/dev/cd")) && numbered) ||
	    strcmp(spec, "/dev/floppy") == 0 || strcmp(spec, "/dev/cdrom") == 0 ||
	    starts(spec, "/dev/iso9660/"))
		return true;
	return at[0] != '/' || strcmp(at, "/") == 0 || is_below(at, "/dev") ||
	       starts(at, "/media/") || is_below(at, "/proc") || is_below(at, "/selinux") ||
	       is_below(at, "/sys");
}

/* The only device with that UUID (or label); NULL if there is none, or more than one. */
static const struct ri_blockdev *by_tag(const struct ri_disklayout *l, const char *value,
    bool label)
{
	const struct ri_blockdev *found = NULL;

	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(label ? l->v[i].label : l->v[i].uuid, value) != 0 || !*value)
			continue;
		if (found)
			return NULL;
		found = &l->v[i];
	}
	return found;
}

static int by_mapper(const struct ri_disklayout *l, const char *path,
    const struct ri_blockdev **out, struct ri_err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		RI_BUF mapped = { 0 };

		if (!l->v[i].lvm_hint)
			continue;
		ri_lvm_mapper_path(l->v[i].name, &mapped);
		if (ri_buf_check(&mapped, e) < 0)
			return -1;
		if (strcmp(mapped.p, path) == 0) {
			*out = &l->v[i];
			return 0;
		}
	}
	return 0;
}

/* "/dev/vda2" is "/dev/sda2": the guest's first disk is the only one here. */
static const struct ri_blockdev *by_disk(const struct ri_disklayout *l, const char *spec)
{
	static const char *const prefixes[] = { "/dev/hda", "/dev/sda", "/dev/vda", "/dev/xvda" };
	char name[32];

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		const char *part = spec + strlen(prefixes[i]);

		if (!starts(spec, prefixes[i]) || !*part || strlen(part) > 3 ||
		    strspn(part, "0123456789") != strlen(part))
			continue;
		snprintf(name, sizeof name, "/dev/sda%s", part);
		return ri_disklayout_find(l, name);
	}
	return ri_disklayout_find(l, spec);
}

/* @out: NULL if it is none of this disk's, or that is not certain. */
static int resolve(const struct ri_disklayout *l, const char *spec, const char *root, bool crypttab,
    const struct ri_blockdev **out, struct ri_err *e)
{
	*out = NULL;
	if (starts(spec, "/dev/mapper/"))
		return crypttab ? 0 : by_mapper(l, spec, out, e);
	if (starts(spec, "UUID="))
		*out = by_tag(l, spec + 5, false);
	else if (starts(spec, "LABEL="))
		*out = by_tag(l, spec + 6, true);
	else if (strcmp(spec, "/dev/root") == 0)
		*out = ri_disklayout_find(l, root);
	else if (starts(spec, "/dev/disk/by-uuid/"))
		*out = by_tag(l, spec + 18, false);
	else if (starts(spec, "/dev/"))
		*out = by_disk(l, spec);
	return 0;
}

/* Whether a spec names a device at all: others (tmpfs, a server's path) are not listed. */
static bool is_device(const char *spec)
{
	static const char *const prefixes[] = { "/dev/",
		"UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=" };

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (starts(spec, prefixes[i]))
			return true;
	return false;
}

static int entry(const struct ri_fstab_entry *en, const struct ri_disklayout *layout,
    const char *root, bool crypttab, struct ri_fsmounts *out, struct ri_err *e)
{
	RI_FREE char *spec = ri_span_dup(en->spec), *file = ri_span_dup(en->file);
	const struct ri_blockdev *b;
	RI_BUF at = { 0 };

	if (!spec || !file)
		return ri_nomem(e);
	canonical(file, &at);
	if (ri_buf_check(&at, e) < 0)
		return -1;
	if (!is_list(en->type) || !is_list(en->opts) || spec[0] == ',')
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "line %zu of /etc/fstab is not a plain one",
		    en->line);
	if (!is_device(spec) || ignored(spec, at.p))
		return 0;
	if (resolve(layout, spec, root, crypttab, &b, e) < 0)
		return -1;
	/* What is mounted on demand only is left out by who asks; that it is there is only said. */
	if (ri_fstab_has_option(en, "noauto"))
		return b ? add(out, b->name, at.p, e) : 0;
	if (!b)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s in /etc/fstab, for %s, is not known on this disk", spec, at.p);
	if (!ri_fs_is_read(b->type))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s (%s) contains %s, which is not read directly", at.p, b->name,
		    b->type[0] ? b->type : "no known file system");
	return add(out, b->name, at.p, e);
}

int ri_reader_fstab(struct ri_span text, const struct ri_disklayout *layout, const char *root,
    bool crypttab, struct ri_fsmounts *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fsmounts_free) struct ri_fsmounts l = { 0 };
	struct ri_fstab_entry en;
	size_t pos = 0, line = 0;

	if (ri_fstab_check(text, e) < 0)
		return ri_ctx(e, "/etc/fstab");
	if (check_lines(text, e) < 0)
		return -1;
	while (ri_fstab_next(text, &pos, &line, &en))
		if (entry(&en, layout, root, crypttab, &l, e) < 0)
			return -1;
	*out = l;
	l = (struct ri_fsmounts){ 0 };
	return 0;
}
