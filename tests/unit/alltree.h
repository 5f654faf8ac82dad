// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A tree that holds one of everything that an archive keeps.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "unit/run.h"
#include "unit/tmpdir.h"

/* Where the tree is made; names and what they are follow. */
static int root = -1;

static inline void put(const char *name, struct ri_span s)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		fail_msg("creating %s: %s", name, strerror(errno));
	assert_int_equal(write(fd, s.p, s.n), (ssize_t)s.n);
	close(fd);
}

static inline void xattr(const char *name, const char *attr, struct ri_span value)
{
	char path[64 + PATH_MAX];

	snprintf(path, sizeof path, "/proc/self/fd/%d/%s", root, name);
	if (lsetxattr(path, attr, value.p, value.n, 0) < 0)
		fail_msg("%s: attribute %s: %s", name, attr, strerror(errno));
}

static inline void mtime(const char *name, time_t sec, long nsec)
{
	const struct timespec t[2] = { { 0, UTIME_OMIT }, { sec, nsec } };

	assert_int_equal(utimensat(root, name, t, AT_SYMLINK_NOFOLLOW), 0);
}

/* Data at some places of a file of @size bytes. */
static inline void sparse(const char *name, off_t size, const off_t *at, size_t n)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char page[4096];

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	memset(page, 'x', sizeof page);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(pwrite(fd, page, sizeof page, at[i]), sizeof page);
	close(fd);
}

static inline void set_up_root(void)
{
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "src", "dst");
	assert_int_equal(mkdir(tmp_path("src"), 0755), 0);
	assert_int_equal(mkdir(tmp_path("dst"), 0755), 0);
	if (root >= 0)
		close(root);
	root = open(tmp_path("src"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
}

/* user::rw-, user:33:rwx, user:12345:r--, group::r--, group:7:--x, mask::rwx, other::--- */
static const char acl[] = "\2\0\0\0"
			  "\1\0\6\0\xff\xff\xff\xff"
			  "\2\0\7\0\41\0\0\0"
			  "\2\0\4\0\x39\x30\0\0"
			  "\4\0\4\0\xff\xff\xff\xff"
			  "\10\0\1\0\7\0\0\0"
			  "\20\0\7\0\xff\xff\xff\xff"
			  "\40\0\0\0\xff\xff\xff\xff";
/* The same with uid 4294967294, which libarchive cannot say as text. */
static const char acl_huge[] = "\2\0\0\0"
			       "\1\0\6\0\xff\xff\xff\xff"
			       "\2\0\7\0\xfe\xff\xff\xff"
			       "\4\0\4\0\xff\xff\xff\xff"
			       "\20\0\7\0\xff\xff\xff\xff"
			       "\40\0\0\0\xff\xff\xff\xff";
static const char capability[] = "\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
#define VALUE(a) ri_span(a, sizeof(a) - 1)

static inline void make_metadata(void)
{
	static const struct {
		const char *name;
		time_t sec;
		long nsec;
	} times[] = {
		{ "nanoseconds", 1700000000, 123456789 },
		{ "whole", 1700000000, 0 },
		{ "epoch", 0, 0 },
		{ "epoch-and-a-bit", 0, 1 },
		{ "before", -2, 500000000 },
		{ "long-before", -2000000000, 999999999 },
		{ "minus-one", -1, 0 },
		{ "2038", 2147483648, 5 },
		{ "2446", 15032385535, 1 },
	};

	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		put(times[i].name, LIT("t"));
		mtime(times[i].name, times[i].sec, times[i].nsec);
	}
	put("setuid", LIT("#!"));
	assert_int_equal(fchmodat(root, "setuid", 06755, 0), 0);
	put("nobody", LIT(""));
	assert_int_equal(fchownat(root, "nobody", 4294967294u, 4294967293u, 0), 0);
	put("none", LIT("x"));
	assert_int_equal(fchmodat(root, "none", 0, 0), 0);
	assert_int_equal(mkdirat(root, "sticky", 0755), 0);
	assert_int_equal(fchmodat(root, "sticky", 03777, 0), 0);
	xattr("sticky", "system.posix_acl_default", VALUE(acl));
	put("acl", LIT("a"));
	xattr("acl", "system.posix_acl_access", VALUE(acl));
	put("capable", LIT("\177ELF"));
	assert_int_equal(fchmodat(root, "capable", 0755, 0), 0);
	xattr("capable", "security.capability", VALUE(capability));
}

