// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/dir.h"
#include "host/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define LINKS_MAX 40 /* as the kernel's MAXSYMLINKS */
#define TEMPORARY "/tmp"
#define DEPTH_MAX 4 /* of what is removed: what ramimg and libguestfs make has two levels */

/* What the descriptor is of, for a message: where links led to another place, that place. */
static const char *shown(int fd, const char *otherwise, char buf[static PATH_MAX])
{
	char self[32];
	ssize_t n;

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	n = readlink(self, buf, PATH_MAX - 1);
	if (n <= 0)
		return otherwise;
	buf[n] = '\0';
	return buf;
}

/* Root is who owns "/": in a user namespace it has another number there. */
static bool is_trusted(uid_t uid)
{
	struct stat root;

	return uid == 0 || uid == geteuid() || (stat("/", &root) == 0 && uid == root.st_uid);
}

/* @last: it is the directory that is worked in, and not one on the way to it. */
static int judge(int fd, const char *path, bool last, struct ri_err *e)
{
	char buf[PATH_MAX];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	if (!is_trusted(st.st_uid))
		return ri_fail(e, RI_E_IO, 0,
		    "%s belongs to another user (uid %u), who could redirect what is written below it; "
		    "use a directory that only root and this user can write to",
		    shown(fd, path, buf), (unsigned)st.st_uid);
	if ((st.st_mode & 0022) != 0 && (last || !(st.st_mode & S_ISVTX)))
		return ri_fail(e, RI_E_IO, 0,
		    "other users can write to %s (mode %04o), and could redirect what is written below "
		    "it; take that from them (chmod go-w) or use another directory",
		    shown(fd, path, buf), (unsigned)st.st_mode & 07777);
	return 0;
}

/** The way to a directory. */
struct way {
	const char *path; /* what was asked for */
	char *rest;       /* what is still to be walked */
	unsigned make;
	int fd; /* of what has been walked */
	int links;
};

static void way_end(struct way *w)
{
	free(w->rest);
	ri_cleanup_fd(&w->fd);
}

static int begin(struct way *w, struct ri_err *e)
{
	char *here = NULL;

	w->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0)
		return ri_fail(e, RI_E_IO, errno, "/");
	if (w->path[0] != '/') {
		here = getcwd(NULL, 0);
		if (!here)
			return ri_fail(e, RI_E_IO, errno, "the working directory");
	}
	if (asprintf(&w->rest, "%s/%s", here ? here : "", w->path) < 0)
		w->rest = NULL;
	free(here);
	return w->rest ? 0 : ri_nomem(e);
}

/* Take the first component that says something from the rest. @return whether there is one, in @name. */
static bool next(struct way *w, char name[static NAME_MAX + 2])
{
	for (;;) {
		size_t slashes = strspn(w->rest, "/"), n = strcspn(w->rest + slashes, "/");

		if (n == 0)
			return false;
		/* One that is too long is still too long, for the kernel to say so. */
		snprintf(name, NAME_MAX + 2, "%.*s", (int)(n > NAME_MAX ? NAME_MAX + 1 : n),
		    w->rest + slashes);
		memmove(w->rest, w->rest + slashes + n, strlen(w->rest + slashes + n) + 1);
		if (strcmp(name, ".") != 0)
			return true;
	}
}

/* Go on with what the link @fd says. */
static int follow(struct way *w, int fd, uid_t owner, struct ri_err *e)
{
	char to[PATH_MAX];
	char *rest;
	ssize_t n = readlinkat(fd, "", to, sizeof to - 1);

	if (n < 0 || ++w->links > LINKS_MAX)
		return ri_fail(e, RI_E_IO, n < 0 ? errno : ELOOP, "%s", w->path);
	to[n] = '\0';
	if (!is_trusted(owner))
		return ri_fail(e, RI_E_IO, 0,
		    "%s leads over a link to %s that another user (uid %u) made; use another directory",
		    w->path, to, (unsigned)owner);
	if (asprintf(&rest, "%s/%s", to, w->rest) < 0)
		return ri_nomem(e);
	free(w->rest);
	w->rest = rest;
	if (to[0] != '/')
		return 0;
	close(w->fd);
	w->fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return w->fd < 0 ? ri_fail(e, RI_E_IO, errno, "/") : 0;
}

