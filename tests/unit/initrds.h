// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Initrds as initramfs-tools writes them, small.
 */
#include "unit/run.h"
#include "unit/tmpdir.h"
#include "initrd/append.h"
#include "initrd/check.h"
#include "initrd/member.h"
#include "initrd/window.h"

/* The segment that a build adds. */
static const struct ri_initrd_member members[] = {
	{ "scripts/ramimg", 0644, BYTES("mountroot() { :; }\n") },
	{ "ramimg/ramload", 0755, BYTES("\177ELF\0\0") },
	{ "ramimg/manifest", 0644, BYTES("format=1\n") },
};
#define MEMBERS (sizeof members / sizeof *members)

static const struct row {
	const char *name;
	enum ri_initrd_comp comp;
	const char *argv[5];
	bool checked; /* its data has a checksum */
} rows[] = {
	{ "none", RI_INITRD_NONE, { "cat" }, false },
	{ "gzip", RI_INITRD_GZIP, { "gzip", "-nc" }, true },
	{ "xz", RI_INITRD_XZ, { "xz", "--check=crc32", "-c" }, true },
	{ "zstd", RI_INITRD_ZSTD, { "zstd", "-q", "-c" }, true },
	{ "lz4", RI_INITRD_LZ4, { "lz4", "-l", "-c" }, false },
	{ "bzip2", RI_INITRD_BZIP2, { "bzip2", "-c" }, true },
	{ "lzma", RI_INITRD_LZMA, { "lzma", "-c" }, false },
};
#define ROWS (sizeof rows / sizeof *rows)

/* A cpio archive of what is below @dir, in the order of the names. */
static inline void cpio(const char *dir, const char *to)
{
	char archive[200], tree[200];

	snprintf(archive, sizeof archive, "%s", to);
	snprintf(tree, sizeof tree, "%s", dir);
	RUN(tree, NULL, tmp_path("found"), "find", ".", "-print0");
	RUN(NULL, tmp_path("found"), tmp_path("sorted"), "sort", "-z");
	RUN(tree, tmp_path("sorted"), archive, "cpio", "--quiet", "-0", "-o", "-H", "newc", "-R",
	    "0:0");
}

static inline int make_trees(void **state)
{
	char filler[200000];
	uint32_t x = 1;

	if (tmp_set_up(state) < 0)
		return -1;
	RUN(tmpdir, NULL, NULL, "mkdir", "-p", "early/kernel/x86/microcode",
	    "main/scripts/local-top", "main/usr/sbin", "main/conf");
	spit(tmp_path("early/kernel/x86/microcode/AuthenticAMD.bin"), LIT("microcode"));
	spit(tmp_path("main/init"), LIT("#!/bin/sh\n"));
	spit(tmp_path("main/scripts/local"), LIT("local_mount_root() { :; }\n"));
	spit(tmp_path("main/scripts/functions"), LIT("panic() { :; }\n"));
	for (size_t i = 0; i < sizeof filler; i++) {
		x = x * 1664525 + 1013904223;
		filler[i] = (char)(x >> 24);
	}
	spit(tmp_path("main/usr/sbin/modprobe"), ri_span(filler, sizeof filler));
	if (symlink("usr/sbin", tmp_path("main/sbin")) < 0)
		return -1;
	cpio(tmp_path("early"), tmp_path("early.cpio"));
	cpio(tmp_path("main"), tmp_path("main.cpio"));
	return 0;
}

/* The initrd of @row into "base", with the early archive in front or not. */
static inline void make_base(const struct row *row, bool early)
{
	RI_BUF base = { 0 };

	run_ok(NULL, tmp_path("main.cpio"), tmp_path("packed"), row->argv);
	if (early)
		slurp(tmp_path("early.cpio"), &base);
	slurp(tmp_path("packed"), &base);
	spit(tmp_path("base"), ri_buf_span(&base));
}

/* One file each, or a few, as cpio makes of the names. */
static inline void make_other(const char *const *names)
{
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "other");
	for (size_t i = 0; names[i]; i++) {
		char path[200];

		snprintf(path, sizeof path, "other/%s", names[i]);
		RUN(tmpdir, NULL, NULL, "install", "-D", "/dev/null", path);
	}
	cpio(tmp_path("other"), tmp_path("base"));
}

/*
 * What parse/initrd.h does by another process, in this one: faster, and with what a sanitizer says of
 * it. That the two say the same is unit/parse/test_initrd.c's.
 */
static inline int named(const char *path, struct ri_err *e)
{
	return e->code == RI_E_IO || e->code == RI_E_NOMEM ? -1 : ri_ctx(e, "the initrd %s", path);
}

static inline int initrd_check(const char *path, struct ri_initrd_info *out, struct ri_err *e)
{
	RI_FD int fd = -1;
	uint64_t size;

	if (ri_initrd_open(path, path, &fd, &size, e) < 0)
		return -1;
	return ri_initrd_check(fd, size, out, e) < 0 ? named(path, e) : 0;
}

static inline int initrd_append(const char *base, const char *out, const struct ri_initrd_member *m,
    size_t n, struct ri_err *e)
{
	RI_ON_EXIT(ri_initrd_parents_free) struct ri_initrd_parents p = { 0 };
	const struct ri_initrd_addition add = { m, n, &p };
	RI_FD int fd = -1;
	uint64_t size;

	if (ri_initrd_open(base, base, &fd, &size, e) < 0 || ri_initrd_parents_of(m, n, &p, e) < 0)
		return -1;
	return ri_initrd_parents_find(fd, size, m, n, &p, e) < 0
		   ? named(base, e)
		   : ri_initrd_append(base, out, &add, e);
}

static inline int initrd_read_member(const char *path, const char *member, struct ri_buf *out,
    struct ri_err *e)
{
	RI_FD int fd = -1;
	uint64_t size;

	if (ri_initrd_open(path, path, &fd, &size, e) < 0) {
		e->code = e->code == RI_E_GUEST ? RI_E_VERIFY : e->code;
		return -1;
	}
	return ri_initrd_read_member(fd, size, member, out, e) < 0 ? named(path, e) : 0;
}
