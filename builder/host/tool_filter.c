// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/tool_filter.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <seccomp.h>

/*
 * A list of what fails and not of what works, as QEMU's own -sandbox has it: what else its many versions and
 * libraries call is not for us to know.
 */
static const int denied[] = {
	/* processes, and other ones */
	SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(kcmp), SCMP_SYS(pidfd_getfd), SCMP_SYS(setns),
	SCMP_SYS(unshare),
	/* sockets: the one that it serves was made for it */
	SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen),
	/* file systems and special files */
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(move_mount), SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount), SCMP_SYS(fspick), SCMP_SYS(mount_setattr), SCMP_SYS(mknod),
	SCMP_SYS(mknodat), SCMP_SYS(open_by_handle_at), SCMP_SYS(quotactl), SCMP_SYS(swapon),
	SCMP_SYS(swapoff), SCMP_SYS(acct),
	/* the kernel */
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd), SCMP_SYS(reboot), SCMP_SYS(syslog), SCMP_SYS(io_uring_setup),
	SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(iopl),
	SCMP_SYS(ioperm), SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(clock_adjtime),
	SCMP_SYS(adjtimex), SCMP_SYS(sethostname), SCMP_SYS(setdomainname),
	/* who it is */
	SCMP_SYS(setuid), SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid),
	SCMP_SYS(setresuid), SCMP_SYS(setresgid), SCMP_SYS(setfsuid), SCMP_SYS(setfsgid),
	SCMP_SYS(setgroups), SCMP_SYS(capset)
};

static int fill(scmp_filter_ctx f)
{
	/* Flags of clone3 are in memory, where no filter can look: glibc takes clone in its place. */
	int rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (rc == 0)
		rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	for (size_t i = 0; rc == 0 && i < sizeof denied / sizeof *denied; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
	return rc;
}

/* The library gives the code to a descriptor alone. */
static int take(int fd, struct sock_fprog *out, struct ri_err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "seccomp");
	out->filter = malloc((size_t)st.st_size);
	if (!out->filter)
		return ri_nomem(e);
	if (pread(fd, out->filter, (size_t)st.st_size, 0) != st.st_size) {
		free(ri_steal(out->filter));
		return ri_fail(e, RI_E_IO, errno, "seccomp");
	}
	out->len = (unsigned short)((size_t)st.st_size / sizeof *out->filter);
	return 0;
}

int ri_tool_filter(struct sock_fprog *out, struct ri_err *e)
{
	RI_FD int fd = memfd_create("seccomp", MFD_CLOEXEC);
	scmp_filter_ctx f;
	int rc;

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "seccomp");
	f = seccomp_init(SCMP_ACT_ALLOW);
	if (!f)
		return ri_nomem(e);
	rc = fill(f);
	if (rc == 0)
		rc = seccomp_export_bpf(f, fd);
	seccomp_release(f);
	return rc == 0 ? take(fd, out, e) : ri_fail(e, RI_E_IO, -rc, "seccomp");
}
