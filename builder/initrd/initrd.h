#pragma once
/*
 * The guest's initrd: is it one that ramimg can extend, the extended copy, and reading back what was
 * added. Format: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel, see
 * docs/format.md.
 */
#include "base/buf.h"

#include <stdint.h>

enum ri_initrd_comp {
	RI_INITRD_NONE, /* the main archive is not compressed */
	RI_INITRD_GZIP,
	RI_INITRD_XZ,
	RI_INITRD_ZSTD,
	RI_INITRD_LZ4, /* the legacy frame, the only one that the kernel reads */
	RI_INITRD_BZIP2,
	RI_INITRD_LZMA,
	RI_INITRD_LZOP,
};

/** "gzip", "xz" …, "none". */
const char *ri_initrd_comp_name(enum ri_initrd_comp c);

struct ri_initrd_info {
	uint64_t bytes;
	enum ri_initrd_comp comp; /* of the main archive, the one that holds /init */
	bool early;       /* an uncompressed archive (CPU microcode) stands before the main one */
	bool ours;        /* scripts/ramimg or ramimg/ is in it already */
	uint64_t entries; /* of all archives in it */
	uint64_t unpacked_bytes; /* of their files: memory that the kernel fills with it */
};

/**
 * Whether the file at @path is a whole initramfs made by initramfs-tools. All of it is decompressed
 * and walked, with limits on sizes and entries, since the file comes out of a guest.
 * @return 0; -1 RI_E_GUEST (absent, empty, damaged, cut short), RI_E_UNSUPPORTED (made by dracut or
 * another generator, named where known), RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_initrd_check(const char *path, struct ri_initrd_info *out, struct ri_err *e) RI_MUST_CHECK;

/** A file to add. */
struct ri_initrd_member {
	const char *path; /* relative, RI_MEMBER_* of plan/guest_paths.h */
	unsigned mode;    /* permissions, 0755 */
	struct ri_span bytes;
};

/**
 * Write @out (created or replaced, mode 0600): the bytes of @base, zeros, and one newc archive with
 * the @n @members. A parent directory gets an entry only where @base has nothing of that name: an
 * entry for one that exists would replace it, and in Debian's initrds /sbin is a symlink. Same
 * input, same bytes. The caller removes @out after a failure and syncs it after success.
 * @return 0; -1 RI_E_GUEST (@base is damaged, or has something else than a directory where a member
 * needs one, or a member already), RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_initrd_append(const char *base, const char *out, const struct ri_initrd_member *members,
    size_t n, struct ri_err *e) RI_MUST_CHECK;

/**
 * Append the bytes of the file @member ("ramimg/manifest") of the archive that ri_initrd_append put
 * at the end of @path to @out.
 * @return 0; -1 RI_E_VERIFY (no such archive or member, damaged), RI_E_IO, RI_E_NOMEM.
 */
int ri_initrd_read_member(const char *path, const char *member, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
