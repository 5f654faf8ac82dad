// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/pack.h"
#include "base/cancel.h"
#include "base/log.h"
#include "pack/count.h"
#include "pack/sink_squash.h"
#include "pack/sink_tar.h"

#include <archive_entry.h>

#define PHASE "packing"
#define REPORT_EVERY ((uint64_t)256 * 1024)

const struct ri_pack_limits ri_pack_limits = { RI_PACK_ENTRIES_MAX, RI_PACK_LENGTH_MAX,
	RI_PACK_MEMORY_MAX, RI_PACK_PATH_MAX };

struct replaced {
	bool done;
	bool parent; /* its directory is packed, as old as this: */
	time_t sec;
	long nsec;
};

struct packing {
	struct ri_source *src;
	const struct ri_pack_opts *o;
	struct ri_sink *sink;
	struct ri_body body;
	struct replaced *replaced; /* of o->replace */
	struct ri_pack_counts counts;
	struct ri_pack_result r;
	uint64_t reported; /* to the progress line */
	const struct ri_pack_limits *limits;
	uint64_t came, length; /* of what is limited */
	struct ri_dir_sizes *sizes;
};

/* @ahead: bytes of the current file that came and are not in the archive yet. */
static void report(void *arg, uint64_t ahead)
{
	struct packing *p = arg;
	uint64_t done = p->sink->ops->taken(p->sink) + ahead;

	if (done < p->reported + REPORT_EVERY)
		return;
	p->reported = done;
	ri_progress_about(PHASE, done, p->o->expected_bytes);
}

static void packing_end(struct packing *p)
{
	ri_sink_freep(&p->sink);
	ri_body_free(&p->body);
	free(p->replaced);
	ri_dir_sizes_freep(&p->sizes);
	ri_pack_result_free(&p->r);
}

static int packing_begin(struct packing *p, int fd, struct ri_err *e)
{
	p->limits = p->o->limits ? p->o->limits : &ri_pack_limits;
	ri_body_init(&p->body, p->o->spool_dir, report, p);
	p->replaced = calloc(p->o->replace_n + 1, sizeof *p->replaced);
	p->sizes = ri_dir_sizes_new();
	if (!p->replaced || !p->sizes)
		return ri_nomem(e);
	return p->o->form == RI_PACK_SQUASH ? ri_sink_squash(p->o, fd, &p->sink, e)
					    : ri_sink_tar(p->o, fd, &p->sink, e);
}

/* "a/b" -> "/a/b", "." -> "/"; for free(). */
static char *absolute(const char *path)
{
	char *full;

	if (strcmp(path, ".") == 0)
		path = "";
	return asprintf(&full, "/%s", path) < 0 ? NULL : full;
}

static const char *left_out_by(const struct packing *p, const char *absolute_path)
{
	return p->o->rules ? ri_rules_match(p->o->rules, absolute_path) : NULL;
}

static const struct ri_pack_replace *replacement(struct packing *p, const char *absolute_path)
{
	for (size_t i = 0; i < p->o->replace_n; i++)
		if (strcmp(p->o->replace[i].path, absolute_path) == 0) {
			p->replaced[i].done = true;
			return &p->o->replace[i];
		}
	return NULL;
}

/* A link can only be to a file that is in the archive. */
static int check_link(const struct packing *p, struct archive_entry *from, struct ri_err *e)
{
	RI_FREE char *target = absolute(archive_entry_hardlink(from));
	const char *pattern;

	if (!target)
		return ri_nomem(e);
	pattern = left_out_by(p, target);
	if (!pattern)
		return 0;
	return ri_fail(e, RI_E_GUEST, 0,
	    "it is a hard link to %s, which the rule \"%s\" leaves out: leave both out, or none",
	    target, pattern);
}

static int take_in(struct packing *p, struct archive_entry *from,
    const struct ri_pack_replace *with, struct ri_err *e)
{
	la_int64_t size = archive_entry_size(from);

	if (with)
		return ri_body_set(&p->body, with->bytes, e);
	if (size < 0)
		return ri_fail(e, RI_E_IO, 0, "a negative length");
	return ri_body_read(&p->body, p->src, (uint64_t)size, e);
}

