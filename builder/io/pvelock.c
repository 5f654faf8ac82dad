#include "base/cancel.h"
#include "io/clock.h"
#include "io/fsx.h"
#include "io/pvehost.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* flock(2) has no time limit and nothing tells of a lock's end, so it is tried again and again. */
#define STEP_MS 100

/* proc_locks(5): "1: FLOCK  ADVISORY  WRITE 4711 08:02:123456 0 EOF", the device in hex. */
static int holder_of(int fd)
{
	char line[256];
	struct stat st;
	RI_FILE FILE *f = fopen("/proc/locks", "re");

	if (!f || fstat(fd, &st) < 0)
		return 0;
	while (fgets(line, sizeof line, f)) {
		unsigned major, minor;
		unsigned long long inode;
		char kind[16];
		int pid;

		if (sscanf(line, "%*d: %15s %*s %*s %d %x:%x:%llu", kind, &pid, &major, &minor,
			&inode) == 5 &&
		    strcmp(kind, "FLOCK") == 0 && inode == st.st_ino && major == major(st.st_dev) &&
		    minor == minor(st.st_dev))
			return pid;
	}
	return 0;
}

static int refuse(int fd, unsigned vmid, unsigned wait_s, struct ri_err *e)
{
	int pid = holder_of(fd);
	RI_BUF name = { 0 };
	struct ri_err ignored;
	char path[40];
	struct ri_span shown;

	if (pid <= 0)
		return ri_fail(e, RI_E_BUSY, 0,
		    "VM %u's configuration is locked by another process for more than %u s; wait for it",
		    vmid, wait_s);
	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	if (ri_fsx_read(path, 64, &name, &ignored) < 0)
		ri_buf_free(&name);
	shown = ri_span_trim(ri_buf_span(&name));
	return ri_fail(e, RI_E_BUSY, 0,
	    "VM %u's configuration is locked by process %d (%.*s) for more than %u s; wait for it",
	    vmid, pid, (int)shown.n, shown.p, wait_s);
}

static int wait_for(int fd, unsigned vmid, unsigned wait_s, struct ri_err *e)
{
	int64_t until = ri_clock_ms() + (int64_t)wait_s * 1000;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return ri_fail(e, RI_E_IO, errno, "locking VM %u's configuration", vmid);
		if (ri_cancel_check(e) < 0)
			return -1;
		if (ri_clock_ms() >= until)
			return refuse(fd, vmid, wait_s, e);
		poll(NULL, 0, STEP_MS); /* a signal ends it early */
	}
	return 0;
}

int ri_pvevm_lock(const struct ri_pvehost *h, unsigned vmid, unsigned wait_s, struct ri_err *e)
{
	RI_BUF dir = { 0 };
	RI_BUF path = { 0 };
	RI_FD int fd = -1;

	ri_buf_addf(&dir, "%s/var/lock/qemu-server", h->root);
	ri_buf_addf(&path, "%s/var/lock/qemu-server/lock-%u.conf", h->root, vmid);
	if (ri_buf_check(&dir, e) < 0 || ri_buf_check(&path, e) < 0 ||
	    ri_fsx_mkdirs(dir.p, 0755, e) < 0)
		return -1;
	fd = open(path.p, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", path.p);
	if (wait_for(fd, vmid, wait_s, e) < 0)
		return -1;
	return ri_steal_fd(&fd);
}
