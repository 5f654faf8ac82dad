// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The manifest that the initrd carries at /ramimg/manifest: what the loader needs to know about
 * the archive before it opens it. Lines of key=value; written by `ramimg build`, read by ramload.
 *
 * The first line is "format=1". The keys are the fields' names below, in that order; numbers are
 * decimal, flags "yes" or "no". A list occurs once for each of its elements (or not at all), a string that may
 * be NULL only if it is not.
 */
#include "base/strv.h"

#include <stdint.h>

/** How an archive is compressed. */
enum ri_compression { RI_GZIP, RI_ZSTD, RI_LZ4 };

#define RI_BUILD_ID_LEN 32 /* hex digits */
#define RI_SHA256_HEX 64
#define RI_LOADER_BYTES (64u << 20)
#define RI_FORM_COMPRESSED "compressed"
#define RI_ON_FAILURE_POWEROFF "poweroff"
#define RI_ON_FAILURE_REBOOT "reboot"
#define RI_ARCHIVE_IN_INITRD "initrd"

struct ri_manifest {
	/* Identity: archive and initrd of one build share it. */
	char build_id[RI_BUILD_ID_LEN + 1];

	char *archive;          /* path on the file system below, "/boot/ram.tar.gz" */
	char *archive_fs;       /* UUID of the file system that holds the archive */
	bool archive_on_root;   /* that file system is the root's own */
	char *compression;      /* "gzip", "zstd" or "lz4" */
	uint64_t archive_bytes; /* length of the file */
	char archive_sha256[RI_SHA256_HEX + 1];
	uint64_t tar_bytes;     /* length when decompressed */
	uint64_t entries;       /* tar entries */
	uint64_t inodes;        /* inodes the tree needs (hard links counted once) */
	uint64_t tmpfs_bytes;   /* RAM that the tree takes in a tmpfs: page-rounded data + inodes */
	char *tmpfs_size;       /* the mount option size=: "100%", "2G" */
	uint64_t reserve_bytes; /* RAM that must stay free beside it */
	uint64_t loader_bytes;  /* RAM that the loader uses meanwhile; RI_LOADER_BYTES if absent */
	bool loader_sha256;     /* the loader compares archive_sha256 too; no if absent */
	/* For whoever says how much memory a VM needs (plan/ram_need.h); 0, not known, if absent. */
	uint64_t kernel_bytes; /* memory that the kernel takes first, by its image's head */
	uint64_t initrd_bytes; /* length of the initrd, about */
	uint64_t initrd_unpacked_bytes; /* memory that its files take, about */
	/* Of that, what the loader may remove where RAM is short (format/shed.h); none if absent. */
	uint64_t shed_bytes;
	bool uefi;                 /* the guest is started by UEFI; no if absent */
	bool release;              /* release the disks once the root is in RAM */
	struct ri_strv release_fs; /* UUIDs of file systems whose disks are released */
	char *kernel;              /* version whose modules are in the archive */
	char *os;                  /* pretty name, for the console */
	char *grubenv;             /* GRUB's environment block, on archive_fs; NULL: no counting */
	/*
	 * Of the compressed form: the archive is a squashfs image followed by the build's identity, tar_bytes the
	 * content of its files, tmpfs_bytes what the image takes in a tmpfs and the kernel for mounting it, and
	 * tmpfs_size the limit of the tmpfs above it.
	 */
	char *form; /* RI_FORM_COMPRESSED; NULL: each file in a tmpfs */
	struct ri_strv
	    modules; /* files of /ramimg/modules that the kernel needs for it, the first first */

	/*
	 * There is no root on the disk (build --slim): what the boot script does where the one in RAM fails. NULL: the
	 * disk's root is booted.
	 */
	char *on_failure; /* RI_ON_FAILURE_POWEROFF, RI_ON_FAILURE_REBOOT */

	/*
	 * RI_ARCHIVE_IN_INITRD: the initrd brings the archive with it, and there is no disk (build --diskless). Then @archive
	 * is a path in the initramfs, archive_fs says nothing, and what is said of the initrd's length and memory does not
	 * count the archive; of the compressed form it is mounted where it is, and not counted in tmpfs_bytes either.
	 * NULL: it is on archive_fs.
	 */
	char *archive_in;

	/*
	 * Not in the file: ramimg.foreign is on the kernel line, the archive is another program's.
	 */
	bool foreign;
};

/**
 * Append the text; nothing on failure.
 * @return 0; -1 RI_E_GUEST where a string holds an LF or control byte or is otherwise not what
 *         ri_manifest_parse takes ("kernel is empty"); RI_E_NOMEM.
 */
int ri_manifest_render(const struct ri_manifest *m, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Parse it. Unknown keys are ignored (a newer ramimg may add some), a missing key (unless the field
 * below says what applies then), a repeated or malformed one is an error that names the key;
 * format=1 must be the first line, and the last line must end in an LF, so that a text that was cut
 * off never passes. @out is written on success only.
 * @return 0; -1 RI_E_CONFIG, RI_E_NOMEM.
 */
int ri_manifest_parse(struct ri_span in, struct ri_manifest *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * What the initramfs still takes, in bytes, when its modules and firmware are removed; 0 where the manifest
 * does not say.
 */
static inline uint64_t ri_manifest_initrd_kept(const struct ri_manifest *m)
{
	return m->initrd_unpacked_bytes > m->shed_bytes ? m->initrd_unpacked_bytes - m->shed_bytes
							: 0;
}
/** What the archive takes of the initramfs, in bytes: 0 where it is on a disk. */
static inline uint64_t ri_manifest_brought(const struct ri_manifest *m)
{
	return m->archive_in ? m->archive_bytes : 0;
}
void ri_manifest_free(struct ri_manifest *m);
