// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * layout_show FORMAT PATH DIR [NAME | bench]: what is on a disk, a device a line; or the bytes of the
 * device NAME. FORMAT is "raw", or what QEMU calls it, "+share" behind it where another QEMU has it open.
 * bench: how fast the disk is read, sequentially and by the block.
 */
#include "disk/layout.h"
#include "disk/nbd_image.h"
#include "disk/qemu_nbd.h"
#include "disk/scratch.h"
#include "host/clock.h"

#include <fcntl.h>
#include <libgen.h>
#include <inttypes.h>
#include <sys/stat.h>

#define CHUNK (1u << 20)

static int open_raw(const char *path, int *fd, struct ri_image **out, struct ri_err *e)
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st) < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be read", path);
	return ri_image_fd(*fd, (uint64_t)st.st_size, out, e);
}

static int open_export(char *format, const char *path, const char *dir, struct ri_qemu_nbd **x,
    struct ri_image **out, struct ri_err *e)
{
	char *plus = strchr(format, '+');
	RI_FREE char *copy = strdup(path);
	const struct ri_tool_file near = { copy ? dirname(copy) : NULL, RI_LANDLOCK_READ };
	struct ri_qemu_nbd_opts o = { .path = path,
		.tool = { .files = &near, .n = 1 },
		.format = format,
		.dir = dir };

	if (!copy)
		return ri_nomem(e);
	o.share = plus;
	if (plus)
		*plus = '\0';
	return ri_qemu_nbd_start(&o, x, e) < 0 ? -1
					       : ri_image_nbd(ri_qemu_nbd_steal_fd(*x), out, e);
}

static int dump(struct ri_image *i, struct ri_err *e)
{
	RI_FREE char *chunk = malloc(CHUNK);

	if (!chunk)
		return ri_nomem(e);
	for (uint64_t at = 0; at < i->size;) {
		size_t n = i->size - at < CHUNK ? (size_t)(i->size - at) : CHUNK;

		if (i->read(i, at, chunk, n, e) < 0)
			return -1;
		if (fwrite(chunk, 1, n, stdout) != n)
			return ri_fail(e, RI_E_IO, 0, "writing");
		at += n;
	}
	return 0;
}

static int bench(struct ri_image *i, struct ri_err *e)
{
	RI_FREE char *chunk = malloc(CHUNK);
	const uint64_t blocks = 50000;
	int64_t start = ri_clock_ms();

	if (!chunk)
		return ri_nomem(e);
	for (uint64_t at = 0; i->size - at >= CHUNK; at += CHUNK)
		if (i->read(i, at, chunk, CHUNK, e) < 0)
			return -1;
	printf("%.0f MB/s", (double)i->size / 1e3 / (double)(ri_clock_ms() - start));
	start = ri_clock_ms();
	for (uint64_t k = 0; k < blocks; k++)
		if (i->read(i, k * 4096 % (i->size - 4096), chunk, 4096, e) < 0)
			return -1;
	printf(", %.0f blocks/s in order", (double)blocks * 1e3 / (double)(ri_clock_ms() - start));
	start = ri_clock_ms();
	for (uint64_t k = 0; k < blocks; k++)
		if (i->read(i, k * 7919 % (i->size / 4096) * 4096, chunk, 4096, e) < 0)
			return -1;
	printf(", %.0f at random\n", (double)blocks * 1e3 / (double)(ri_clock_ms() - start));
	return 0;
}

static int show(struct ri_image *disk, const char *name, struct ri_err *e)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	const struct ri_blockdev *d;
	RI_FD int scratch = -1;

	if (name && strcmp(name, "bench") == 0)
		return bench(disk, e);
	scratch = ri_scratch_create(e);
	if (scratch < 0 || ri_disklayout_read(disk, scratch, &l, e) < 0)
		return -1;
	d = name ? ri_disklayout_find(&l, name) : NULL;
	if (d)
		return dump(d->image, e);
	for (size_t i = 0; !name && i < l.n; i++)
		printf("%s|%s|%s|%s|%s|%d|%s|%" PRIu64 "\n", l.v[i].name, l.v[i].type, l.v[i].uuid,
		    l.v[i].label, l.v[i].ptable ? l.v[i].ptable : "-", l.v[i].part,
		    l.v[i].lvm_hint ? l.v[i].lvm_hint : "-", l.v[i].image->size);
	return name ? ri_fail(e, RI_E_IO, 0, "there is no %s", name) : 0;
}

int main(int argc, char **argv)
{
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *x = NULL;
	RI_ON_EXIT(ri_image_freep) struct ri_image *disk = NULL;
	struct ri_err e = { 0 };
	RI_FD int fd = -1;

	if (argc < 4)
		return 2;
	if ((strcmp(argv[1], "raw") == 0
		    ? open_raw(argv[2], &fd, &disk, &e)
		    : open_export(argv[1], argv[2], argv[3], &x, &disk, &e)) < 0 ||
	    show(disk, argv[4], &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		return e.code == RI_E_UNSUPPORTED ? 3 : 1;
	}
	return 0;
}
