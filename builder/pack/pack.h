// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Making the archive: source → rules → tar → compressed pieces → file, streamed; or, of the compressed form, a
 * squashfs image in place of the tar. The formats are described in docs/format.md.
 */
#include "format/manifest.h"
#include "pack/source.h"
#include "plan/excluded.h"
#include "plan/largest.h"
#include "plan/rules.h"

/*
 * What a tree may be, whoever reads it. Ten million files take twelve GiB of RAM for their inodes alone. A
 * hole costs time only, a fifth of a second for ext4's largest file, of which a PiB is 64. And Proxmox VE
 * gives no VM more RAM than 4,178,944 MiB.
 */
#define RI_PACK_ENTRIES_MAX 10000000u
#define RI_PACK_LENGTH_MAX ((uint64_t)1 << 50)
#define RI_PACK_MEMORY_MAX ((uint64_t)4 << 40)
/** Bytes of a path: sixteen times what Linux takes in one call. */
#define RI_PACK_PATH_MAX 65535u

struct ri_pack_limits {
	uint64_t entries; /* that come, left out or not */
	uint64_t length;  /* of all files in the archive together, holes included */
	uint64_t memory;  /* ri_pack_result.tree_bytes */
	size_t path;      /* of each entry */
};
/** The limits above. */
extern const struct ri_pack_limits ri_pack_limits;

/** A regular file whose content is replaced in the archive; all other metadata stays. */
struct ri_pack_replace {
	const char *path; /* absolute, "/etc/fstab"; must come, as a regular file */
	struct ri_span bytes;
	/*
	 * It need not come: where its directory is packed, and no rule leaves it out, it is made, root's, with
	 * the mode 0644 and the directory's time.
	 */
	bool make;
};

/** What the archive is. */
enum ri_pack_form {
	RI_PACK_TAR,
	RI_PACK_SQUASH, /* its descriptor must be open for reading too */
};

struct ri_pack_opts {
	enum ri_pack_form form;
	enum ri_compression compression;
	/* tar: gzip ISA-L's 0..3, zstd 1..19, lz4 1..12; image: gzip 1..9, zstd 1..22, lz4 0 or 1 (squash/squash.h) */
	int level;
	uint32_t block_size; /* of an image: a power of two from 4 KiB to 1 MiB; 0: 128 KiB */
	unsigned threads;    /* that compress; 0: one per CPU, at most RI_COMP_THREADS_AUTO */
	const struct ri_rules *rules; /* what is left out; NULL: nothing */
	const struct ri_pack_replace *replace;
	size_t replace_n;
	/* What beside the archive's content makes the build id: a text with whatever else the initrd holds. */
	struct ri_span configuration;
	const char *dated_by;    /* an absolute path whose time is asked for (dated); NULL: none */
	uint64_t expected_bytes; /* about the tar's length, for the progress line; 0: not known */
	/* The most bytes that the archive may have, as ri_compress_limit has it, of either form; NULL: any number. */
	const char *room_is;
	uint64_t room;
	const struct ri_pack_limits *limits; /* NULL: ri_pack_limits */
	/* Where files too large for memory wait (unlinked, sparse) until their holes are known;
	 * NULL: $TMPDIR, else /var/tmp. */
	const char *spool_dir;
};

struct ri_pack_result {
	char build_id[RI_BUILD_ID_LEN + 1];     /* of the archive's bytes and the configuration */
	uint64_t archive_bytes;                 /* length of the archive file */
	char archive_sha256[RI_SHA256_HEX + 1]; /* of the archive file */
	uint64_t
	    tar_bytes; /* length when decompressed; image: of all files together, without holes */
	uint64_t entries; /* the identity not counted */
	uint64_t inodes;  /* entries that are not a hard link to an earlier one */
	uint64_t
	    data_bytes; /* what a tmpfs counts against size=: pages of files and long symlinks */
	uint64_t tree_bytes;  /* memory that the tree takes in a tmpfs, pack/tmpfs_need.h */
	uint64_t tmpfs_bytes; /* the same; image: what the archive takes as a file in a tmpfs */
	uint64_t sparse_files;
	uint64_t sockets; /* skipped: a tar cannot hold sockets, and a dead one is useless */
	uint64_t xattr_files, xattrs, acl_files, capability_files;
	/* What an image cannot hold: files whose ACLs were left out, attributes of other kinds than user., trusted. and
	 * security., and times before 1970 or after 2106. */
	uint64_t lost_acls, lost_xattrs, clamped_times;
	int64_t
	    dated; /* when what is at dated_by was changed, in seconds since 1970; 0: it did not come */
	struct ri_buf
	    hashes; /* of an image: RI_IMAGE_HASH bytes for each RI_IMAGE_PIECE of the archive file */
	struct ri_excluded_list
	    left_out; /* a row a rule that matched, in the order of their first match */
	struct ri_largest largest; /* of tree_bytes, the directories that take most */
};

/**
 * Pack everything that @src delivers into @fd, from its position on. Progress "packing" is reported
 * and ri_cancelled checked. The bytes depend on what comes, the compression, its level, what is replaced and the
 * configuration; not on the number of threads. After a failure the content of @fd is useless.
 * @return 0; -1 RI_E_IO (reading, compressing, writing), RI_E_GUEST (an entry that cannot be
 * archived: a path to be replaced that did not come or is not a regular file, a hard link to a
 * left-out file), RI_E_CONFIG (level, block size), RI_E_BUDGET (a limit, or the archive's room), RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_pack(struct ri_source *src, const struct ri_pack_opts *o, int fd, struct ri_pack_result *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_pack_result_free(struct ri_pack_result *r);
