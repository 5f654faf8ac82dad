// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/tar_server.h"
#include "format/xattrs.h"
#include "pack/source_tar.h"
#include "parse/lend.h"

#include <archive_entry.h>
#include <iconv.h>
#include <langinfo.h>
#include <sys/stat.h>

struct tar_server {
	struct ri_server s; /* first, so that a pointer to it is one to the whole */
	struct ri_source *src;
	struct ri_buf frame;
};

static int open_tar(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	(void)s, (void)out;
	return in.n == 0 ? 0 : ri_server_bad_request(e);
}

/* A number that the frame has room for, as Linux has it. */
static int narrow(int64_t v, const char *what, uint32_t *out, struct ri_err *e)
{
	if (v < 0 || v > UINT32_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "its %s is %lld, which no Linux has", what,
		    (long long)v);
	*out = (uint32_t)v;
	return 0;
}

static int describe(struct archive_entry *from, struct ri_wire_entry *w, struct ri_err *e)
{
	unsigned type = archive_entry_filetype(from);
	const char *link = archive_entry_hardlink(from), *to = archive_entry_symlink(from);

	*w = (struct ri_wire_entry){ .path = archive_entry_pathname(from),
		.target = link ? link : "",
		.hardlink = link != NULL,
		.mtime = archive_entry_mtime(from),
		.nsec = (uint32_t)archive_entry_mtime_nsec(from) };
	if (narrow(archive_entry_uid(from), "owner", &w->uid, e) < 0 ||
	    narrow(archive_entry_gid(from), "group", &w->gid, e) < 0)
		return -1;
	w->mode = (uint32_t)archive_entry_perm(from) | (link ? S_IFREG : type);
	if (link)
		return 0;
	switch (type) {
	case AE_IFREG:
		w->size = (uint64_t)archive_entry_size(from);
		return 0;
	case AE_IFLNK:
		if (!to || !*to)
			return ri_fail(e, RI_E_GUEST, 0, "a symbolic link without a target");
		w->target = to;
		return 0;
	case AE_IFCHR:
	case AE_IFBLK:
		if (narrow((int64_t)archive_entry_rdevmajor(from), "device", &w->major, e) < 0)
			return -1;
		return narrow((int64_t)archive_entry_rdevminor(from), "device", &w->minor, e);
	case AE_IFDIR:
	case AE_IFIFO:
		return 0;
	default:
		return ri_fail(e, RI_E_GUEST, 0, "an inode of the unknown type 0%o", type);
	}
}

static int add_xattrs(struct tar_server *t, struct archive_entry *from, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };

	if (ri_xattrs_get(&x, from, e) < 0)
		return -1;
	for (size_t i = 0; i < x.n; i++)
		ri_wire_put_xattr(&t->frame, x.v[i].name, ri_buf_span(&x.v[i].value));
	return 0;
}

static int send_entry(struct tar_server *t, struct archive_entry *from, struct ri_err *e)
{
	struct ri_wire_entry w;

	if (describe(from, &w, e) < 0)
		return -1;
	t->frame.n = 0;
	ri_wire_put_entry(&t->frame, &w);
	if ((!w.hardlink && add_xattrs(t, from, e) < 0) || ri_buf_check(&t->frame, e) < 0)
		return -1;
	return ri_server_frame(&t->s, RI_WIRE_ENTRY, ri_buf_span(&t->frame), e);
}

/* A block in pieces of a slot at most. */
static int send_block(struct tar_server *t, const struct ri_source_block *b, struct ri_err *e)
{
	for (size_t at = 0; at < b->n;) {
		size_t n = b->n - at < RI_SHARED_SLOT ? b->n - at : RI_SHARED_SLOT;
		const char *piece = (const char *)b->p + at;
		char *slot;

		if (ri_lend_room(&t->s, n, &slot, e) < 0)
			return -1;
		if (slot)
			memcpy(slot, piece, n);
		if (ri_lend_took(&t->s, b->offset + at, ri_span(slot ? slot : piece, n), e) < 0)
			return -1;
		at += n;
	}
	return 0;
}

static int send_data(struct tar_server *t, struct ri_err *e)
{
	struct ri_source_block b;
	int rc;

	while ((rc = t->src->ops->data(t->src, &b, e)) > 0)
		if (send_block(t, &b, e) < 0)
			return -1;
	return rc;
}

static int tree(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct tar_server *t = (struct tar_server *)s;
	struct archive_entry *entry;

	(void)out;
	if (in.n > 0)
		return ri_server_bad_request(e);
	for (;;) {
		if (t->src->ops->next(t->src, &entry, e) < 0)
			return -1;
		if (!entry)
			return 0;
		if (send_entry(t, entry, e) < 0)
			return s->lost ? -1 : ri_ctx(e, "%s", archive_entry_pathname(entry));
		if (archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
		    send_data(t, e) < 0)
			return -1;
	}
}

static ri_server_fn *const requests[] = { [RI_WIRE_OPEN] = open_tar, [RI_WIRE_TREE] = tree };

/* Names are converted by iconv(3), which reads the list of what it can do once. */
static void prepare(void)
{
	iconv_t c = iconv_open(nl_langinfo(CODESET), "UTF-8");

	if (c != (iconv_t)-1)
		iconv_close(c);
}

int ri_tar_serve(struct ri_err *e)
{
	const struct ri_server_kind kind = { .name = "the tar's reader",
		.confined = RI_CONFINED_TAR,
		.shares = true,
		.answers = requests,
		.n = sizeof requests / sizeof *requests };
	struct tar_server t = { 0 };
	int rc;

	prepare();
	if (ri_source_tar(RI_WIRE_INPUT, &t.src, e) < 0)
		return -1;
	ri_source_tar_beats(t.src, ri_server_beat, &t.s);
	rc = ri_server_run(&t.s, &kind, e);
	ri_source_freep(&t.src);
	ri_buf_free(&t.frame);
	return rc;
}
