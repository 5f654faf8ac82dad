// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/fstab_lines.h"
#include "os/fstab_place.h"
#include "os/mount_unit.h"

/* An entry while the lines are sorted. */
struct item {
	struct ri_fstab_entry en;
	struct ri_fstab_line *line;
	enum ri_place place;
	struct ri_buf why;
	struct ri_strv pulls; /* the paths for which it has other file systems mounted */
	bool waits;           /* noauto, and nothing known yet that mounts it */
};

struct sorting {
	struct item *v;
	size_t n;
};

static void sorting_free(struct sorting *s)
{
	for (size_t i = 0; i < s->n; i++) {
		ri_buf_free(&s->v[i].why);
		ri_strv_free(&s->v[i].pulls);
	}
	free(s->v);
}

static int refuse(const struct ri_fstab_entry *en, struct ri_span field, const char *what,
    struct ri_err *e)
{
	RI_BUF spec = { 0 };

	ri_fstab_unescape(en->spec, &spec);
	if (ri_buf_check(&spec, e) < 0)
		return -1;
	return ri_fail(e, RI_E_GUEST, 0, "line %zu, column %zu: %s: %s", en->line,
	    (size_t)(field.p - en->text.p) + 1, spec.p, what);
}

/* Where an option names what has to be mounted first: a path, or a unit (systemd.mount(5)). */
static const char *const pulling[] = { "x-systemd.requires-mounts-for=",
	"x-systemd.wants-mounts-for=", "x-systemd.requires=", "x-systemd.wants=", NULL };
static const char *const starting[] = { "x-systemd.automount", "comment=systemd.automount",
	"x-systemd.wanted-by=", "x-systemd.required-by=", NULL };

static const char *prefix_of(struct ri_span option, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (ri_span_starts(option, *prefixes))
			return *prefixes;
	return NULL;
}

static int add_pull(struct item *it, struct ri_span value, struct ri_err *e)
{
	static const char suffix[] = ".mount";
	const size_t n = sizeof suffix - 1;
	RI_BUF path = { 0 };

	if (value.n > n && memcmp(value.p + value.n - n, suffix, n) == 0)
		ri_mount_unit_point(ri_span(value.p, value.n - n), &path);
	else
		ri_fstab_point(&(struct ri_fstab_entry){ .file = value }, &path);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	return path.n > 0 ? ri_strv_add(&it->pulls, path.p, e) : 0;
}

static int read_options(struct item *it, bool *noauto, bool *started, struct ri_err *e)
{
	struct ri_span list = it->en.opts, option;

	while (ri_fstab_option(&list, &option)) {
		const char *prefix = prefix_of(option, pulling);

		*noauto = *noauto || ri_span_eq(option, ri_str("noauto"));
		*started = *started || prefix_of(option, starting);
		if (prefix && add_pull(it, ri_span_skip(option, strlen(prefix)), e) < 0)
			return -1;
	}
	/* Of a bind mount, an image or a swap file, what it is in (systemd.mount(5), implicit dependencies). */
	if (it->place != RI_PLACE_NO_DISK || ri_span_starts(it->en.spec, "//"))
		return 0;
	return add_pull(it, it->en.spec, e);
}

static int add_line(struct item *it, const struct ri_ondisk *disk, const struct ri_strv *automounts,
    struct ri_fstab_line *line, struct ri_err *e)
{
	RI_BUF point = { 0 };
	bool noauto = false, started = false;

	it->line = line;
	line->line = it->en.line;
	line->nofail = ri_fstab_has_option(&it->en, "nofail");
	line->opts = it->en.opts;
	ri_fstab_point(&it->en, &point);
	if (ri_buf_check(&point, e) < 0 ||
	    ri_fstab_place(&it->en, disk, &it->place, &line->fs, &it->why, e) < 0 ||
	    read_options(it, &noauto, &started, e) < 0)
		return -1;
	line->point = ri_buf_steal(&point);
	if (!line->point)
		return ri_nomem(e);
	started = started || (automounts && ri_strv_has(automounts, line->point));
	it->waits = (noauto && !started && strcmp(line->point, "/boot") != 0) ||
		    (!*line->point && !ri_span_eq(it->en.type, ri_str("swap")));
	return 0;
}