/* Before a file is read; a guest may claim any length. */
static int check_length(struct packing *p, struct archive_entry *from, struct ri_err *e)
{
	uint64_t size = (uint64_t)archive_entry_size(from);

	if (__builtin_add_overflow(p->length, size, &p->length) || p->length > p->limits->length)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "with /%s the files are longer than %llu bytes together, holes included, which is the most",
		    archive_entry_pathname(from), (unsigned long long)p->limits->length);
	return 0;
}

static uint64_t tmpfs_bytes(const struct packing *p)
{
	return p->counts.need.data_bytes + p->counts.need.kernel_bytes;
}

static int check_memory(const struct packing *p, const char *path, struct ri_err *e)
{
	if (tmpfs_bytes(p) > p->limits->memory)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "with %s the tree takes more than %llu bytes of RAM, which is the most", path,
		    (unsigned long long)p->limits->memory);
	return 0;
}

static int put_file(struct packing *p, struct archive_entry *from,
    const struct ri_pack_replace *with, struct ri_err *e)
{
	uint64_t bytes = 0;

	if (!with && check_length(p, from, e) < 0)
		return -1;
	if (take_in(p, from, with, e) < 0)
		return -1;
	for (size_t i = 0; i < p->body.ext_n; i++)
		bytes += p->body.ext[i].length;
	ri_tmpfs_need_data(&p->counts.need, bytes, p->body.size);
	p->r.sparse_files += ri_body_sparse(&p->body);
	return p->sink->ops->put(p->sink, from, &p->body, e);
}

static int put(struct packing *p, struct archive_entry *from, const struct ri_pack_replace *with,
    struct ri_err *e)
{
	bool file;

	/*
	 * A link to an earlier name becomes a file of its own: the earlier one keeps its content.
	 */
	if (with && archive_entry_hardlink(from)) {
		archive_entry_set_hardlink(from, NULL);
		archive_entry_set_filetype(from, AE_IFREG);
	}
	file = archive_entry_filetype(from) == AE_IFREG;
	if (with && !file)
		return ri_fail(e, RI_E_GUEST, 0,
		    "its content is to be replaced, but it is not a regular file");
	if (archive_entry_hardlink(from) && check_link(p, from, e) < 0)
		return -1;
	if (ri_pack_count(from, &p->counts, e) < 0)
		return -1;
	p->r.entries++;
	if (file && !archive_entry_hardlink(from))
		return put_file(p, from, with, e);
	return p->sink->ops->put(p->sink, from, NULL, e);
}

static int check_path(struct packing *p, const char *path, struct ri_err *e)
{
	size_t n = strlen(path);

	if (++p->came > p->limits->entries)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "the guest has more than %llu files, which is the most",
		    (unsigned long long)p->limits->entries);
	if (n > p->limits->path)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "a path of %zu bytes, where %zu is the most: %.80s…", n, p->limits->path, path);
	return 0;
}

/* What @path takes of the RAM, and in which directory. */
static int put_counted(struct packing *p, struct archive_entry *from, const char *path,
    struct ri_err *e)
{
	bool is_dir = archive_entry_filetype(from) == AE_IFDIR;
	uint64_t before = tmpfs_bytes(p);

	if (put(p, from, replacement(p, path), e) < 0)
		return -1;
	return ri_dir_sizes_add(p->sizes, path, is_dir, tmpfs_bytes(p) - before, e);
}

/* Where something is to be made in the directory @path. */
static void note_parent(struct packing *p, struct archive_entry *from, const char *path)
{
	size_t n = strlen(path);

	if (archive_entry_filetype(from) != AE_IFDIR)
		return;
	for (size_t i = 0; i < p->o->replace_n; i++) {
		const char *to = p->o->replace[i].path;

		if (strncmp(to, path, n) == 0 && to[n] == '/' && !strchr(to + n + 1, '/'))
			p->replaced[i] = (struct replaced){ .parent = true,
				.sec = archive_entry_mtime(from),
				.nsec = archive_entry_mtime_nsec(from) };
	}
}

