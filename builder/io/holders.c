#include "io/holders.h"
#include "io/fsx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static bool same_file(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) || S_ISBLK(b->st_mode))
		return S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode) && a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

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
		    same_file(what, &st))
			most = writes(proc, pid, en->d_name) ? WRITES : READS;
	}
	closedir(d);
	return most;
}

static void name_it(int proc, const char *pid, enum access how, struct ri_holder *out)
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

int ri_holders_find(int fd, bool readers, struct ri_holder *out, struct ri_err *e)
{
	struct stat what;
	DIR *d;

	*out = (struct ri_holder){ 0 };
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