static bool is_at_or_below(const char *path, const char *point)
{
	size_t n = strcmp(point, "/") == 0 ? 0 : strlen(point);

	return *point && strncmp(path, point, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool pulls(const struct item *by, const struct item *it)
{
	if (is_at_or_below(by->line->point, it->line->point))
		return true;
	for (size_t i = 0; i < by->pulls.n; i++)
		if (is_at_or_below(by->pulls.v[i], it->line->point))
			return true;
	return false;
}

/* What is mounted has what it needs mounted, and so on. */
static void find_pulled(struct sorting *s)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < s->n; i++)
			for (size_t k = 0; s->v[i].waits && k < s->n; k++) {
				if (s->v[k].waits || !pulls(&s->v[k], &s->v[i]))
					continue;
				s->v[i].waits = false;
				more = true;
			}
	}
}

/* What is mounted where the file @path is, which may be nothing of the fstab's. */
static const struct item *holder(const struct sorting *s, const char *path)
{
	const struct item *best = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct item *it = &s->v[i];

		if (!it->waits && !ri_span_eq(it->en.type, ri_str("swap")) &&
		    is_at_or_below(path, it->line->point) &&
		    (!best || strlen(it->line->point) > strlen(best->line->point)))
			best = it;
	}
	return best;
}

/*
 * Swap that is as usable once this disk is gone: on another disk, in a file there, or in RAM. What /dev/mapper has
 * may also be this disk's, encrypted with a key that is made anew at each boot, so that it looks like nothing.
 */
static int decide_swap(const struct sorting *s, struct item *it, struct ri_err *e)
{
	const struct item *in;
	RI_BUF path = { 0 };

	it->line->kind = RI_FSTAB_SWAP;
	it->line->fs = NULL;
	ri_fstab_point(&(struct ri_fstab_entry){ .file = it->en.spec }, &path);
	ri_buf_add_str(&path, ""); /* of "UUID=…" there is nothing */
	if (ri_buf_check(&path, e) < 0)
		return -1;
	in = holder(s, path.p);
	if (it->place == RI_PLACE_ELSEWHERE && !ri_span_starts(ri_buf_span(&path), "/dev/mapper/"))
		it->line->kind = RI_FSTAB_ELSEWHERE;
	else if (it->place == RI_PLACE_NO_DISK && ri_span_starts(ri_buf_span(&path), "/dev/"))
		it->line->kind = RI_FSTAB_NO_DISK;
	else if (it->place == RI_PLACE_NO_DISK && in && in->place == RI_PLACE_ELSEWHERE)
		it->line->kind = RI_FSTAB_ELSEWHERE;
	return 0;
}

static int decide(const struct sorting *s, struct item *it, struct ri_err *e)
{
	struct ri_fstab_line *line = it->line;

	if (ri_fstab_is_root(&it->en)) {
		line->kind = RI_FSTAB_ROOT;
		line->fs = NULL;
		return 0;
	}
	if (ri_span_eq(it->en.type, ri_str("swap")))
		return decide_swap(s, it, e);
	if (it->waits && it->place != RI_PLACE_NO_DISK) {
		line->kind = RI_FSTAB_ON_DEMAND;
		return 0;
	}
	if (it->place == RI_PLACE_UNKNOWN) {
		ri_buf_add_str(&it->why, "; write UUID=… for it, as blkid tells it in the guest");
		return ri_buf_check(&it->why, e) < 0 ? -1
						     : refuse(&it->en, it->en.spec, it->why.p, e);
	}
	line->kind = it->place == RI_PLACE_HERE      ? RI_FSTAB_HERE
		     : it->place == RI_PLACE_NO_DISK ? RI_FSTAB_NO_DISK
						     : RI_FSTAB_ELSEWHERE;
	return 0;
}

/* Whether two lines mount different things: *@what says it; NULL: the same, or at least one is no subvolume. */
static int differ(const struct ri_fstab_line *a, const struct ri_fstab_line *b, const char **what,
    struct ri_err *e)
{
	const struct ri_subvol *x, *y;

