// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Packing in tests: a tree through GNU tar as the appliance runs it, into an archive file.
 */
#include "unit/run.h"
#include "unit/tmpdir.h"
#include "pack/pack.h"
#include "pack/source_tar.h"

/** What the appliance's tar is called with. */
static inline void tar_tree(const char *dir, const char *tar, bool sparse)
{
	const char *with[] = { "tar", "--format=posix", "--xattrs", "--acls", "--selinux",
		"--numeric-owner", "-C", dir, "-cf", tar, ".", sparse ? "--sparse" : NULL, NULL };

	run_ok(NULL, NULL, NULL, with);
}

static inline struct ri_pack_opts pack_opts(enum ri_compression kind)
{
	return (struct ri_pack_opts){ .compression = kind,
		.level = kind == RI_ZSTD ? 3 : 2,
		.configuration = ri_str("reserve=1\n"),
		.spool_dir = tmpdir };
}

/** Pack the tar file @tar into the file @out. */
static inline int pack_file(const char *tar, const char *out, const struct ri_pack_opts *o,
    struct ri_pack_result *r, struct ri_err *e)
{
	RI_FD int from = open(tar, O_RDONLY | O_CLOEXEC);
	RI_FD int to = open(out,
	    (o->form == RI_PACK_SQUASH ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;

	assert_true(from >= 0 && to >= 0);
	if (ri_source_tar(from, &src, e) < 0)
		return -1;
	return ri_pack(src, o, to, r, e);
}
