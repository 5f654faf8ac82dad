// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/tree.h"
#include "loader/dirs.h"
#include "loader/frames.h"
#include "loader/tarin.h"
#include "loader/walk.h"
#include "loader/write.h"
#include "loader/writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>

struct ri_tree {
	struct ri_walk walk, links; /* the second finds what hard links point to */
	struct ri_dirs dirs;
	struct ri_meta meta; /* of the member at hand */
	struct ri_writer *writer;
	struct ri_loss loss;
};

/** Where a member goes. */
struct place {
	int dir;
	char name[256];
};

int ri_tree_open(const char *dir, struct ri_tree **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_tree_close) struct ri_tree *tree = calloc(1, sizeof *tree);

	if (!tree)
		return ri_nomem(e);
	tree->walk.root = tree->walk.deep = tree->links.root = tree->links.deep = -1;
	if (ri_walk_open(&tree->walk, dir, e) < 0 || ri_walk_open(&tree->links, dir, e) < 0 ||
	    ri_writer_open(ri_usable_cpus(), &tree->writer, e) < 0)
		return -1;
	umask(0);
	*out = ri_steal(tree);
	return 0;
}

/**
 * Make room for a member whose name is taken, as in an archive that was appended to: the last one
 * counts. Never a directory.
 */
static bool made_room(const struct place *p)
{
	return errno == EEXIST && unlinkat(p->dir, p->name, 0) == 0;
}

static int fill(int fd, struct ri_tarin *t, int64_t size, struct ri_err *e)
{
	int64_t at, end = 0;
	struct ri_span data;
	int rc = 0;

	while (size > 0 && (rc = ri_tarin_data(t, &data, &at, e)) > 0) {
		if (at < 0 || at > size || data.n > (uint64_t)(size - at))
			return ri_fail(e, RI_E_VERIFY, 0, "damaged: data beyond the member's end");
		if (ri_write_at(fd, data, at, e) < 0)
			return -1;
		end = at + (int64_t)data.n;
	}
	if (rc < 0)
		return -1;
	return ri_write_end(fd, end, size, e);
}

/** Take all of a file's data. What is too much for @f, or out of order, no honest archive has. */
static int gather(struct ri_writer_file *f, struct ri_tarin *t, struct ri_err *e)
{
	struct ri_span data;
	int64_t at;
	int rc = 0;

	f->content_n = 0;
	while (f->size > 0 && (rc = ri_tarin_data(t, &data, &at, e)) > 0) {
		if (at != (int64_t)f->content_n || data.n > (uint64_t)(f->size - at))
			return ri_fail(e, RI_E_VERIFY, 0, "damaged: data beyond the member's end");
		memcpy(f->content + at, data.p, data.n);
		f->content_n += data.n;
	}
	return rc;
}

/** Let the second thread write @fd, which is taken, if it can. @return 1; 0 it cannot; -1. */
static int hand_over(struct ri_tree *tree, int *fd, mode_t made, struct ri_tarin *t,
    struct archive_entry *entry, struct ri_err *e)
{
	struct ri_writer_file *f;
	struct ri_meta meta;

	if (archive_entry_size(entry) > RI_WRITER_CONTENT || archive_entry_sparse_count(entry) > 0)
		return 0;
	f = ri_writer_room(tree->writer, (size_t)archive_entry_size(entry));
	if (!f)
		return 0;
	f->size = archive_entry_size(entry);
	if (gather(f, t, e) < 0)
		return -1;
	meta = f->meta;
	f->meta = tree->meta;
	tree->meta = meta;
	f->made = made;
	f->fd = ri_steal_fd(fd);
	snprintf(f->name, sizeof f->name, "%.100s", archive_entry_pathname(entry));
	ri_writer_put(tree->writer);
	return 1;
}

static int put_file(struct ri_tree *tree, const struct place *p, struct ri_tarin *t,
    struct archive_entry *entry, struct ri_err *e)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	mode_t mode = tree->meta.mode & 0777;
	RI_FD int fd = openat(p->dir, p->name, how, mode);
	int rc;

	if (fd < 0 && made_room(p))
		fd = openat(p->dir, p->name, how, mode);
	if (fd < 0)
		return ri_write_failed(e, "creating");
	rc = hand_over(tree, &fd, mode, t, entry, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (fill(fd, t, archive_entry_size(entry), e) < 0)
		return -1;
	return ri_meta_apply_fd(&tree->meta, fd, mode, &tree->loss, e);
}

static int put_dir(struct ri_tree *tree, const struct place *p, struct archive_entry *entry,
    struct ri_err *e)
{
	if (strcmp(p->name, ".") != 0 && mkdirat(p->dir, p->name, 0700) < 0 && errno != EEXIST)
		return ri_write_failed(e, "making the directory");
	return ri_dirs_add(&tree->dirs, archive_entry_pathname(entry), &tree->meta, e);
}