static void entry_freep(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

/* What the guest has not. As old as its directory: the same tree gives the same bytes. */
static int make(struct packing *p, const char *path, const struct replaced *r, struct ri_err *e)
{
	RI_ON_EXIT(entry_freep) struct archive_entry *from = archive_entry_new();

	if (!from)
		return ri_nomem(e);
	archive_entry_copy_pathname(from, path + 1);
	archive_entry_set_filetype(from, AE_IFREG);
	archive_entry_set_perm(from, 0644);
	archive_entry_set_mtime(from, r->sec, r->nsec);
	return put_counted(p, from, path, e);
}

/* Whatever is to be replaced and did not come. */
static int make_missing(struct packing *p, struct ri_err *e)
{
	for (size_t i = 0; i < p->o->replace_n; i++) {
		const struct ri_pack_replace *w = &p->o->replace[i];

		if (p->replaced[i].done)
			continue;
		if (!w->make)
			return ri_fail(e, RI_E_GUEST, 0,
			    "%s did not come: its content cannot be replaced", w->path);
		if (p->replaced[i].parent && !left_out_by(p, w->path) &&
		    make(p, w->path, &p->replaced[i], e) < 0)
			return -1;
	}
	return 0;
}

static int one(struct packing *p, struct archive_entry *from, struct ri_err *e)
{
	RI_FREE char *path = absolute(archive_entry_pathname(from));
	const char *pattern;
	bool file;

	if (!path)
		return ri_nomem(e);
	if (check_path(p, path, e) < 0)
		return -1;
	if (p->o->dated_by && strcmp(path, p->o->dated_by) == 0)
		p->r.dated = archive_entry_mtime(from);
	pattern = left_out_by(p, path);
	file = archive_entry_filetype(from) == AE_IFREG && !archive_entry_hardlink(from);
	if (pattern)
		return ri_excluded_add(&p->r.left_out, pattern, 1,
		    file ? (uint64_t)archive_entry_size(from) : 0, e);
	if (archive_entry_filetype(from) == AE_IFSOCK) {
		p->r.sockets++;
		return 0;
	}
	if (put_counted(p, from, path, e) == 0 && check_memory(p, path, e) == 0) {
		note_parent(p, from, path);
		return 0;
	}
	/* The path is to blame for what is odd in the guest, not for a full disk. */
	return e->code == RI_E_GUEST ? ri_ctx(e, "%s", path) : -1;
}

static int all(struct packing *p, struct ri_err *e)
{
	struct archive_entry *from;

	for (;;) {
		if (ri_cancel_check(e) < 0 || p->src->ops->next(p->src, &from, e) < 0)
			return -1;
		if (!from)
			break;
		if (one(p, from, e) < 0)
			return -1;
		report(p, 0);
	}
	return make_missing(p, e);
}

static int finish(struct packing *p, struct ri_pack_result *out, struct ri_err *e)
{
	const struct ri_pack_counts *c = &p->counts;

	p->r.tree_bytes = p->r.tmpfs_bytes = tmpfs_bytes(p);
	if (p->sink->ops->finish(p->sink, &p->r, e) < 0 ||
	    ri_dir_sizes_largest(p->sizes, &p->r.largest, e) < 0)
		return -1;
	p->r.inodes = c->need.inodes;
	p->r.data_bytes = c->need.data_bytes;
	p->r.xattr_files = c->xattr_files;
	p->r.xattrs = c->xattrs;
	p->r.acl_files = c->acl_files;
	p->r.capability_files = c->capability_files;
	*out = p->r;
	p->r = (struct ri_pack_result){ 0 };
	return 0;
}

int ri_pack(struct ri_source *src, const struct ri_pack_opts *o, int fd, struct ri_pack_result *out,
    struct ri_err *e)
{
	RI_ON_EXIT(packing_end) struct packing p = { .src = src, .o = o, .body.spool = -1 };
	int rc = packing_begin(&p, fd, e);
	uint64_t done;

	if (rc == 0)
		rc = all(&p, e);
	if (rc == 0)
		rc = finish(&p, out, e);
	done = p.sink ? p.sink->ops->taken(p.sink) : 0;
	ri_progress_over(PHASE, done, o->expected_bytes, rc);
	return rc;
}

void ri_pack_result_free(struct ri_pack_result *r)
{
	ri_excluded_free(&r->left_out);
	ri_largest_free(&r->largest);
	ri_buf_free(&r->hashes);
	*r = (struct ri_pack_result){ 0 };
}
