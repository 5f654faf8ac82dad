// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/pvevm.h"
#include "base/cancel.h"
#include "base/log.h"
#include "host/clock.h"
#include "host/dir.h"
#include "host/hostfile.h"
#include "pvehost/pass_over_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

void ri_pvevm_free(struct ri_pvevm *vm)
{
	free(vm->path);
	ri_buf_free(&vm->text);
	ri_vmconf_free(&vm->conf);
	*vm = (struct ri_pvevm){ 0 };
}

/* Without memory of its own: a VM is not somewhere else for the lack of some. */
static bool has_file(const struct ri_pvehost *h, const char *node, const char *kind, unsigned vmid)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s/etc/pve/nodes/%s/%s/%u.conf", h->root, node, kind,
	    vmid);

	return n >= 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

/* Not here: where else, or as what else. */
static int say_where(const struct ri_pvehost *h, unsigned vmid, struct ri_err *e)
{
	char nodes[PATH_MAX], other[NAME_MAX + 1] = "";
	bool container = false;
	DIR *d;

	snprintf(nodes, sizeof nodes, "%s/etc/pve/nodes", h->root);
	d = opendir(nodes);
	for (struct dirent *en = d ? readdir(d) : NULL; en && !*other; en = readdir(d)) {
		if (en->d_name[0] == '.')
			continue;
		container = container || has_file(h, en->d_name, "lxc", vmid);
		if (has_file(h, en->d_name, "qemu-server", vmid))
			snprintf(other, sizeof other, "%s", en->d_name);
	}
	if (d)
		closedir(d);
	if (*other)
		return ri_fail(e, RI_E_BUSY, 0, "VM %u is on the node '%s'; run ramimg there", vmid,
		    other);
	return container ? ri_fail(e, RI_E_UNSUPPORTED, 0, "%u is a container, not a VM", vmid)
			 : ri_fail(e, RI_E_MISSING, 0, "VM %u does not exist", vmid);
}

int ri_pvevm_load(const struct ri_pvehost *h, unsigned vmid, struct ri_pvevm *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { .vmid = vmid };
	RI_BUF path = { 0 };

	if (!has_file(h, h->node, "qemu-server", vmid))
		return say_where(h, vmid, e);
	ri_buf_addf(&path, "%s/etc/pve/nodes/%s/qemu-server/%u.conf", h->root, h->node, vmid);
	vm.path = ri_buf_steal(&path);
	if (!vm.path)
		return ri_nomem(e);
	if (ri_pve_read(vm.path, &vm.text, e) < 0 ||
	    ri_vmconf_parse(ri_buf_span(&vm.text), &vm.conf, e) < 0)
		return ri_ctx(e, "VM %u", vmid);
	for (size_t i = 0; i < vm.conf.warnings.n; i++)
		ri_log(RI_LOG_DEBUG, "%s: %s", vm.path, vm.conf.warnings.v[i]);
	*out = vm;
	vm = (struct ri_pvevm){ 0 };
	return 0;
}

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
	if (ri_file_read(path, 64, &name, &ignored) < 0)
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
	RI_ON_EXIT(ri_dir_close) struct ri_dir made = { 0 };
	RI_BUF dir = { 0 };
	RI_BUF path = { 0 };
	RI_FD int fd = -1;

	ri_buf_addf(&dir, "%s/var/lock/qemu-server", h->root);
	ri_buf_addf(&path, "%s/var/lock/qemu-server/lock-%u.conf", h->root, vmid);
	if (ri_buf_check(&dir, e) < 0 || ri_buf_check(&path, e) < 0 ||
	    ri_dir_open(dir.p, 0755, &made, e) < 0)
		return -1;
	fd = open(path.p, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", path.p);
	if (wait_for(fd, vmid, wait_s, e) < 0)
		return -1;
	return ri_steal_fd(&fd);
}

/*
 * Append a file of a process that may have ended; nothing where there is none, or no such file. Any other failure is
 * one: a VM whose process cannot be looked at may run.
 */
static int read_of_process(const char *path, size_t max, struct ri_buf *out, struct ri_err *e)
{
	struct ri_err why = { 0 };

	if (ri_file_read(path, max, out, &why) == 0)
		return 0;
	ri_buf_free(out);
	switch (why.sys) {
	case ENOENT:
	case ENOTDIR:
	case ESRCH:
	case EISDIR:
	case EFBIG:
		return 0;
	default:
		*e = why;
		return -1;
	}
}

/* The pid that Proxmox's file names; 0 where there is none (Helpers.pm: "^(\d+)$"). */
static int read_pid(const char *path, int *pid, struct ri_err *e)
{
	RI_BUF text = { 0 };
	struct ri_span s;

	*pid = 0;
	if (read_of_process(path, 64, &text, e) < 0)
		return -1;
	s = ri_span_trim(ri_buf_span(&text));
	if (s.n > 9 || strspn(s.p, "0123456789") < s.n)
		return 0;
	for (size_t i = 0; i < s.n; i++)
		*pid = *pid * 10 + (s.p[i] - '0');
	return 0;
}

/* argv[0] is "…kvm" or a program named qemu-…. */
static bool is_qemu(const char *argv0)
{
	size_t n = strlen(argv0);

	return (n >= 3 && strcmp(argv0 + n - 3, "kvm") == 0) ||
	       strncmp(ri_file_base(argv0), "qemu-", 5) == 0;
}

/* Whether the process is a QEMU with "-pidfile @path", said with /run or with /var/run. @return 1, 0; -1. */
static int has_pidfile(int pid, const char *const *paths, struct ri_err *e)
{
	RI_BUF args = { 0 };
	bool next = false;
	char path[40];

	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	if (read_of_process(path, (size_t)1 << 21, &args, e) < 0)
		return -1;
	if (args.n == 0 || !is_qemu(args.p))
		return 0;
	for (size_t at = 0; at < args.n; at += strlen(args.p + at) + 1) {
		const char *arg = args.p + at;

		if (next)
			return strcmp(arg, paths[0]) == 0 || strcmp(arg, paths[1]) == 0;
		next = strcmp(arg, "-pidfile") == 0 || strcmp(arg, "--pidfile") == 0;
	}
	return 0;
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
		int found, its;

		if (read_pid(paths[i], &found, e) < 0)
			return -1;
		its = found > 0 ? has_pidfile(found, paths, e) : 0;
		if (its < 0)
			return -1;
		if (its && (kill(found, 0) == 0 || errno == EPERM))
			*pid = found;
	}
	return 0;
}

void ri_pvevm_monitor(const struct ri_pvehost *h, unsigned vmid, struct ri_buf *out)
{
	ri_buf_addf(out, "%s/var/run/qemu-server/%u.qmp", h->root, vmid);
}

void ri_pvevm_agent(const struct ri_pvehost *h, unsigned vmid, struct ri_buf *out)
{
	ri_buf_addf(out, "%s/var/run/qemu-server/%u.qga", h->root, vmid);
}

int ri_pvevm_each(const struct ri_pvehost *h,
    int (*fn)(const struct ri_pvevm *vm, void *arg, struct ri_err *e), void *arg, struct ri_err *e)
{
	RI_FREE unsigned *vmids = NULL;
	size_t n = 0;

	if (ri_pvehost_vmids(h, &vmids, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
		struct ri_err why = { 0 };

		if (ri_pvevm_load(h, vmids[i], &vm, &why) < 0) {
			if (ri_pass_over(&why, e) < 0)
				return -1;
			ri_log(RI_LOG_WARN, "skipped: %s", why.msg);
		} else if (fn(&vm, arg, e) < 0) {
			return -1;
		}
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
