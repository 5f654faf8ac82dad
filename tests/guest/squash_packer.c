// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * squash_packer gzip|zstd|lz4 LEVEL BLOCK_SIZE IMAGE <TAR: a tar stream packed into an image by ramimg's own packer.
 * Says what was lost of it: files' ACLs, other attributes, times.
 */
#include "pack/pack.h"
#include "pack/source_tar.h"

#include <fcntl.h>

static int pack(char **argv, struct ri_pack_result *r, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	const struct ri_pack_opts o = { .form = RI_PACK_SQUASH,
		.compression = strcmp(argv[1], "zstd") == 0  ? RI_ZSTD
			       : strcmp(argv[1], "lz4") == 0 ? RI_LZ4
							     : RI_GZIP,
		.level = atoi(argv[2]),
		.block_size = (uint32_t)atoi(argv[3]) };
	RI_FD int fd = open(argv[4], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be created", argv[4]);
	return ri_source_tar(STDIN_FILENO, &src, e) < 0 ? -1 : ri_pack(src, &o, fd, r, e);
}

int main(int argc, char **argv)
{
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	struct ri_err e;

	if (argc != 5)
		return 2;
	if (pack(argv, &r, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	printf("%llu %llu %llu\n", (unsigned long long)r.lost_acls,
	    (unsigned long long)r.lost_xattrs, (unsigned long long)r.clamped_times);
	return 0;
}
