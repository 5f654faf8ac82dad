// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bench_tree IMAGE: read all of the root of a raw image directly, to nowhere.
 * bench_tree IMAGE gzip|zstd|squashfs ARCHIVE: pack it. Neither needs a guest: the root is the first ext file
 * system. Says how many bytes of files came, or how many the tar stream has, and the seconds that it
 * took from the root's mount on, without what it takes to start.
 */
#include "pack/pack.h"
#include "reader/client_tree.h"
#include "reader/reader.h"
#include "reader/server.h"
#include "volume/volume.h"

#include <archive_entry.h>
#include <fcntl.h>
#include <time.h>

static int mount_root(struct ri_guest *g, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist l = { 0 };

	if (g->ops->filesystems(g, &l, e) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++)
		if (strncmp(l.v[i].type, "ext", 3) == 0)
			return g->ops->mount(g, l.v[i].device, "/", true, e);
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "no ext file system");
}

static int read_all(struct ri_source *src, uint64_t *bytes, struct ri_err *e)
{
	struct archive_entry *entry;
	struct ri_source_block b;

	for (*bytes = 0;;) {
		int rc;

		if (src->ops->next(src, &entry, e) < 0)
			return -1;
		if (!entry)
			return 0;
		if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
			continue;
		while ((rc = src->ops->data(src, &b, e)) > 0)
			*bytes += b.n;
		if (rc < 0)
			return -1;
	}
}

static int pack(struct ri_source *src, const char *kind, const char *path, uint64_t *bytes,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	struct ri_pack_opts o = { 0 };
	RI_FD int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	o.form = strcmp(kind, "squashfs") == 0 ? RI_PACK_SQUASH : RI_PACK_TAR;
	o.compression = strcmp(kind, "gzip") == 0 ? RI_GZIP : RI_ZSTD;
	o.level = o.compression == RI_ZSTD ? 3 : 2; /* the defaults */
	if (fd < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be created", path);
	if (ri_pack(src, &o, fd, &r, e) < 0)
		return -1;
	*bytes = r.tar_bytes;
	return 0;
}

static int run(int argc, char **argv, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct timespec from, to;
	uint64_t bytes = 0;

	if (ri_volume_open(argv[1], "raw", RI_VOLUME_READ, &v, e) < 0 ||
	    ri_reader_open(&v, &g, e) < 0 || mount_root(g, e) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (ri_reader_source(g, NULL, &src, e) < 0 ||
	    (argc == 2 ? read_all(src, &bytes, e) : pack(src, argv[2], argv[3], &bytes, e)) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%llu %.6f\n", (unsigned long long)bytes,
	    (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9);
	return 0;
}

int main(int argc, char **argv)
{
	struct ri_err e = { 0 };

	if (argc != 2 && argc != 4)
		return 2;
	/* The reader is this program once more. */
	if (strcmp(argv[1], "read-direct") == 0 ? ri_reader_serve(&e) == 0
						: run(argc, argv, &e) == 0)
		return 0;
	fprintf(stderr, "%s\n", e.msg);
	return 1;
}
