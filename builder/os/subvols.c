// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/subvols.h"
#include "os/fstab.h"

static struct ri_span without_slashes(struct ri_span s)
{
	while (s.n > 0 && s.p[0] == '/')
		s = ri_span_skip(s, 1);
	while (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

int ri_subvols_add(struct ri_subvols *l, uint64_t id, const char *path, struct ri_err *e)
{
	struct ri_subvol *grown;

	if (l->n >= RI_SUBVOLS_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "more than %u subvolumes, which is the most; remove snapshots in the guest",
		    RI_SUBVOLS_MAX);
	grown = reallocarray(l->v, l->n + 1, sizeof *grown);
	if (!grown)
		return ri_nomem(e);
	l->v = grown;
	grown[l->n] = (struct ri_subvol){ id, ri_span_dup(without_slashes(ri_str(path))) };
	if (!grown[l->n].path)
		return ri_nomem(e);
	l->n++;
	return 0;
}

const struct ri_subvol *ri_subvols_by_id(const struct ri_subvols *l, uint64_t id)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].id == id)
			return &l->v[i];
	return NULL;
}

static const struct ri_subvol *by_path(const struct ri_subvols *l, struct ri_span path)
{
	for (size_t i = 0; i < l->n; i++)
		if (ri_span_eq(path, ri_str(l->v[i].path)))
			return &l->v[i];
	return NULL;
}

/* As the kernel reads it: decimal, octal behind a 0, hexadecimal behind 0x. @return 0: no number of a subvolume. */
static uint64_t number(const char *s)
{
	char *end;
	unsigned long long n = strtoull(s, &end, 0);

	return *s >= '0' && *s <= '9' && *end == '\0' ? n : 0;
}

static int add_value(struct ri_span value, struct ri_buf *out, struct ri_err *e)
{
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = ri_span(value.p + 1, value.n - 2);
	ri_buf_free(out);
	*out = (struct ri_buf){ 0 };
	ri_fstab_unescape(value, out);
	ri_buf_add_str(out, "");
	return ri_buf_check(out, e);
}

int ri_subvols_meant(const struct ri_subvols *l, struct ri_span options,
    const struct ri_subvol **out, struct ri_err *e)
{
	static const char by_name[] = "subvol=", by_number[] = "subvolid=";
	RI_BUF path = { 0 };
	RI_BUF id = { 0 };
	struct ri_span word;
	uint64_t n;

	while (ri_fstab_option(&options, &word)) {
		if (ri_span_starts(word, by_name) &&
		    add_value(ri_span_skip(word, strlen(by_name)), &path, e) < 0)
			return -1;
		if (ri_span_starts(word, by_number) &&
		    add_value(ri_span_skip(word, strlen(by_number)), &id, e) < 0)
			return -1;
	}
	if (path.p) {
		*out = by_path(l, without_slashes(ri_buf_span(&path)));
		return 0;
	}
	/* 0 is another name of the top-level one. */
	n = !id.p ? l->by_default : strcmp(id.p, "0") == 0 ? RI_SUBVOL_TOP : number(id.p);
	*out = ri_subvols_by_id(l, n);
	return 0;
}

const char *ri_subvol_below(const struct ri_subvol *top, const char *path)
{
	size_t n = strlen(top->path);

	if (n == 0)
		return *path ? path : NULL;
	return strncmp(path, top->path, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

void ri_subvols_free(struct ri_subvols *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
	free(l->v);
	*l = (struct ri_subvols){ 0 };
}
