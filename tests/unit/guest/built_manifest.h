// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a build would have written of an archive.
 */
#include "unit/check.h"
#include "unit/fake_guest.h"

#include "plan/guest_paths.h"

/** Append the manifest of @archive and @kernel. */
static inline void built_manifest(const char *archive, const char *kernel, struct ri_buf *out)
{
	struct ri_manifest m = { .archive_bytes = strlen(archive),
		.build_id = "0123456789abcdef0123456789abcdef",
		.archive_on_root = true };
	struct ri_err e = { 0 };

	m.archive = strdup(RI_PATH_ARCHIVE_GZIP);
	m.archive_fs = strdup(FAKE_UUID);
	m.compression = strdup("gzip");
	m.tmpfs_size = strdup("100%");
	m.kernel = strdup(kernel);
	m.os = strdup("Debian");
	ri_sha256_span(ri_str(archive), m.archive_sha256);
	check_ok("manifest", ri_manifest_render(&m, out, &e), &e);
	ri_manifest_free(&m);
}