static int put_symlink(struct ri_tree *tree, const struct place *p, struct archive_entry *entry,
    struct ri_err *e)
{
	const char *to = archive_entry_symlink(entry);

	if (!to)
		return ri_fail(e, RI_E_VERIFY, 0, "damaged: a symbolic link to nowhere");
	if (symlinkat(to, p->dir, p->name) < 0 &&
	    !(made_room(p) && symlinkat(to, p->dir, p->name) == 0))
		return ri_write_failed(e, "making the symbolic link");
	return ri_meta_apply_at(&tree->meta, p->dir, p->name, true, &tree->loss, e);
}

static int put_node(struct ri_tree *tree, const struct place *p, struct archive_entry *entry,
    struct ri_err *e)
{
	mode_t mode = archive_entry_filetype(entry) | (tree->meta.mode & 0777);
	dev_t dev = S_ISFIFO(mode) ? 0 : archive_entry_rdev(entry);

	if (mknodat(p->dir, p->name, mode, dev) < 0 &&
	    !(made_room(p) && mknodat(p->dir, p->name, mode, dev) == 0))
		return ri_write_failed(e, "making the device");
	return ri_meta_apply_at(&tree->meta, p->dir, p->name, false, &tree->loss, e);
}

static int put_link(struct ri_tree *tree, const struct place *p, const char *to, struct ri_err *e)
{
	struct place target;

	if (ri_walk_to(&tree->links, to, &target.dir, target.name, e) < 0)
		return -1;
	if (linkat(target.dir, target.name, p->dir, p->name, 0) == 0 ||
	    (made_room(p) && linkat(target.dir, target.name, p->dir, p->name, 0) == 0))
		return 0;
	return ri_write_failed(e, "making the hard link");
}

static int put(struct ri_tree *tree, struct ri_tarin *t, struct archive_entry *entry,
    struct ri_err *e)
{
	const char *link = archive_entry_hardlink(entry);
	struct place p;

	if (ri_walk_to(&tree->walk, archive_entry_pathname(entry), &p.dir, p.name, e) < 0)
		return -1;
	if (link)
		return put_link(tree, &p, link, e);
	if (ri_meta_read(&tree->meta, entry, e) < 0)
		return -1;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return put_file(tree, &p, t, entry, e);
	case AE_IFDIR:
		return put_dir(tree, &p, entry, e);
	case AE_IFLNK:
		return put_symlink(tree, &p, entry, e);
	case AE_IFCHR:
	case AE_IFBLK:
	case AE_IFIFO:
		return put_node(tree, &p, entry, e);
	default:
		return ri_fail(e, RI_E_VERIFY, 0, "damaged: a member of the unknown type 0%o",
		    (unsigned)archive_entry_filetype(entry));
	}
}

static int unpack(struct ri_tree *tree, struct ri_tarin *t, struct ri_err *e)
{
	struct archive_entry *entry;
	int rc = 0;

	while (!ri_writer_failed(tree->writer) && (rc = ri_tarin_next(t, &entry, e)) > 0)
		if (put(tree, t, entry, e) < 0)
			return ri_tarin_failed(t)
				   ? -1
				   : ri_ctx(e, "%.100s", archive_entry_pathname(entry));
	return rc < 0 ? -1 : 0;
}

int ri_tree_unpack(struct ri_tree *tree, struct ri_tarin *t, struct ri_err *e)
{
	struct ri_err earlier;
	int rc = unpack(tree, t, e);

	/* What the second thread has is of members before the one that failed here. */
	if (ri_writer_finish(tree->writer, &tree->loss, &earlier) < 0) {
		*e = earlier;
		return -1;
	}
	return rc;
}

int ri_tree_finish(struct ri_tree *tree, struct ri_err *e)
{
	return ri_dirs_finish(&tree->dirs, &tree->walk, &tree->loss, e);
}

struct ri_loss ri_tree_loss(const struct ri_tree *tree)
{
	return tree->loss;
}

void ri_tree_close(struct ri_tree **tp)
{
	struct ri_tree *tree = *tp;

	if (!tree)
		return;
	ri_writer_close(&tree->writer);
	ri_walk_close(&tree->walk);
	ri_walk_close(&tree->links);
	ri_dirs_free(&tree->dirs);
	ri_meta_free(&tree->meta);
	free(tree);
	*tp = NULL;
}

int ri_tree_discard(struct ri_tarin *t, struct ri_err *e)
{
	struct archive_entry *entry;
	struct ri_span data;
	int64_t at;
	int rc;

	while ((rc = ri_tarin_next(t, &entry, e)) > 0) {
		while ((rc = ri_tarin_data(t, &data, &at, e)) > 0)
			;
		if (rc < 0)
			return -1;
	}
	return rc;
}