/* For good: what is put into it is to be found after a power cut. */
static int make(const struct way *w, const char *name, struct ri_err *e)
{
	RI_FD int above = -1;

	if (mkdirat(w->fd, name, w->make) == 0) {
		above = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (above >= 0 && fsync(above) == 0)
			return 0;
	} else if (errno == EEXIST) {
		return 0;
	}
	return ri_fail(e, RI_E_IO, errno, "cannot make the directory %s", w->path);
}

static int step(struct way *w, const char *name, struct ri_err *e)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	RI_FD int fd = openat(w->fd, name, flags);
	struct stat st;

	/* One that exists by now is looked at as if it had always been there. */
	if (fd < 0 && errno == ENOENT && w->make) {
		if (make(w, name, e) < 0)
			return -1;
		fd = openat(w->fd, name, flags);
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open the directory %s", w->path);
	if (S_ISLNK(st.st_mode))
		return follow(w, fd, st.st_uid, e);
	if (!S_ISDIR(st.st_mode))
		return ri_fail(e, RI_E_IO, ENOTDIR, "cannot open the directory %s", w->path);
	if (judge(fd, w->path, false, e) < 0)
		return -1;
	close(w->fd);
	w->fd = ri_steal_fd(&fd);
	return 0;
}

/* @fd is taken over. */
static int take(int fd, const char *path, struct ri_dir *out, struct ri_err *e)
{
	out->path = strdup(path);
	if (!out->path) {
		close(fd);
		return ri_nomem(e);
	}
	out->fd = fd;
	return 0;
}

