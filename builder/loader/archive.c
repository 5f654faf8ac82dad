// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/archive.h"
#include "loader/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int ri_open_below(const char *base, const char *path, int flags, struct ri_err *e)
{
	struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_IN_ROOT };
	RI_FD int dir = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	long fd;

	if (dir < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", base);
	while (*path == '/')
		path++;
	fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
	if (fd < 0 && errno == ENOSYS) /* before Linux 5.6 */
		fd = openat(dir, path, (int)how.flags | O_NOFOLLOW);
	return fd >= 0 ? (int)fd : ri_fail(e, RI_E_IO, errno, "opening /%s", path);
}

int ri_archive_open(const struct ri_load_opts *o, const struct ri_manifest *m, int *out,
    struct ri_err *e)
{
	const char *base = m->archive_in     ? o->initramfs
			   : o->archive_root ? o->archive_root
					     : o->root;
	RI_FD int fd = -1;
	struct stat st;

	if (o->archive) {
		fd = open(o->archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return ri_fail(e, RI_E_IO, errno, "opening %s", o->archive);
	} else {
		fd = ri_open_below(base, m->archive, O_RDONLY, e);
		if (fd < 0)
			return -1;
	}
	if (fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "examining %s", m->archive);
	if (!S_ISREG(st.st_mode))
		return ri_fail(e, RI_E_VERIFY, 0, "%s is not a regular file", m->archive);
	if (!m->foreign && (uint64_t)st.st_size != m->archive_bytes)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "%s has %" PRIu64 " bytes, the manifest announces %" PRIu64, m->archive,
		    (uint64_t)st.st_size, m->archive_bytes);
	*out = ri_steal_fd(&fd);
	return 0;
}

int ri_unpack_begin(int fd, const struct ri_manifest *m, struct ri_tick tick, struct ri_unpack *u,
    struct ri_err *e)
{
	struct ri_frames_opts o = {
		.fd = fd,
		.bytes = m->archive_bytes,
		.compression = m->compression,
		.memory = m->loader_bytes,
		.sha256 = m->loader_sha256 ? m->archive_sha256 : NULL,
	};

	if (ri_identity_check(fd, m, e) < 0 || ri_frames_open(&o, &u->frames, e) < 0 ||
	    ri_tarin_open(u->frames, m, tick, &u->tar, e) < 0)
		return ri_ctx(e, "%s", m->archive);
	return 0;
}

void ri_unpack_free(struct ri_unpack *u)
{
	ri_tarin_close(&u->tar);
	ri_frames_close(&u->frames);
}

static void tell(void *arg, uint64_t done)
{
	struct ri_progress *p = arg;

	ri_cons_progress(p->cons, done, p->total, ri_now_ms());
}

struct ri_tick ri_progress_tick(struct ri_progress *p)
{
	return (struct ri_tick){ tell, p };
}