	*what = a->fs != b->fs ? "file system" : NULL;
	if (*what || a->fs->subvols.n == 0)
		return 0;
	if (ri_subvols_meant(&a->fs->subvols, a->opts, &x, e) < 0 ||
	    ri_subvols_meant(&b->fs->subvols, b->opts, &y, e) < 0)
		return -1;
	if (x && y && x != y)
		*what = "subvolume";
	return 0;
}

static int check_pair(const struct item *first, const struct item *then, struct ri_err *e)
{
	const struct ri_fstab_line *a = first->line, *b = then->line;
	const char *what;
	RI_BUF said = { 0 };

	if (a->kind != RI_FSTAB_HERE || b->kind != RI_FSTAB_HERE || strcmp(a->point, b->point) != 0)
		return 0;
	if (differ(a, b, &what, e) < 0)
		return -1;
	if (!what)
		return 0;
	ri_buf_addf(&said, "line %zu mounts another %s at %s", a->line, what, a->point);
	return ri_buf_check(&said, e) < 0 ? -1 : refuse(&then->en, then->en.file, said.p, e);
}

/* Which of two counts depends on who mounts: systemd takes the first, mount -a both. */
static int check_twice(const struct sorting *s, struct ri_err *e)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < i; k++)
			if (check_pair(&s->v[k], &s->v[i], e) < 0)
				return -1;
	return 0;
}

/* What mount(8) and systemd read differently, or not at all. */
static int check_text(struct ri_span text, struct ri_err *e)
{
	struct ri_span line;

	for (size_t n = 1; ri_span_line(&text, &line); n++) {
		struct ri_span plain = ri_span_trim(line);
		const char *cr = memchr(line.p, '\r', line.n);
		size_t fields = ri_fstab_fields(line);

		if (plain.n == 0 || plain.p[0] == '#')
			continue;
		if (cr)
			return ri_fail(e, RI_E_GUEST, 0,
			    "line %zu, column %zu: a carriage return, as DOS ends lines; in the guest: "
			    "sed -i 's/\\r$//' /etc/fstab",
			    n, (size_t)(cr - line.p) + 1);
		if (memchr(line.p, '\0', line.n))
			return ri_fail(e, RI_E_GUEST, 0, "line %zu contains a NUL byte", n);
		if (fields < 3)
			return ri_fail(e, RI_E_GUEST, 0,
			    "line %zu, column %zu: it ends after %zu of the fields source, mount point and "
			    "type",
			    n, line.n - (line.p[line.n - 1] == '\n') + 1, fields);
	}
	return 0;
}

static int read_entries(struct ri_span text, struct sorting *s, struct ri_err *e)
{
	struct ri_fstab_entry en;
	size_t pos = 0, line = 0, n = 0;

	if (ri_fstab_check(text, e) < 0 || check_text(text, e) < 0)
		return -1;
	while (ri_fstab_next(text, &pos, &line, &en))
		n++;
	s->v = calloc(n + 1, sizeof *s->v);
	if (!s->v)
		return ri_nomem(e);
	for (pos = line = 0; ri_fstab_next(text, &pos, &line, &en); s->n++)
		s->v[s->n].en = en;
	return 0;
}

int ri_fstab_sort(struct ri_span text, const struct ri_ondisk *disk,
    const struct ri_strv *automounts, struct ri_fstab_lines *out, struct ri_err *e)
{
	RI_ON_EXIT(sorting_free) struct sorting s = { 0 };
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines l = { 0 };

	if (read_entries(text, &s, e) < 0)
		return -1;
	l.v = calloc(s.n + 1, sizeof *l.v);
	if (!l.v)
		return ri_nomem(e);
	for (; l.n < s.n; l.n++)
		if (add_line(&s.v[l.n], disk, automounts, &l.v[l.n], e) < 0)
			return -1;
	find_pulled(&s);
	for (size_t i = 0; i < s.n; i++)
		if (decide(&s, &s.v[i], e) < 0)
			return -1;
	if (check_twice(&s, e) < 0)
		return -1;
	*out = l;
	l = (struct ri_fstab_lines){ 0 };
	return 0;
}

void ri_fstab_lines_free(struct ri_fstab_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].point);
	free(l->v);
	*l = (struct ri_fstab_lines){ 0 };
}