static inline void make_xattrs(void)
{
	char name[64];
	RI_BUF big = { 0 };

	put("attributes", LIT("x"));
	xattr("attributes", "user.plain", LIT("value"));
	xattr("attributes", "user.binary", LIT("a\0b\nc=\xff"));
	xattr("attributes", "user.empty", LIT(""));
	xattr("attributes", "user.a=b", LIT("equals"));
	xattr("attributes", "user.100%", LIT("percent"));
	xattr("attributes", "user.%3D", LIT("neither"));
	xattr("attributes", "trusted.overlay.opaque", LIT("y"));
	xattr("attributes", "security.selinux", LIT("system_u:object_r:etc_t:s0\0"));
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "user.number%d", i);
		xattr("attributes", name, ri_str(name));
	}
	put("large-attribute", LIT("x"));
	for (int i = 0; i < 3000; i++)
		ri_buf_add_str(&big, "v");
	xattr("large-attribute", "user.large", ri_buf_span(&big));
	assert_int_equal(mkdirat(root, "dir-with-attribute", 0700), 0);
	xattr("dir-with-attribute", "user.dir", LIT("1"));
	assert_int_equal(symlinkat("nowhere", root, "link-with-attribute"), 0);
	xattr("link-with-attribute", "trusted.link", LIT("1"));
}

static inline void make_kinds(void)
{
	static const off_t some[] = { 0, 1 << 20, 5 << 20 };
	char target[PATH_MAX] = "";

	assert_int_equal(mkfifoat(root, "fifo", 0600), 0);
	assert_int_equal(mknodat(root, "null", S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_int_equal(mknodat(root, "big-device", S_IFBLK | 0660, makedev(4095, 262143)), 0);
	assert_int_equal(symlinkat("fifo", root, "short-link"), 0);
	mtime("short-link", 1000000000, 7);
	memset(target, 'l', 4000);
	assert_int_equal(symlinkat(target, root, "long-link"), 0);
	target[127] = '\0';
	assert_int_equal(symlinkat(target, root, "link-127"), 0);
	target[127] = 'l';
	target[128] = '\0';
	assert_int_equal(symlinkat(target, root, "link-128"), 0);
	put("first", LIT("linked"));
	assert_int_equal(linkat(root, "first", root, "second", 0), 0);
	assert_int_equal(mkdirat(root, "links", 0755), 0);
	assert_int_equal(linkat(root, "first", root, "links/third", 0), 0);
	assert_int_equal(linkat(root, "short-link", root, "links/link-again", 0), 0);
	put("empty", LIT(""));
	sparse("hole-only", 300 << 10, NULL, 0);
	sparse("holes", 20 << 20, some, 3);
	sparse("hole-at-end", 6 << 20, some, 2);
}

static inline void make_names(void)
{
	char name[300];

	memset(name, 'n', 255);
	name[255] = '\0';
	put(name, LIT("255"));
	memset(name, 'n', 100);
	name[100] = '\0';
	put(name, LIT("100"));
	put("new\nline", LIT("1"));
	put("tab\tand space ", LIT("2"));
	put("back\\slash", LIT("3"));
	put("-dash", LIT("4"));
	put("*?[", LIT("5"));
	put("\303\274 composed", LIT("6"));
	put("u\314\210 decomposed", LIT("7"));
	put("\xe2\x82\xac", LIT("8"));
	put("...", LIT("9"));
	assert_int_equal(symlinkat("to/\303\274", root, "link to \303\274"), 0);
}

/* A path as long as one can be, counted from "/", where both trees stand equally deep. */
static inline void make_deep(void)
{
	char dir[256];
	size_t left = PATH_MAX - 1 - strlen(tmp_path("src")) - 1;
	RI_FD int here = dup(root);

	memset(dir, 'd', 200);
	dir[200] = '\0';
	for (; left > 402; left -= 201) {
		int next;

		assert_int_equal(mkdirat(here, dir, 0755), 0);
		next = openat(here, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(here);
		here = next;
	}
	memset(dir, 'f', left - 201);
	dir[left - 201] = '\0';
	assert_true(strlen(dir) <= 255);
	{
		int fd = openat(here, dir, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

		assert_true(fd >= 0);
		close(fd);
	}
}
