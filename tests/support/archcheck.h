// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading an archive file back on the host: every checksum of its pieces and every tar header is
 * looked at, nothing is unpacked.
 */
#include "base/buf.h"
#include "format/manifest.h"

struct ri_archcheck {
	enum ri_compression compression;    /* by magic */
	char build_id[RI_BUILD_ID_LEN + 1]; /* "" if the archive has none (made by hand) */
	uint64_t archive_bytes;
	char archive_sha256[RI_SHA256_HEX + 1];
	uint64_t tar_bytes;
	uint64_t entries;
};

/**
 * Check what @fd gives from its position to its end; @what names it in errors. A plain .tar.gz or
 * .tar.zst made by other programs is fine too.
 * @return 0; -1 RI_E_VERIFY (damaged, cut short, not an archive), RI_E_IO, RI_E_CANCELLED,
 * RI_E_NOMEM.
 */
int ri_archcheck_fd(int fd, const char *what, struct ri_archcheck *out,
    struct ri_err *e) RI_MUST_CHECK;
int ri_archcheck_file(const char *path, struct ri_archcheck *out, struct ri_err *e) RI_MUST_CHECK;
