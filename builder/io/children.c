/*
 * Our own child processes as proc(5) shows them: libguestfs starts QEMU for us and hands its pid
 * out only once the launch is over, but a launch that hangs must be ended from outside.
 */
#include "io/proc.h"

#include <dirent.h>
#include <signal.h>

/* The pid when /proc/NAME is a child of ours whose program name begins with @prefix, else 0. */
static pid_t match(const char *name, const char *prefix)
{
	char path[64], text[512], *comm, *end;
	RI_FILE FILE *f = NULL;
	int pid, ppid;
	char state;

	if (name[0] < '1' || name[0] > '9' || strlen(name) > 10)
		return 0;
	snprintf(path, sizeof path, "/proc/%s/stat", name);
	f = fopen(path, "re");
	if (!f || !fgets(text, sizeof text, f))
		return 0;
	/* "pid (comm) state ppid …"; comm may hold anything, so look for the last parenthesis. */
	comm = strchr(text, '(');
	end = strrchr(text, ')');
	if (!comm || !end || sscanf(text, "%d", &pid) != 1 ||
	    sscanf(end + 1, " %c %d", &state, &ppid) != 2)
		return 0;
	if (ppid != getpid() || state == 'Z' || strncmp(comm + 1, prefix, strlen(prefix)) != 0)
		return 0;
	return pid;
}

static int each_child(const char *prefix, int sig)
{
	DIR *d = opendir("/proc");
	int n = 0;

	if (!d)
		return 0;
	for (struct dirent *en = readdir(d); en; en = readdir(d)) {
		pid_t pid = match(en->d_name, prefix);

		if (pid > 0) {
			n++;
			if (sig)
				kill(pid, sig);
		}
	}
	closedir(d);
	return n;
}

int ri_proc_kill_children(const char *prefix)
{
	return each_child(prefix, SIGKILL);
}

int ri_proc_count_children(const char *prefix)
{
	return each_child(prefix, 0);
}