int ri_dir_open(const char *path, unsigned make, struct ri_dir *out, struct ri_err *e)
{
	RI_ON_EXIT(way_end) struct way w = { .path = path, .make = make, .fd = -1 };
	char name[NAME_MAX + 2];
	int fd;

	if (begin(&w, e) < 0 || judge(w.fd, "/", false, e) < 0)
		return -1;
	while (next(&w, name))
		if (step(&w, name, e) < 0)
			return -1;
	if (judge(w.fd, path, true, e) < 0)
		return -1;
	fd = openat(w.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? ri_fail(e, RI_E_IO, errno, "cannot open the directory %s", path)
		      : take(fd, path, out, e);
}

int ri_dir_open_any(const char *path, struct ri_dir *out, struct ri_err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? ri_fail(e, RI_E_IO, errno, "cannot open the directory %s", path)
		      : take(fd, path, out, e);
}

/* A name is one component, and what has it must not be a link. openat2 came with Linux 5.6. */
static int open_below(int at, const char *name, int flags, unsigned mode)
{
	const struct open_how how = { .flags = (unsigned)flags | O_NOFOLLOW | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	long fd;

	if (strchr(name, '/') || strcmp(name, "..") == 0) {
		errno = EINVAL;
		return -1;
	}
	fd = syscall(SYS_openat2, at, name, &how, sizeof how);
	/* EPERM is what filters of containers say to a call that they do not know. */
	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return (int)fd;
	return openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

int ri_dir_sub(const struct ri_dir *d, const char *name, struct ri_dir *out, struct ri_err *e)
{
	RI_FREE char *path = ri_file_join(d->path, name);
	RI_FD int fd = -1;

	if (!path)
		return ri_nomem(e);
	fd = open_below(d->fd, name, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open the directory %s", path);
	return judge(fd, path, true, e) < 0 ? -1 : take(ri_steal_fd(&fd), path, out, e);
}

int ri_dir_make(const struct ri_dir *d, const char *name, struct ri_dir *out, struct ri_err *e)
{
	if (mkdirat(d->fd, name, 0700) < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot make the directory %s/%s", d->path, name);
	if (ri_dir_sub(d, name, out, e) == 0)
		return 0;
	unlinkat(d->fd, name, AT_REMOVEDIR);
	return -1;
}

void ri_dir_close(struct ri_dir *d)
{
	if (d->path)
		close(d->fd);
	free(d->path);
	*d = (struct ri_dir){ 0 };
}

int ri_dir_create(const struct ri_dir *d, const char *name, unsigned mode, struct ri_err *e)
{
	int fd = open_below(d->fd, name, O_RDWR | O_CREAT | O_EXCL, mode);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot create %s/%s", d->path, name);
	if (fchmod(fd, mode) < 0) { /* whatever the umask is */
		ri_fail(e, RI_E_IO, errno, "chmod %s/%s", d->path, name);
		close(fd);
		unlinkat(d->fd, name, 0);
		return -1;
	}
	return fd;
}

/* A name that nobody has, nor expects. */
static int new_name(const char *prefix, char **name, struct ri_err *e)
{
	unsigned long long some;

	if (getrandom(&some, sizeof some, 0) != sizeof some)
		return ri_fail(e, RI_E_IO, errno, "random numbers");
	if (asprintf(name, "%s%016llx", prefix, some) >= 0)
		return 0;
	*name = NULL;
	return ri_nomem(e);
}

int ri_dir_create_new(const struct ri_dir *d, const char *prefix, unsigned mode, char **name,
    struct ri_err *e)
{
	RI_FREE char *made = NULL;
	int fd;

	if (new_name(prefix, &made, e) < 0)
		return -1;
	fd = ri_dir_create(d, made, mode, e);
	if (fd >= 0)
		*name = ri_steal(made);
	return fd;
}

int ri_dir_unnamed(const char *path, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_FREE char *name = NULL;
	int fd = open(path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* Not every file system has such files. */
	if (ri_dir_open_any(path, &d, e) < 0)
		return -1;
	fd = ri_dir_create_new(&d, "ramimg-", 0600, &name, e);
	if (fd >= 0 && unlinkat(d.fd, name, 0) < 0) {
		ri_fail(e, RI_E_IO, errno, "cannot remove %s/%s", path, name);
		close(fd);
		return -1;
	}
	return fd;
}

int ri_dir_make_temporary(struct ri_dir *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir tmp = { 0 };
	RI_FREE char *name = NULL;

	if (ri_dir_open_any(TEMPORARY, &tmp, e) < 0 || new_name("ramimg-", &name, e) < 0)
		return -1;
	return ri_dir_make(&tmp, name, out, e);
}

void ri_dir_remove_temporary(struct ri_dir *d)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir tmp = { 0 };
	struct ri_err ignored;

	if (d->path && (ri_dir_open_any(TEMPORARY, &tmp, &ignored) < 0 ||
			   ri_dir_remove(&tmp, ri_file_base(d->path), &ignored) < 0))
		errno = 0; /* it is empty by then, and ours alone */
	ri_dir_close(d);
}

int ri_dir_file(const struct ri_dir *d, const char *name, int flags, struct ri_err *e)
{
	int fd = open_below(d->fd, name, flags, 0);

	return fd < 0 ? ri_fail(e, RI_E_IO, errno, "cannot open %s/%s", d->path, name) : fd;
}

int ri_dir_chmod(const struct ri_dir *d, const char *name, unsigned mode, struct ri_err *e)
{
	RI_FD int fd = ri_dir_file(d, name, O_RDONLY | O_NONBLOCK, e);

	if (fd < 0)
		return -1;
	return fchmod(fd, mode) < 0 ? ri_fail(e, RI_E_IO, errno, "chmod %s/%s", d->path, name) : 0;
}

int ri_dir_has(const struct ri_dir *d, const char *name, bool *yes, struct ri_err *e)
{
	struct stat st;

	*yes = fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!*yes && errno != ENOENT)
		return ri_fail(e, RI_E_IO, errno, "%s/%s", d->path, name);
	return 0;
}

static int fill(const struct ri_dir *d, const char *tmp, struct ri_span s, unsigned mode,
    struct ri_err *e)
{
	RI_FD int fd = -1;

	/* Of a process that had our number and is long gone. */
	if (ri_dir_remove(d, tmp, e) < 0)
		return -1;
	fd = ri_dir_create(d, tmp, mode, e);
	if (fd < 0 || ri_file_write(fd, s, tmp, e) < 0)
		return -1;
	return fsync(fd) < 0 ? ri_fail(e, RI_E_IO, errno, "fsync %s/%s", d->path, tmp) : 0;
}

int ri_dir_put(const struct ri_dir *d, const char *name, struct ri_span s, unsigned mode,
    struct ri_err *e)
{
	RI_BUF tmp = { 0 };

	ri_buf_addf(&tmp, "%s.ramimg-%d", name, (int)getpid());
	if (ri_buf_check(&tmp, e) < 0)
		return -1;
	if (fill(d, tmp.p, s, mode, e) < 0 || ri_dir_rename(d, tmp.p, d, name, e) < 0) {
		unlinkat(d->fd, tmp.p, 0);
		return ri_ctx(e, "writing %s/%s", d->path, name);
	}
	return ri_dir_sync(d, e);
}

/* The descriptor is taken over. */
static int list(int fd, const char *path, struct ri_strv *out, struct ri_err *e)
{
	DIR *d = fdopendir(fd);
	struct dirent *en;
	int rc = 0;

	if (!d) {
		ri_fail(e, RI_E_IO, errno, "reading the directory %s", path);
		close(fd);
		return -1;
	}
	while (rc == 0) {
		errno = 0; /* at the end it stays so */
		en = readdir(d);
		if (!en)
			break;
		if (strcmp(en->d_name, ".") != 0 && strcmp(en->d_name, "..") != 0)
			rc = ri_strv_add(out, en->d_name, e);
	}
	if (rc == 0 && errno != 0)
		rc = ri_fail(e, RI_E_IO, errno, "reading the directory %s", path);
	closedir(d);
	return rc;
}

int ri_dir_symlink(const struct ri_dir *d, const char *name, const char *target, struct ri_err *e)
{
	return symlinkat(target, d->fd, name) == 0
		   ? 0
		   : ri_fail(e, RI_E_IO, errno, "linking %s/%s", d->path, name);
}

int ri_dir_list(const struct ri_dir *d, struct ri_strv *out, struct ri_err *e)
{
	/* Open once more: a descriptor that was read to its end stays there. */
	int fd = open_below(d->fd, ".", O_RDONLY | O_DIRECTORY, 0);

	return fd < 0 ? ri_fail(e, RI_E_IO, errno, "cannot open the directory %s", d->path)
		      : list(fd, d->path, out, e);
}

int ri_dir_rename(const struct ri_dir *d, const char *name, const struct ri_dir *into,
    const char *to, struct ri_err *e)
{
	return renameat(d->fd, name, into->fd, to) < 0
		   ? ri_fail(e, RI_E_IO, errno, "moving %s/%s to %s/%s", d->path, name, into->path,
			 to)
		   : 0;
}

static int remove_at(int at, const char *name, unsigned depth, struct ri_err *e)
{
	RI_STRV names = { 0 };
	RI_FD int fd = -1;
	int again;

	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR || depth == 0)
		return ri_fail(e, RI_E_IO, errno == EISDIR ? ELOOP : errno, "cannot remove %s",
		    name);
	fd = open_below(at, name, O_RDONLY | O_DIRECTORY, 0);
	again = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (again < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", name);
	if (list(again, name, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (remove_at(fd, names.v[i], depth - 1, e) < 0)
			return ri_ctx(e, "%s", name);
	return unlinkat(at, name, AT_REMOVEDIR) < 0
		   ? ri_fail(e, RI_E_IO, errno, "cannot remove %s", name)
		   : 0;
}

int ri_dir_remove(const struct ri_dir *d, const char *name, struct ri_err *e)
{
	if (strchr(name, '/') || strcmp(name, "..") == 0)
		return ri_fail(e, RI_E_IO, EINVAL, "%s/%s", d->path, name);
	return remove_at(d->fd, name, DEPTH_MAX, e) < 0 ? ri_ctx(e, "in %s", d->path) : 0;
}

int ri_dir_sync(const struct ri_dir *d, struct ri_err *e)
{
	return fsync(d->fd) < 0 ? ri_fail(e, RI_E_IO, errno, "fsync %s", d->path) : 0;
}
