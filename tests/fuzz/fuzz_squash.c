// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A squashfs image of entries that the input stands for. The first byte says how it is compressed, the second how much room it
 * has; then come entries: a byte for the type and the place, one for the name, and what the type takes. Images of one and of two threads
 * are the same bytes, and libsquashfs finds in them what was put in.
 */
#include "fuzz.h"
#include "squash/codec.h"
#include "squash/squash.h"

#include <sqfs/compressor.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/id_table.h>
#include <sqfs/io.h>
#include <sqfs/super.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRIES_MAX = 48, DIRS_MAX = 8, PATH_BYTES = 300 };

static const unsigned types[] = { S_IFDIR, S_IFREG, S_IFREG, S_IFLNK, S_IFIFO, S_IFCHR, S_IFSOCK,
	0 /* a further name */ };

/* What was added so far. */
struct made {
	struct ri_span rest;
	char dirs[DIRS_MAX][PATH_BYTES], file[PATH_BYTES];
	unsigned dirs_n, names, inodes;
};

static unsigned byte(struct ri_span *s)
{
	unsigned char c = s->n > 0 ? (unsigned char)s->p[0] : 0;

	*s = ri_span_skip(*s, s->n > 0 ? 1 : 0);
	return c;
}

/* The entry's name: a letter in one of the directories; or, with the highest bit, bytes as they are, which few directories have. */
static void name_it(struct made *m, unsigned kind, char *path)
{
	unsigned name = byte(&m->rest);
	const char *dir = m->dirs[(kind >> 3) % m->dirs_n];

	if (!(kind & 0x80)) {
		snprintf(path, PATH_BYTES, "%.200s%s%c", strcmp(dir, ".") == 0 ? "" : dir,
		    strcmp(dir, ".") == 0 ? "" : "/", 'a' + name % 26);
		return;
	}
	name = name < m->rest.n ? name : (unsigned)m->rest.n;
	snprintf(path, PATH_BYTES, "%.*s", (int)name, name > 0 ? m->rest.p : "");
	m->rest = ri_span_skip(m->rest, name);
}

static int add_data(struct made *m, struct ri_squash *s, uint64_t n, struct ri_err *e)
{
	char piece[5000];
	unsigned fill = byte(&m->rest);

	/* Holes, text that shrinks, and some that does not. */
	for (size_t i = 0; i < sizeof piece; i++)
		piece[i] = (char)(fill < 64 ? 0 : fill < 160 ? fill : (i * i * fill) >> 3);
	while (n > 0) {
		size_t some = n < sizeof piece ? (size_t)n : sizeof piece;

		if (ri_squash_data(s, piece, some, e) < 0)
			return -1;
		n -= some;
	}
	return 0;
}

static int add_xattr(struct made *m, struct ri_xattrs *x, struct ri_err *e)
{
	static const char *const names[] = { "user.a", "security.capability", "trusted.x",
		"system.posix_acl_access" };
	unsigned which = byte(&m->rest), n = byte(&m->rest);

	n = n < m->rest.n ? n : (unsigned)m->rest.n;
	if (ri_xattrs_add(x, ri_str(names[which % 4]), ri_span(m->rest.p, n), e) < 0)
		return -1;
	m->rest = ri_span_skip(m->rest, n);
	return 0;
}

/* @return 0; -1, after which nothing can be added. */
static int add(struct made *m, struct ri_squash *s, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };
	unsigned kind = byte(&m->rest), type = m->names == 0 ? S_IFDIR : types[kind & 7];
	unsigned much = byte(&m->rest), who = byte(&m->rest);
	char path[PATH_BYTES] = ".";
	const struct ri_squash_entry in = { .path = path,
		.link = type == 0 ? m->file : NULL,
		.mode = type | (who << 4 & 07777),
		.uid = (int64_t)who << (much & 31),
		.gid = who & 3,
		.mtime = (int64_t)(who - 100) << (much & 31),
		.rdev_major = who,
		.rdev_minor = much,
		.target = m->dirs[0],
		.size = type == S_IFREG ? (uint64_t)much * much * 3 : 0,
		.xattrs = &x };

	if (m->names > 0)
		name_it(m, kind, path);
	if ((who & 0xc0) == 0xc0 && add_xattr(m, &x, e) < 0)
		return -1;
	if (ri_squash_add(s, &in, e) < 0)
		return -1;
	m->names++;
	m->inodes += type != 0;
	if (type == S_IFDIR && m->dirs_n < DIRS_MAX)
		snprintf(m->dirs[m->dirs_n++], PATH_BYTES, "%s", path);
	if (type == S_IFREG)
		snprintf(m->file, PATH_BYTES, "%s", path);
	return type == S_IFREG ? add_data(m, s, in.size, e) : 0;
}

