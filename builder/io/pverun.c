#include "io/fsx.h"
#include "io/pvehost.h"

#include <errno.h>
#include <signal.h>

/* The pid that Proxmox's file names; 0 where there is none (Helpers.pm: "^(\d+)$"). */
static int read_pid(const char *path)
{
	RI_BUF text = { 0 };
	struct ri_err ignored;
	struct ri_span s;
	long pid = 0;

	if (ri_fsx_read(path, 64, &text, &ignored) < 0)
		return 0;
	s = ri_span_trim(ri_buf_span(&text));
	if (s.n == 0 || s.n > 9)
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return 0;
		pid = pid * 10 + (s.p[i] - '0');
	}
	return (int)pid;
}

/* argv[0] is "…kvm" or a program named qemu-…. */
static bool is_qemu(const char *argv0)
{
	size_t n = strlen(argv0);

	return (n >= 3 && strcmp(argv0 + n - 3, "kvm") == 0) ||
	       strncmp(ri_fsx_base(argv0), "qemu-", 5) == 0;
}

/* Whether the process is a QEMU with "-pidfile @path", said with /run or with /var/run. */
static bool has_pidfile(int pid, const char *const *paths)
{
	RI_BUF args = { 0 };
	struct ri_err ignored;
	bool next = false;
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	if (ri_fsx_read(path, (size_t)1 << 21, &args, &ignored) < 0 || args.n == 0 ||
	    !is_qemu(args.p))
		return false;
	for (size_t at = 0; at < args.n; at += strlen(args.p + at) + 1) {
		const char *arg = args.p + at;

		if (next)
			return strcmp(arg, paths[0]) == 0 || strcmp(arg, paths[1]) == 0;
		next = strcmp(arg, "-pidfile") == 0 || strcmp(arg, "--pidfile") == 0;
	}
	return false;
}

int ri_pvevm_running(const struct ri_pvehost *h, unsigned vmid, int *pid, struct ri_err *e)
{
	RI_BUF var = { 0 };
	RI_BUF run = { 0 };

	*pid = 0;
	ri_buf_addf(&var, "%s/var/run/qemu-server/%u.pid", h->root, vmid);
	ri_buf_addf(&run, "%s/run/qemu-server/%u.pid", h->root, vmid);
	if (ri_buf_check(&var, e) < 0 || ri_buf_check(&run, e) < 0)
		return -1;
	const char *paths[] = { var.p, run.p };

	for (size_t i = 0; i < 2 && *pid == 0; i++) {
		int found = read_pid(paths[i]);

		if (found > 0 && has_pidfile(found, paths) &&
		    (kill(found, 0) == 0 || errno == EPERM))
			*pid = found;
	}
	return 0;
}

int ri_pvevm_check_stopped(const struct ri_pvehost *h, unsigned vmid, struct ri_err *e)
{
	int pid;

	if (ri_pvevm_running(h, vmid, &pid, e) < 0)
		return -1;
	return pid == 0 ? 0
			: ri_fail(e, RI_E_BUSY, 0,
			      "VM %u is running (process %d); shut it down first: qm shutdown %u",
			      vmid, pid, vmid);
}
