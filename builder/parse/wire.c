// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/wire.h"

#include <sys/stat.h>

void ri_wire_put_u32(struct ri_buf *b, uint32_t v)
{
	ri_buf_add(b, &v, sizeof v);
}

void ri_wire_put_u64(struct ri_buf *b, uint64_t v)
{
	ri_buf_add(b, &v, sizeof v);
}

void ri_wire_put_str(struct ri_buf *b, struct ri_span s)
{
	ri_wire_put_u32(b, (uint32_t)s.n);
	ri_buf_add_span(b, s);
	ri_buf_add(b, "", 1);
}

void ri_wire_put_head(struct ri_buf *b, uint32_t kind, size_t n)
{
	ri_wire_put_u32(b, (uint32_t)n);
	ri_wire_put_u32(b, kind);
}

void ri_wire_put_error(struct ri_buf *b, const struct ri_err *e)
{
	ri_wire_put_u32(b, (uint32_t)e->code);
	ri_wire_put_u32(b, (uint32_t)e->sys);
	ri_wire_put_str(b, ri_str(e->msg));
}

void ri_wire_put_entry(struct ri_buf *b, const struct ri_wire_entry *w)
{
	ri_wire_put_str(b, ri_str(w->path));
	ri_wire_put_str(b, ri_str(w->target));
	ri_wire_put_u32(b, w->hardlink);
	ri_wire_put_u32(b, w->mode);
	ri_wire_put_u32(b, w->uid);
	ri_wire_put_u32(b, w->gid);
	ri_wire_put_u32(b, w->major);
	ri_wire_put_u32(b, w->minor);
	ri_wire_put_u32(b, w->nsec);
	ri_wire_put_u64(b, (uint64_t)w->mtime);
	ri_wire_put_u64(b, w->size);
}

void ri_wire_put_xattr(struct ri_buf *b, const char *name, struct ri_span value)
{
	ri_wire_put_str(b, ri_str(name));
	ri_wire_put_u32(b, (uint32_t)value.n);
	ri_buf_add_span(b, value);
}

void ri_wire_put_lent(struct ri_buf *b, const struct ri_wire_lent *l)
{
	ri_wire_put_u64(b, l->at);
	ri_wire_put_u32(b, l->slot);
	ri_wire_put_u32(b, l->n);
}

/* Cut @n bytes off @in into @to. */
static bool take(struct ri_span *in, void *to, size_t n)
{
	if (in->n < n)
		return false;
	memcpy(to, in->p, n);
	*in = ri_span_skip(*in, n);
	return true;
}

bool ri_wire_u32(struct ri_span *in, uint32_t *v)
{
	return take(in, v, sizeof *v);
}

bool ri_wire_u64(struct ri_span *in, uint64_t *v)
{
	return take(in, v, sizeof *v);
}

bool ri_wire_str(struct ri_span *in, const char **s)
{
	uint32_t n;

	if (!ri_wire_u32(in, &n) || in->n <= n || memchr(in->p, '\0', (size_t)n + 1) != in->p + n)
		return false;
	*s = in->p;
	*in = ri_span_skip(*in, (size_t)n + 1);
	return true;
}

bool ri_wire_head(struct ri_span in, struct ri_wire_head *h)
{
	return ri_wire_u32(&in, &h->n) && ri_wire_u32(&in, &h->kind) && h->n <= RI_WIRE_FRAME_MAX;
}

/* The codes that a reader may answer with; others would mean things that only the caller can know. */
static bool may_say(uint32_t code)
{
	return code == RI_E_UNSUPPORTED || code == RI_E_GUEST || code == RI_E_BUDGET ||
	       code == RI_E_IO || code == RI_E_NOMEM;
}

int ri_wire_error(struct ri_span in, const char *name, struct ri_err *e)
{
	uint32_t code, sys;
	const char *msg;

	if (!ri_wire_u32(&in, &code) || !ri_wire_u32(&in, &sys) || !ri_wire_str(&in, &msg) ||
	    in.n > 0 || !may_say(code) || sys > 4095)
		return ri_fail(e, RI_E_IO, 0, "%s sends a damaged error", name);
	/* The text of the errno is in the message already. */
	ri_fail(e, (enum ri_code)code, 0, "%s", msg);
	e->sys = (int)sys;
	for (char *p = e->msg; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	return -1;
}

/* "." or components that are neither empty nor "." or "..", with one "/" between them. */
static bool clean(const char *path)
{
	if (strcmp(path, ".") == 0)
		return true;
	for (const char *c = path;; c++) {
		size_t n = strcspn(c, "/");

		if (n == 0 || (n == 1 && *c == '.') || (n == 2 && c[0] == '.' && c[1] == '.'))
			return false;
		c += n;
		if (*c == '\0')
			return true;
	}
}

static bool type_fits(const struct ri_wire_entry *w)
{
	bool target = *w->target != '\0';

	if (w->hardlink)
		return (S_ISREG(w->mode) || S_ISLNK(w->mode)) && clean(w->target) &&
		       strcmp(w->target, ".") != 0 && strcmp(w->path, ".") != 0;
	switch (w->mode & S_IFMT) {
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		return !target && strcmp(w->path, ".") != 0;
	case S_IFDIR:
		return !target;
	case S_IFLNK:
		return target && strcmp(w->path, ".") != 0;
	default:
		return false;
	}
}

bool ri_wire_entry(struct ri_span in, struct ri_wire_entry *w)
{
	uint32_t hardlink;
	uint64_t mtime;

	if (!ri_wire_str(&in, &w->path) || !ri_wire_str(&in, &w->target) ||
	    !ri_wire_u32(&in, &hardlink) || !ri_wire_u32(&in, &w->mode) ||
	    !ri_wire_u32(&in, &w->uid) || !ri_wire_u32(&in, &w->gid) ||
	    !ri_wire_u32(&in, &w->major) || !ri_wire_u32(&in, &w->minor) ||
	    !ri_wire_u32(&in, &w->nsec) || !ri_wire_u64(&in, &mtime) || !ri_wire_u64(&in, &w->size))
		return false;
	w->hardlink = hardlink == 1;
	w->mtime = (int64_t)mtime;
	w->xattrs = in;
	return hardlink <= 1 && w->mode <= 0177777 && w->nsec < 1000000000 &&
	       w->size <= INT64_MAX && (w->size == 0 || S_ISREG(w->mode)) && clean(w->path) &&
	       type_fits(w);
}

int ri_wire_xattr(struct ri_span *in, const char **name, struct ri_span *value)
{
	uint32_t n;

	if (in->n == 0)
		return 0;
	if (!ri_wire_str(in, name) || **name == '\0' || !ri_wire_u32(in, &n) || n > in->n)
		return -1;
	*value = ri_span(in->p, n);
	*in = ri_span_skip(*in, n);
	return 1;
}

bool ri_wire_lent(struct ri_span in, struct ri_wire_lent *l)
{
	return ri_wire_u64(&in, &l->at) && ri_wire_u32(&in, &l->slot) && ri_wire_u32(&in, &l->n) &&
	       in.n == 0 && l->slot < RI_SHARED_SLOTS && l->n > 0 && l->n <= RI_SHARED_SLOT;
}
