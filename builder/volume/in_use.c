// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/in_use.h"
#include "host/hostfile.h"
#include "volume/lack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum access { NONE, READS, WRITES };

/* /proc/PID/fdinfo/FD has a line "flags:\t" with the open flags in octal. @return enum access; -1. */
static int access_by(int proc, const char *pid, const char *fd_name, struct ri_err *e)
{
	char path[80], text[256] = "";
	const char *flags;
	RI_FD int fd = -1;

	snprintf(path, sizeof path, "%.16s/fdinfo/%.16s", pid, fd_name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ri_absent(path, e) < 0 ? -1 : READS;
	if (read(fd, text, sizeof text - 1) <= 0)
		return READS;
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + 6, NULL, 8) & O_ACCMODE) != O_RDONLY ? WRITES : READS;
}

/* @return enum access; -1. */
static int access_of(int proc, const char *pid, const struct stat *what, struct ri_err *e)
{
	char path[80];
	int most = NONE;
	DIR *d;
	int fd;

	snprintf(path, sizeof path, "%.16s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ri_absent(path, e);
	d = fdopendir(fd);
	if (!d) {
		int rc = ri_absent(path, e);

		close(fd);
		return rc;
	}
	for (struct dirent *en = readdir(d); en && most >= 0 && most != WRITES; en = readdir(d)) {
		struct stat st;

		if (en->d_name[0] == '.')
			continue;
		if (fstatat(fd, en->d_name, &st, 0) < 0)
			most = ri_absent(path, e) < 0 ? -1 : most;
		else if (ri_stat_same(what, &st))
			most = access_by(proc, pid, en->d_name, e);
	}
	closedir(d);
	return most;
}

static void name_it(int proc, const char *pid, bool writes, struct ri_in_use *out)
{
	char path[80];
	RI_FD int fd = -1;
	ssize_t n;

	snprintf(path, sizeof path, "%.16s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, out->name, sizeof out->name - 1);
	out->name[n > 0 ? n - 1 : 0] = '\0'; /* without its LF */
	out->pid = atoi(pid);
	out->writes = writes;
}

int ri_in_use_by_process(int fd, bool readers, struct ri_in_use *out, struct ri_err *e)
{
	struct stat what;
	int how = NONE;
	DIR *d;

	*out = (struct ri_in_use){ 0 };
	if (fstat(fd, &what) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	d = opendir("/proc");
	if (!d)
		return ri_fail(e, RI_E_IO, errno, "cannot open /proc");
	for (struct dirent *en = readdir(d); en && how >= 0 && !out->writes; en = readdir(d)) {
		if (en->d_name[0] < '1' || en->d_name[0] > '9' || atoi(en->d_name) == getpid())
			continue;
		how = access_of(dirfd(d), en->d_name, &what, e);
		if (how == WRITES || (how == READS && readers && out->pid == 0))
			name_it(dirfd(d), en->d_name, how == WRITES, out);
	}
	closedir(d);
	return how < 0 ? -1 : 0;
}

struct looking {
	const char *root;
	struct stat what;
	bool readers;
	struct ri_buf *who;
};

/* A sysfs attribute, trimmed; "" where it is absent. @return 0; -1. */
static int attr(const char *dir, const char *name, char *out, size_t size, struct ri_err *e)
{
	RI_FREE char *path = ri_file_join(dir, name);
	RI_BUF text = { 0 };
	struct ri_err why = { 0 };
	struct ri_span s = { 0 };

	if (!path)
		return ri_nomem(e);
	if (ri_file_read(path, PATH_MAX, &text, &why) == 0)
		s = ri_span_trim(ri_buf_span(&text));
	else if (ri_absent_by(&why, e) < 0)
		return -1;
	snprintf(out, size, "%.*s", (int)s.n, s.n ? s.p : "");
	return 0;
}

/* @return 1; 0; -1. */
static int leads_here(const struct looking *l, const char *path, struct ri_err *e)
{
	struct stat st;

	return stat(path, &st) < 0 ? ri_absent(path, e) : ri_stat_same(&l->what, &st);
}

/* Whether an entry of a directory is what uses it: @return 1, and l->who says so; 0; -1. */
typedef int visit(const struct looking *l, const char *path, const char *name, struct ri_err *e);

static int loop_here(const struct looking *l, const char *dir, const char *name, struct ri_err *e)
{
	char file[PATH_MAX], ro[8];
	int rc;

	if (attr(dir, "loop/backing_file", file, sizeof file, e) < 0)
		return -1;
	rc = *file ? leads_here(l, file, e) : 0;
	if (rc <= 0)
		return rc;
	if (attr(dir, "ro", ro, sizeof ro, e) < 0)
		return -1;
	if (!l->readers && strcmp(ro, "1") == 0)
		return 0;
	ri_buf_addf(l->who, "the loop device /dev/%s uses it; detach it: losetup -d /dev/%s", name,
	    name);
	return 1;
}

/* Call @fn for the entries of @dir until it does not say 0. @return what it said last. */
static int each(const struct looking *l, const char *dir, visit *fn, struct ri_err *e)
{
	DIR *d = opendir(dir);
	int rc = 0;

	if (!d)
		return ri_absent(dir, e);
	for (struct dirent *en = readdir(d); en && rc == 0; en = readdir(d)) {
		RI_FREE char *path = NULL;

		if (en->d_name[0] == '.')
			continue;
		path = ri_file_join(dir, en->d_name);
		rc = path ? fn(l, path, en->d_name, e) : ri_nomem(e);
	}
	closedir(d);
	return rc;
}

static int holder_here(const struct looking *l, const char *path, const char *name,
    struct ri_err *e)
{
	char mapping[256], level[64];

	if (attr(path, "dm/name", mapping, sizeof mapping, e) < 0 ||
	    attr(path, "md/level", level, sizeof level, e) < 0)
		return -1;
	if (*mapping)
		ri_buf_addf(l->who,
		    "the mapping %s uses it; deactivate its volume group (vgchange -an), or: "
		    "dmsetup remove %s",
		    mapping, mapping);
	else if (*level)
		ri_buf_addf(l->who, "the array %s uses it; stop it: mdadm --stop /dev/%s", name,
		    name);
	else
		ri_buf_addf(l->who, "the device /dev/%s uses it; remove that device", name);
	return 1;
}

/* @return 1; 0; -1. */
static int mounted_as(const struct looking *l, const char *number, struct ri_err *e)
{
	RI_BUF text = { 0 };
	struct ri_span rest, line;

	/* proc(5), mountinfo: "36 35 98:0 /root /mount/point options …". */
	if (ri_file_read("/proc/self/mountinfo", (size_t)1 << 24, &text, e) < 0)
		return -1;
	rest = ri_buf_span(&text);
	while (ri_span_line(&rest, &line)) {
		char dev[32], at[512];
		RI_FREE char *s = ri_span_dup(line);

		if (!s)
			return ri_nomem(e);
		if (sscanf(s, "%*s %*s %31s %*s %511s", dev, at) != 2 || strcmp(dev, number) != 0)
			continue;
		ri_buf_addf(l->who, "it is mounted at %s; unmount it: umount %s", at, at);
		return 1;
	}
	return 0;
}

/* The device itself, or one of its partitions. @return 1; 0; -1. */
static int on_device(const struct looking *l, const char *dir, struct ri_err *e)
{
	RI_FREE char *holders = ri_file_join(dir, "holders");
	char number[32];
	int rc;

	if (!holders)
		return ri_nomem(e);
	rc = each(l, holders, holder_here, e);
	if (rc != 0)
		return rc;
	if (attr(dir, "dev", number, sizeof number, e) < 0)
		return -1;
	return *number ? mounted_as(l, number, e) : 0;
}

static int partition_here(const struct looking *l, const char *path, const char *name,
    struct ri_err *e)
{
	char is_one[16];

	(void)name;
	if (attr(path, "partition", is_one, sizeof is_one, e) < 0)
		return -1;
	return *is_one ? on_device(l, path, e) : 0;
}

int ri_in_use_by_kernel(const char *root, int fd, bool readers, struct ri_buf *who,
    struct ri_err *e)
{
	struct looking l = { .root = root, .readers = readers, .who = who };
	RI_BUF loops = { 0 };
	RI_BUF dir = { 0 };
	int rc;

	if (fstat(fd, &l.what) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	ri_buf_addf(&loops, "%s/sys/block", root);
	ri_buf_addf(&dir, "%s/sys/dev/block/%u:%u", root, major(l.what.st_rdev),
	    minor(l.what.st_rdev));
	if (ri_buf_check(&loops, e) < 0 || ri_buf_check(&dir, e) < 0)
		return -1;
	rc = each(&l, loops.p, loop_here, e);
	if (rc == 0 && S_ISBLK(l.what.st_mode))
		rc = on_device(&l, dir.p, e);
	if (rc == 0 && S_ISBLK(l.what.st_mode))
		rc = each(&l, dir.p, partition_here, e);
	return rc < 0 ? -1 : ri_buf_check(who, e);
}
