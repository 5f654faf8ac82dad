// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/in_use.h"
#include "host/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* /proc/PID/fdinfo/FD has a line "flags:\t" with the open flags in octal. */
static bool writes(int proc, const char *pid, const char *fd_name)
{
	char path[80], text[256] = "";
	const char *flags;
	RI_FD int fd = -1;

	snprintf(path, sizeof path, "%.16s/fdinfo/%.16s", pid, fd_name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		return false;
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + 6, NULL, 8) & O_ACCMODE) != O_RDONLY;
}

enum access { NONE, READS, WRITES };

static enum access access_of(int proc, const char *pid, const struct stat *what)
{
	char path[80];
	enum access most = NONE;
	DIR *d;
	int fd;

	snprintf(path, sizeof path, "%.16s/fd", pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NONE; /* gone, or not ours to see */
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return NONE;
	}
	for (struct dirent *en = readdir(d); en && most != WRITES; en = readdir(d)) {
		struct stat st;

		if (en->d_name[0] != '.' && fstatat(fd, en->d_name, &st, 0) == 0 &&
		    ri_stat_same(what, &st))
			most = writes(proc, pid, en->d_name) ? WRITES : READS;
	}
	closedir(d);
	return most;
}

static void name_it(int proc, const char *pid, enum access how, struct ri_in_use *out)
{
	char path[80];
	RI_FD int fd = -1;
	ssize_t n;

	snprintf(path, sizeof path, "%.16s/comm", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, out->name, sizeof out->name - 1);
	out->name[n > 0 ? n - 1 : 0] = '\0'; /* without its LF */
	out->pid = atoi(pid);
	out->writes = how == WRITES;
}

int ri_in_use_by_process(int fd, bool readers, struct ri_in_use *out, struct ri_err *e)
{
	struct stat what;
	DIR *d;

	*out = (struct ri_in_use){ 0 };
	if (fstat(fd, &what) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	d = opendir("/proc");
	if (!d)
		return ri_fail(e, RI_E_IO, errno, "cannot open /proc");
	for (struct dirent *en = readdir(d); en && !out->writes; en = readdir(d)) {
		enum access how;

		if (en->d_name[0] < '1' || en->d_name[0] > '9' || atoi(en->d_name) == getpid())
			continue;
		how = access_of(dirfd(d), en->d_name, &what);
		if (how == WRITES || (how == READS && readers && out->pid == 0))
			name_it(dirfd(d), en->d_name, how, out);
	}
	closedir(d);
	return 0;
}

struct looking {
	const char *root;
	struct stat what;
	bool readers;
	struct ri_buf *who;
};

/* A sysfs attribute, trimmed; "" where it is absent. */
static void attr(const char *dir, const char *name, char *out, size_t size)
{
	RI_FREE char *path = ri_file_join(dir, name);
	RI_BUF text = { 0 };
	struct ri_err ignored;
	struct ri_span s = { 0 };

	if (path && ri_file_read(path, PATH_MAX, &text, &ignored) == 0)
		s = ri_span_trim(ri_buf_span(&text));
	snprintf(out, size, "%.*s", (int)s.n, s.n ? s.p : "");
}

static bool leads_here(const struct looking *l, const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && ri_stat_same(&l->what, &st);
}

static bool loop_here(const struct looking *l, const char *dir, const char *name)
{
	char file[PATH_MAX], ro[8];

	attr(dir, "loop/backing_file", file, sizeof file);
	if (!*file || !leads_here(l, file))
		return false;
	attr(dir, "ro", ro, sizeof ro);
	if (!l->readers && strcmp(ro, "1") == 0)
		return false;
	ri_buf_addf(l->who, "the loop device /dev/%s uses it; detach it: losetup -d /dev/%s", name,
	    name);
	return true;
}

/* Call @fn for the entries of @dir until it says that it found something. */
static bool each(struct looking *l, const char *dir,
    bool (*fn)(const struct looking *, const char *path, const char *name))
{
	DIR *d = opendir(dir);
	bool found = false;

	for (struct dirent *en = d ? readdir(d) : NULL; en && !found; en = readdir(d)) {
		RI_FREE char *path = en->d_name[0] == '.' ? NULL : ri_file_join(dir, en->d_name);

		found = path && fn(l, path, en->d_name);
	}
	if (d)
		closedir(d);
	return found;
}

static bool holder_here(const struct looking *l, const char *path, const char *name)
{
	char mapping[256], level[64];

	attr(path, "dm/name", mapping, sizeof mapping);
	attr(path, "md/level", level, sizeof level);
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
	return true;
}

static bool mounted_as(const struct looking *l, const char *number)
{
	RI_BUF text = { 0 };
	struct ri_err ignored;
	struct ri_span rest, line;

	/* proc(5), mountinfo: "36 35 98:0 /root /mount/point options …". */
	if (ri_file_read("/proc/self/mountinfo", (size_t)1 << 24, &text, &ignored) < 0)
		return false;
	rest = ri_buf_span(&text);
	while (ri_span_line(&rest, &line)) {
		char dev[32], at[512];
		RI_FREE char *s = ri_span_dup(line);

		if (!s || sscanf(s, "%*s %*s %31s %*s %511s", dev, at) != 2 ||
		    strcmp(dev, number) != 0)
			continue;
		ri_buf_addf(l->who, "it is mounted at %s; unmount it: umount %s", at, at);
		return true;
	}
	return false;
}

/* The device itself, or one of its partitions. */
static bool on_device(struct looking *l, const char *dir)
{
	RI_FREE char *holders = ri_file_join(dir, "holders");
	char number[32];

	attr(dir, "dev", number, sizeof number);
	return (holders && each(l, holders, holder_here)) || (*number && mounted_as(l, number));
}

static bool partition_here(const struct looking *l, const char *path, const char *name)
{
	struct looking copy = *l;
	char is_one[16];

	(void)name;
	attr(path, "partition", is_one, sizeof is_one);
	return *is_one && on_device(&copy, path);
}

int ri_in_use_by_kernel(const char *root, int fd, bool readers, struct ri_buf *who,
    struct ri_err *e)
{
	struct looking l = { .root = root, .readers = readers, .who = who };
	RI_BUF loops = { 0 };
	RI_BUF dir = { 0 };

	if (fstat(fd, &l.what) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	ri_buf_addf(&loops, "%s/sys/block", root);
	ri_buf_addf(&dir, "%s/sys/dev/block/%u:%u", root, major(l.what.st_rdev),
	    minor(l.what.st_rdev));
	if (ri_buf_check(&loops, e) < 0 || ri_buf_check(&dir, e) < 0)
		return -1;
	if (!each(&l, loops.p, loop_here) && S_ISBLK(l.what.st_mode) && !on_device(&l, dir.p))
		each(&l, dir.p, partition_here);
	return ri_buf_check(who, e);
}
