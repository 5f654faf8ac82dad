// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/foreign.h"
#include "base/le.h"
#include "loader/archive.h"

#include <errno.h>
#include <sys/stat.h>

/* What a root takes at least: enough that no limit of its tmpfs is rounded down to 0, which means
 * none. */
enum { LEAST = 1 << 20 };

/** The compression that a file with the first bytes @h has; NULL if it is not a known one. */
static const char *kind_of(const unsigned char h[4])
{
	uint32_t magic = ri_le32(h);

	if (h[0] == 0x1f && h[1] == 0x8b) /* RFC 1952, 2.3.1 */
		return "gzip";
	/* RFC 8878, 3.1.1 and 3.1.2: a frame, or one to be skipped in front of it. */
	return magic == 0xfd2fb528 || (magic & 0xfffffff0) == 0x184d2a50 ? "zstd" : NULL;
}

int ri_foreign_adopt(const struct ri_load_opts *o, struct ri_manifest *m, struct ri_err *e)
{
	unsigned char head[4] = { 0 };
	RI_FREE char *word = NULL;
	const char *kind;
	RI_FD int fd = -1;
	struct stat st;

	m->foreign = true;
	if (m->form)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "ramimg.foreign: a foreign archive takes a build in the tmpfs form");
	if (ri_archive_open(o, m, &fd, e) < 0)
		return -1;
	if (fstat(fd, &st) < 0 || pread(fd, head, sizeof head, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "examining %s", m->archive);
	kind = kind_of(head);
	if (!kind)
		return ri_fail(e, RI_E_VERIFY, 0, "%s is neither gzip nor zstd", m->archive);
	word = strdup(kind);
	if (!word)
		return ri_nomem(e);
	free(m->compression);
	m->compression = ri_steal(word);
	m->archive_bytes = (uint64_t)st.st_size;
	m->loader_sha256 = false; /* the manifest's is the build's archive's */
	m->tar_bytes = RI_TOTAL_UNKNOWN;
	m->entries = m->inodes = UINT64_MAX;
	m->tmpfs_bytes = LEAST;
	return 0;
}

int ri_foreign_bootable(const char *root, struct ri_err *e)
{
	/* The kernel's own list, init/main.c. */
	static const char *const names[] = { "/sbin/init", "/etc/init", "/bin/init", "/bin/sh" };
	struct stat st;

	/* Links are to lead where they will, once this is the root. */
	if (chroot(root) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking into %s", root);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (stat(names[i], &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111))
			return 0;
	return ri_fail(e, RI_E_VERIFY, 0, "the foreign archive has no /sbin/init");
}
