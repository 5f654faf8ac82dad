// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * extfs_list IMAGE OFFSET SIZE [--time]: everything that the ext reader sees of a file system in an
 * image, in lines for extfs.py to compare with what the kernel shows; with --time only how long it took.
 *
 *   space SIZE FREE
 *   file PATH INO MODE UID GID LINKS SIZE SECONDS NANOSECONDS MAJOR MINOR     names and bytes in hex
 *   link TARGET          of the file above
 *   xattr NAME VALUE     likewise
 *   data FROM TO         likewise, each as long as it can be
 *   sha256 HEX           of all that data
 */
#include "fs/ext.h"
#include "fs/ext_data.h"
#include "fs/ext_dir.h"
#include "fs/ext_inode.h"
#include "fs/ext_xattr.h"
#include "host/sha256.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>

struct run {
	struct ri_extfs *fs;
	bool quiet, data;
	uint64_t files, bytes;
	uint64_t from, to; /* of the piece of data that is not told yet */
	struct ri_sha256 digest;
};

static void hex(struct ri_span s)
{
	putchar('.'); /* so that nothing is something */
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", (unsigned char)s.p[i]);
}

static void tell_piece(struct run *r)
{
	if (r->to > r->from && !r->quiet)
		printf("data %" PRIu64 " %" PRIu64 "\n", r->from, r->to);
}

static int on_data(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	struct run *r = arg;

	if (bytes.n == 0 || bytes.n > 1 << 20 || at < r->to)
		return ri_fail(e, RI_E_VERIFY, 0, "a piece of %zu bytes at %" PRIu64, bytes.n, at);
	r->bytes += bytes.n;
	if (at != r->to) {
		tell_piece(r);
		r->from = at;
	}
	r->to = at + bytes.n;
	if (!r->quiet)
		ri_sha256_add(&r->digest, bytes.p, bytes.n);
	return 0;
}

static int tell_data(struct run *r, const struct ri_fs_inode *i, struct ri_err *e)
{
	char text[RI_SHA256_HEX + 1];

	r->from = r->to = 0;
	ri_sha256_init(&r->digest);
	if (ri_extfs_data(r->fs, i, on_data, r, e) < 0)
		return -1;
	tell_piece(r);
	ri_sha256_hex(&r->digest, text);
	if (!r->quiet)
		printf("sha256 %s\n", text);
	return 0;
}

static int tell_xattrs(struct run *r, const struct ri_fs_inode *i, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };

	if (ri_extfs_xattrs(r->fs, i, &x, e) < 0)
		return -1;
	for (size_t k = 0; k < x.n && !r->quiet; k++) {
		printf("xattr ");
		hex(ri_str(x.v[k].name));
		putchar(' ');
		hex(ri_buf_span(&x.v[k].value));
		putchar('\n');
	}
	return 0;
}

static int tell(struct run *r, const char *path, const struct ri_fs_inode *i, struct ri_err *e)
{
	RI_BUF to = { 0 };

	r->files++;
	if (!r->quiet) {
		printf("file ");
		hex(ri_str(path));
		printf(" %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64
		       " %" PRId64 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
		    i->ino, i->mode, i->uid, i->gid, i->links, i->size, i->mtime, i->mtime_nsec,
		    i->dev_major, i->dev_minor);
	}
	if (S_ISLNK(i->mode)) {
		if (ri_extfs_link(r->fs, i, &to, e) < 0)
			return -1;
		if (!r->quiet) {
			printf("link ");
			hex(ri_buf_span(&to));
			putchar('\n');
		}
	}
	if (tell_xattrs(r, i, e) < 0)
		return -1;
	return S_ISREG(i->mode) && r->data ? tell_data(r, i, e) : 0;
}

static int walk(struct run *r, const char *path, uint32_t ino, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	struct ri_fs_inode i;

	if (ri_extfs_inode(r->fs, ino, &i, e) < 0 || tell(r, path, &i, e) < 0)
		return -1;
	if (!S_ISDIR(i.mode))
		return 0;
	if (ri_extfs_names(r->fs, ino, &names, e) < 0)
		return -1;
	for (size_t k = 0; k < names.n; k++) {
		RI_BUF below = { 0 };

		ri_buf_addf(&below, "%s/%s", path, names.v[k].name);
		if (ri_buf_check(&below, e) < 0 || walk(r, below.p, names.v[k].ino, e) < 0)
			return -1;
	}
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int timed(struct run *r, struct ri_err *e)
{
	double start = now(), walked;

	if (walk(r, "", RI_FS_ROOT, e) < 0)
		return -1;
	walked = now();
	printf("%" PRIu64 " files walked in %.3f s\n", r->files, walked - start);
	r->data = true;
	if (walk(r, "", RI_FS_ROOT, e) < 0)
		return -1;
	printf("%" PRIu64 " MiB read and walked in %.3f s\n", r->bytes >> 20, now() - walked);
	return 0;
}

static int list(struct run *r, struct ri_err *e)
{
	uint64_t size, avail;

	ri_extfs_space(r->fs, &size, &avail);
	printf("space %" PRIu64 " %" PRIu64 "\n", size, avail);
	r->data = true;
	return walk(r, "", RI_FS_ROOT, e);
}

static int run(char **argv, bool time, struct ri_err *e)
{
	RI_ON_EXIT(ri_image_freep) struct ri_image *disk = NULL;
	RI_ON_EXIT(ri_image_freep) struct ri_image *part = NULL;
	RI_ON_EXIT(ri_extfs_closep) struct ri_extfs *fs = NULL;
	struct ri_extent where = { strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10) };
	RI_FD int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	struct run r = { .quiet = time };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be opened", argv[1]);
	if (ri_image_fd(fd, (uint64_t)st.st_size, &disk, e) < 0 ||
	    ri_image_pieces(disk, &where, 1, &part, e) < 0 || ri_extfs_open(part, &fs, e) < 0)
		return -1;
	r.fs = fs;
	return time ? timed(&r, e) : list(&r, e);
}

int main(int argc, char **argv)
{
	bool time = argc == 5 && strcmp(argv[4], "--time") == 0;
	struct ri_err e;

	if (argc != 4 && !time)
		return 2;
	if (run(argv, time, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	return 0;
}
