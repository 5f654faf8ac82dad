// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /init of an initrd that holds nothing else: tells on the console what the kernel unpacked, and
 * powers off.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(const char *path)
{
	char text[256] = "";
	struct stat st;
	ssize_t n = 0;
	int fd;

	if (lstat(path, &st) < 0) {
		printf("fact %s absent\n", path);
		return;
	}
	if (S_ISREG(st.st_mode)) {
		fd = open(path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	} else if (S_ISLNK(st.st_mode)) {
		n = readlink(path, text, sizeof text - 1);
	}
	text[strcspn(text, "\n")] = '\0';
	/* A directory's size is the file system's affair. */
	printf("fact %s mode %o size %lld read %zd %s\n", path, (unsigned)st.st_mode,
	    S_ISDIR(st.st_mode) ? 0 : (long long)st.st_size, n, text);
}

int main(void)
{
	static const char *const paths[] = { "/ramimg", "/ramimg/manifest", "/ramimg/ramload",
		"/scripts/ramimg", "/scripts/local", "/sbin", "/sbin/tool",
		"/kernel/x86/microcode/x.bin" };

	puts("");
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		tell(paths[i]);
	puts("fact end");
	fflush(stdout);
	fsync(1);
	reboot(RB_POWER_OFF);
	return 1;
}
