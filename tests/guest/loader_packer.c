// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * loader_packer KIND ARCHIVE MANIFEST <TAR: a tar stream packed by ramimg's own packer, with the
 * manifest that a build would write. For tests of packer and loader against each other.
 */
#include "pack/pack.h"
#include "pack/source_tar.h"

#include <fcntl.h>

static int pack(enum ri_compression kind, const char *path, struct ri_pack_result *r,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	struct ri_pack_opts o = { .compression = kind, .level = 2 };
	RI_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be created", path);
	return ri_source_tar(STDIN_FILENO, &src, e) < 0 ? -1 : ri_pack(src, &o, fd, r, e);
}

static int write_manifest(const char *path, const struct ri_manifest *m, struct ri_err *e)
{
	RI_BUF text = { 0 };
	RI_FILE FILE *f = fopen(path, "we");

	if (ri_manifest_render(m, &text, e) < 0)
		return -1;
	if (!f || fwrite(text.p, 1, text.n, f) != text.n)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be written", path);
	return 0;
}

int main(int argc, char **argv)
{
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	char archive[] = "/boot/ram.tar.gz", uuid[] = "U", size[] = "100%", text[] = "Test 1";
	struct ri_manifest m = { .archive = archive,
		.archive_fs = uuid,
		.archive_on_root = true,
		.tmpfs_size = size,
		.reserve_bytes = 1 << 20,
		.loader_bytes = RI_LOADER_BYTES,
		.kernel = text,
		.os = text };
	static const char
	    *const kinds[] = { [RI_GZIP] = "gzip", [RI_ZSTD] = "zstd", [RI_LZ4] = "lz4" };
	struct ri_err e;
	size_t kind;

	if (argc != 4)
		return 2;
	m.compression = argv[1];
	for (kind = 0;
	     kind < sizeof kinds / sizeof *kinds - 1 && strcmp(argv[1], kinds[kind]) != 0;)
		kind++;
	if (pack((enum ri_compression)kind, argv[2], &r, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	memcpy(m.build_id, r.build_id, sizeof m.build_id);
	m.archive_bytes = r.archive_bytes;
	memcpy(m.archive_sha256, r.archive_sha256, sizeof m.archive_sha256);
	m.tar_bytes = r.tar_bytes;
	m.entries = r.entries;
	m.inodes = r.inodes;
	m.tmpfs_bytes = r.tmpfs_bytes;
	if (write_manifest(argv[3], &m, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	return 0;
}
