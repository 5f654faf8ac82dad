// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /sbin/init of the smallest guest: says on the console what a test wants to know about the boot,
 * and powers off.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void file(const char *name, const char *path)
{
	char line[4096];
	FILE *f = fopen(path, "r");

	if (!f) {
		printf("fact %s: absent\n", name);
		return;
	}
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = '\0';
		printf("fact %s: %s\n", name, line);
	}
	fclose(f);
}

static void blocks(void)
{
	DIR *d = opendir("/sys/block");
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strncmp(e->d_name, "loop", 4) != 0 &&
		    strncmp(e->d_name, "ram", 3) != 0)
			printf("fact block: %s\n", e->d_name);
	if (d)
		closedir(d);
}

static void sample(void)
{
	char value[64];
	struct stat st;
	ssize_t n;

	if (lstat("/usr/bin/sample", &st) < 0) {
		puts("fact sample: absent");
		return;
	}
	n = lgetxattr("/usr/bin/sample", "security.capability", value, sizeof value);
	printf("fact sample: mode %o owner %u:%u size %lld mtime %lld.%09ld cap %d\n",
	    (unsigned)st.st_mode, (unsigned)st.st_uid, (unsigned)st.st_gid, (long long)st.st_size,
	    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (int)n);
}

/*
 * Mount what the fstab has by UUID, as the system's own init would, and swap there: a disk that stays is used on. "data"
 * says what is in its file, and whether that can be written.
 */
static void data(void)
{
	char line[512], uuid[64], point[64], type[16], link[128], device[PATH_MAX], path[128];
	FILE *f = fopen("/etc/fstab", "r");

	while (f && fgets(line, sizeof line, f)) {
		FILE *w;

		if (sscanf(line, "UUID=%63s %63s %15s", uuid, point, type) != 3)
			continue;
		snprintf(link, sizeof link, "/dev/disk/by-uuid/%s", uuid);
		if (strcmp(type, "swap") == 0) {
			printf("fact swapon: %s\n", realpath(link, device) && swapon(device, 0) == 0
							? "done"
							: strerror(errno));
			continue;
		}
		if (!realpath(link, device) || mount(device, point, type, 0, "") < 0) {
			printf("fact data: %s at %s: %s\n", link, point, strerror(errno));
			continue;
		}
		snprintf(path, sizeof path, "%s/file", point);
		file("data", path);
		w = fopen(path, "a");
		printf("fact data: %s\n",
		    w && fputs("written\n", w) >= 0 && fflush(w) == 0 && fsync(fileno(w)) == 0
			? "written"
			: strerror(errno));
		if (w)
			fclose(w);
	}
	if (f)
		fclose(f);
}

/* Of a process that is a child of ours: "PID (NAME) STATE PARENT ..." and where in the kernel it waits. */
static void child(const char *pid)
{
	char path[300], line[512] = "", where[128] = "";
	const char *name_end;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (f && !fgets(line, sizeof line, f))
		line[0] = '\0';
	if (f)
		fclose(f);
	name_end = strrchr(line, ')');
	if (!name_end || strncmp(name_end + 3, " 1 ", 3) != 0)
		return;
	snprintf(path, sizeof path, "/proc/%s/wchan", pid);
	f = fopen(path, "r");
	if (f && !fgets(where, sizeof where, f))
		where[0] = '\0';
	if (f)
		fclose(f);
	printf("fact left: %.*s, waits in %s\n", (int)(name_end + 3 - line), line, where);
}

static void children(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			child(e->d_name);
	if (d)
		closedir(d);
}

/*
 * What the initramfs left running ends first: udevadm returns when udevd has closed its socket, and
 * a udevd that has not exited yet holds the initramfs's libraries in memory. Its parent is init. What has
 * not ended after LEFTOVERS_SECONDS is told, which the tests take for a failure.
 */
static void await_leftovers(void)
{
	enum { LEFTOVERS_SECONDS = 120 };
	const struct timespec most = { .tv_sec = LEFTOVERS_SECONDS };
	sigset_t ended;

	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ended, NULL);
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return;
		if (pid == 0 && sigtimedwait(&ended, NULL, &most) < 0 && errno == EAGAIN) {
			children();
			return;
		}
	}
}

int main(void)
{
	await_leftovers();
	printf("fact writable: %s\n", mkdir("/made-by-init", 0700) == 0 ? "yes" : "no");
	data();
	file("mount", "/proc/self/mounts");
	file("swap", "/proc/swaps");
	file("cmdline", "/proc/cmdline");
	file("meminfo", "/proc/meminfo");
	file("status", "/run/ramimg/status");
	blocks();
	sample();
	puts("fact end");
	fflush(stdout);
	sync();
	/* What is still in the serial line's buffer must get out. */
	fsync(1);
	reboot(RB_POWER_OFF);
	return 1;
}
