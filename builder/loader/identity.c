// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/identity.h"
#include "format/archive_id.h"

#include <errno.h>
#include <sys/stat.h>

/** The last @n bytes of @fd; fewer where it has not as many. */
static int read_end(int fd, char *to, size_t *n, struct ri_err *e)
{
	const size_t want = *n;
	struct stat st;
	off_t at;

	if (fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "examining it");
	at = st.st_size > (off_t)want ? st.st_size - (off_t)want : 0;
	for (*n = 0; *n < want;) {
		ssize_t got = pread(fd, to + *n, want - *n, at + (off_t)*n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ri_fail(e, RI_E_IO, errno, "reading its end");
		if (got == 0)
			break;
		*n += (size_t)got;
	}
	return 0;
}

static bool find(const struct ri_manifest *m, struct ri_span end, char *found)
{
	/* Behind an image it is as it is, with nothing around it. */
	if (m->form)
		return end.n >= RI_ARCHIVE_ID_BYTES &&
		       ri_archive_id_find(
			   ri_span(end.p + end.n - RI_ARCHIVE_ID_BYTES, RI_ARCHIVE_ID_BYTES),
			   found);
	return ri_archive_id_find_end(end, strcmp(m->compression, "zstd") == 0 ? RI_ZSTD : RI_GZIP,
	    found);
}

int ri_identity_check(int fd, const struct ri_manifest *m, struct ri_err *e)
{
	char end[RI_ARCHIVE_ID_END], found[RI_BUILD_ID_LEN + 1];
	size_t n = sizeof end;

	if (m->foreign)
		return 0;
	if (read_end(fd, end, &n, e) < 0)
		return -1;
	if (!find(m, ri_span(end, n), found))
		return ri_fail(e, RI_E_VERIFY, 0,
		    "damaged, or not an archive that ramimg built: it ends without a build id");
	if (strcmp(found, m->build_id) != 0)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "the archive is of build %s, the initrd of build %s", found, m->build_id);
	return 0;
}

int ri_member_name_check(const char *path, struct ri_err *e)
{
	if (path[0] == '\0')
		return ri_fail(e, RI_E_VERIFY, 0, "hostile archive: a member without a name");
	if (path[0] == '/')
		return ri_fail(e, RI_E_VERIFY, 0, "hostile archive: the absolute name \"%.100s\"",
		    path);
	for (const char *p = path; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return ri_fail(e, RI_E_VERIFY, 0,
			    "hostile archive: the name \"%.100s\" leads out", path);
	}
	return 0;
}