/* Of @in, on so many threads, into @fd. @return whether it came about; else @e says why not. */
static bool make(struct ri_span in, unsigned threads, int fd, struct made *m,
    struct ri_squash_opts *o, struct ri_squash_result *r, struct ri_err *e)
{
	static const enum ri_compression kinds[] = { RI_GZIP, RI_ZSTD, RI_LZ4 };
	RI_ON_EXIT(ri_squash_freep) struct ri_squash *s = NULL;
	unsigned how = byte(&in), room = byte(&in);

	*m = (struct made){ .rest = in, .dirs = { "." }, .dirs_n = 1 };
	*o = (struct ri_squash_opts){ .compression = kinds[how % 3],
		.level = 1,
		.block_size = RI_SQUASH_BLOCK_MIN << (how >> 2 & 3),
		.threads = threads,
		.room_is = room > 0 ? "this room is" : NULL,
		.room = (uint64_t)room * 512 };
	if (ri_squash_new(fd, o, &s, e) < 0)
		return false;
	do {
		if (add(m, s, e) < 0)
			return false;
	} while (m->rest.n > 0 && m->names < ENTRIES_MAX);
	return ri_squash_finish(s, r, e) == 0;
}

static unsigned count(const sqfs_tree_node_t *n)
{
	unsigned all = 0;

	for (; n; n = n->next)
		all += 1 + count(n->children);
	return all;
}

/* By another reader than ours: as many names and inodes as were put in. */
static void check_image(int fd, const struct made *m, const struct ri_squash_opts *o)
{
	char path[64];
	sqfs_super_t super;
	sqfs_compressor_t *back = NULL;
	sqfs_tree_node_t *root = NULL;
	sqfs_id_table_t *ids = sqfs_id_table_create(0);
	sqfs_dir_reader_t *dirs;
	sqfs_file_t *file;
	struct ri_err e = { 0 };

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	file = sqfs_open_file(path, SQFS_FILE_OPEN_READ_ONLY);
	FUZZ_CHECK(file && ids);
	FUZZ_CHECK(sqfs_super_read(&super, file) == 0);
	FUZZ_CHECK(super.inode_count == m->inodes);
	FUZZ_CHECK(ri_codec_new(o, true, &back, &e) == 0);
	FUZZ_CHECK(sqfs_id_table_read(ids, file, &super, back) == 0);
	dirs = sqfs_dir_reader_create(&super, back, file, 0);
	FUZZ_CHECK(dirs);
	FUZZ_CHECK(sqfs_dir_reader_get_full_hierarchy(dirs, ids, NULL, 0, &root) == 0);
	FUZZ_CHECK(count(root) == m->names);
	sqfs_dir_tree_destroy(root);
	sqfs_destroy(dirs);
	sqfs_destroy(back);
	sqfs_destroy(ids);
	sqfs_destroy(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span in = fuzz_input(data, size);
	struct ri_squash_result r[2] = { { 0 } };
	struct ri_squash_opts o;
	struct made m[2];
	char *image[2];
	bool ok[2];
	int fd[2];

	for (unsigned i = 0; i < 2; i++) {
		struct ri_err e = { 0 };

		fd[i] = memfd_create("image", MFD_CLOEXEC);
		FUZZ_CHECK(fd[i] >= 0);
		ok[i] = make(in, i + 1, fd[i], &m[i], &o, &r[i], &e);
		FUZZ_CHECK(fuzz_ok(ok[i] ? 0 : -1, &e) == ok[i]);
	}
	/* Which of several failures is the first is the threads' own matter, whether there is one is not. */
	FUZZ_CHECK(ok[0] == ok[1]);
	if (ok[0]) {
		FUZZ_CHECK(r[0].bytes == r[1].bytes && r[0].bytes % RI_SQUASH_ALIGN == 0);
		FUZZ_CHECK(o.room == 0 || r[0].bytes <= o.room);
		for (unsigned i = 0; i < 2; i++) {
			image[i] = mmap(NULL, r[i].bytes, PROT_READ, MAP_SHARED, fd[i], 0);
			FUZZ_CHECK(image[i] != MAP_FAILED);
		}
		FUZZ_CHECK(memcmp(image[0], image[1], r[0].bytes) == 0);
		check_image(fd[0], &m[0], &o);
		munmap(image[0], r[0].bytes);
		munmap(image[1], r[1].bytes);
	}
	close(fd[0]);
	close(fd[1]);
	return 0;
}
