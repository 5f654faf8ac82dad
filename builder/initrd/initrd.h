// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The guest's initrd: whether ramimg can extend it, the extended copy, and reading back what was
 * added. Format: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel, see
 * docs/format.md.
 */
#include "base/buf.h"
#include "os/initramfs.h"

#include <stdbool.h>
#include <stdint.h>

/* An initrd that fits into memory next to what it unpacks to is far smaller. */
#define RI_INITRD_BYTES_MAX ((uint64_t)1 << 30)

enum ri_initrd_comp {
	RI_INITRD_NONE, /* the main archive is not compressed */
	RI_INITRD_GZIP,
	RI_INITRD_XZ,
	RI_INITRD_ZSTD,
	RI_INITRD_LZ4, /* the legacy frame, the only one that the kernel reads */
	RI_INITRD_BZIP2,
	RI_INITRD_LZMA,
	RI_INITRD_LZOP,
	RI_INITRD_COMP_LAST = RI_INITRD_LZOP,
};

struct ri_initrd_info {
	uint64_t bytes;
	enum ri_initrd_comp comp; /* of the main archive, the one that holds /init */
	bool early; /* an uncompressed archive (CPU microcode) precedes the main one */
	bool ours;  /* ramimg/, or a script of ramimg's, is in it already */
	const struct ri_initramfs *made_by;   /* one that ramimg extends; never to be freed */
	const struct ri_initramfs_hook *hook; /* where ramimg's scripts go: one of its list */
	uint64_t entries;                     /* of all archives in it */
	uint64_t shed_bytes; /* of these, what is below the directories of format/shed.h */
	uint64_t
	    unpacked_bytes; /* of their files: memory that they take when the kernel unpacks them */
};

/** A file to add. */
struct ri_initrd_member {
	const char *path; /* relative, RI_MEMBER_* of plan/guest_paths.h */
	unsigned mode;    /* permissions, 0755 */
	struct ri_span bytes;
};
