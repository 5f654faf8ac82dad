// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Two trees compared in everything that an archive keeps.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"

/* A hard link's names: what the inode of one tree is in the other. */
struct pair {
	ino_t a, b;
};

struct trees {
	struct pair *pairs;
	size_t pairs_n;
	size_t entries;
};

static inline void same_xattrs(const char *name, int a, int b, const char *base)
{
	char pa[64 + NAME_MAX], pb[64 + NAME_MAX], names_a[65536], names_b[65536];
	static char va[65536], vb[65536];
	ssize_t na, nb;
	size_t total_b = 0;

	/* There is no call for an attribute of a link relative to a directory. */
	snprintf(pa, sizeof pa, "/proc/self/fd/%d/%s", a, base);
	snprintf(pb, sizeof pb, "/proc/self/fd/%d/%s", b, base);
	na = llistxattr(pa, names_a, sizeof names_a);
	nb = llistxattr(pb, names_b, sizeof names_b);
	if (na < 0 || na != nb)
		fail_msg("%s: %zd and %zd bytes of attribute names [%s] [%s]", name, na, nb,
		    names_a, names_b);
	for (const char *p = names_a; p < names_a + na; p += strlen(p) + 1) {
		ssize_t la = lgetxattr(pa, p, va, sizeof va), lb = lgetxattr(pb, p, vb, sizeof vb);

		if (la < 0 || la != lb || memcmp(va, vb, (size_t)la) != 0)
			fail_msg("%s: attribute %s differs", name, p);
		total_b += strlen(p) + 1;
	}
	assert_int_equal(total_b, nb);
}

static inline void same_content(const char *name, int a, int b, const char *base)
{
	static char ba[1 << 20], bb[1 << 20];
	RI_FD int fa = openat(a, base, O_RDONLY | O_CLOEXEC),
		  fb = openat(b, base, O_RDONLY | O_CLOEXEC);
	ssize_t na, nb;

	assert_true(fa >= 0 && fb >= 0);
	do {
		na = read(fa, ba, sizeof ba);
		nb = read(fb, bb, sizeof bb);
		if (na < 0 || na != nb || memcmp(ba, bb, (size_t)na) != 0)
			fail_msg("%s: content differs", name);
	} while (na > 0);
}

static inline void same_link(const char *name, int a, int b, const char *base)
{
	char la[PATH_MAX], lb[PATH_MAX];
	ssize_t na = readlinkat(a, base, la, sizeof la), nb = readlinkat(b, base, lb, sizeof lb);

	if (na < 0 || na != nb || memcmp(la, lb, (size_t)na) != 0)
		fail_msg("%s: link target differs", name);
}

static inline void same_inode(struct trees *t, const char *name, const struct stat *a,
    const struct stat *b)
{
	for (size_t i = 0; i < t->pairs_n; i++)
		if (t->pairs[i].a == a->st_ino || t->pairs[i].b == b->st_ino) {
			if (t->pairs[i].a != a->st_ino || t->pairs[i].b != b->st_ino)
				fail_msg("%s: not the same hard link", name);
			return;
		}
	t->pairs = realloc(t->pairs, (t->pairs_n + 1) * sizeof *t->pairs);
	assert_non_null(t->pairs);
	t->pairs[t->pairs_n++] = (struct pair){ a->st_ino, b->st_ino };
}

static inline void same_stat(const char *name, const struct stat *a, const struct stat *b)
{
	if (a->st_mode != b->st_mode)
		fail_msg("%s: mode %o, %o", name, a->st_mode, b->st_mode);
	if (a->st_uid != b->st_uid || a->st_gid != b->st_gid)
		fail_msg("%s: owner %u:%u, %u:%u", name, a->st_uid, a->st_gid, b->st_uid,
		    b->st_gid);
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec)
		fail_msg("%s: time %ld.%09ld, %ld.%09ld", name, a->st_mtim.tv_sec,
		    a->st_mtim.tv_nsec, b->st_mtim.tv_sec, b->st_mtim.tv_nsec);
	if ((S_ISCHR(a->st_mode) || S_ISBLK(a->st_mode)) && a->st_rdev != b->st_rdev)
		fail_msg("%s: device differs", name);
	if (S_ISREG(a->st_mode) && a->st_size != b->st_size)
		fail_msg("%s: size %jd, %jd", name, (intmax_t)a->st_size, (intmax_t)b->st_size);
	if (a->st_nlink != b->st_nlink)
		fail_msg("%s: links %ju, %ju", name, (uintmax_t)a->st_nlink,
		    (uintmax_t)b->st_nlink);
	if (S_ISREG(a->st_mode) && b->st_blocks > a->st_blocks + 8)
		fail_msg("%s: blocks %jd, %jd: holes were filled", name, (intmax_t)a->st_blocks,
		    (intmax_t)b->st_blocks);
}

static inline size_t count_names(int fd)
{
	DIR *d = fdopendir(dup(fd));
	size_t n = 0;

	assert_non_null(d);
	rewinddir(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static inline void same_dir(struct trees *t, const char *name, int a, int b);

static inline void same_entry(struct trees *t, int a, int b, const char *base)
{
	struct stat sa, sb;

	if (fstatat(a, base, &sa, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fstatat(b, base, &sb, AT_SYMLINK_NOFOLLOW) < 0)
		fail_msg("%s: %s", base, strerror(errno));
	t->entries++;
	same_stat(base, &sa, &sb);
	same_xattrs(base, a, b, base);
	if (!S_ISDIR(sa.st_mode) && sa.st_nlink > 1)
		same_inode(t, base, &sa, &sb);
	if (S_ISREG(sa.st_mode))
		same_content(base, a, b, base);
	if (S_ISLNK(sa.st_mode))
		same_link(base, a, b, base);
	if (S_ISDIR(sa.st_mode)) {
		RI_FD int da = openat(a, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		RI_FD int db = openat(b, base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		assert_true(da >= 0 && db >= 0);
		same_dir(t, base, da, db);
	}
}

static inline void same_dir(struct trees *t, const char *name, int a, int b)
{
	DIR *d = fdopendir(dup(a));
	const struct dirent *x;

	assert_non_null(d);
	if (count_names(a) != count_names(b))
		fail_msg("%s: number of entries differs", name);
	rewinddir(d);
	while ((x = readdir(d)) != NULL)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0)
			same_entry(t, a, b, x->d_name);
	closedir(d);
}

/** Fails the test unless both are equal. @return how many entries there are below them. */
static inline size_t same_trees(const char *a, const char *b)
{
	RI_FD int da = open(a, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RI_FD int db = open(b, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct trees t = { 0 };
	struct stat sa, sb;

	assert_true(da >= 0 && db >= 0);
	assert_true(fstat(da, &sa) == 0 && fstat(db, &sb) == 0);
	same_stat(".", &sa, &sb);
	same_dir(&t, ".", da, db);
	free(t.pairs);
	return t.entries;
}
