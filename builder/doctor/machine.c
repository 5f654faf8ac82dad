// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The machine: KVM, memory, and whether it is Proxmox VE's.
 */
#include "doctor/internal.h"
#include "base/show.h"
#include "host/hostfile.h"
#include "host/kvm_hangs.h"

#include <errno.h>
#include <fcntl.h>

int ri_look_host(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	(void)versions, (void)e;
	if (!h->proxmox) {
		RI_FOUND(r, RI_HEALTH_OK,
		    "not Proxmox VE: TARGET is an image file or a block device");
	} else if (h->uid == 0) {
		RI_FOUND(r, RI_HEALTH_OK, "Proxmox VE: TARGET may also be a volume or a VMID");
	} else {
		RI_FOUND(r, RI_HEALTH_WARNING, "Proxmox VE, whose volumes are root's");
		RI_REMEDY(r, "run ramimg as root");
	}
	return 0;
}

/* @return whether the processor says that it can; a virtual machine's only if its host lets it. */
static int add_module(const struct ri_doctor_host *h, struct ri_checked *r, struct ri_err *e)
{
	struct ri_err why = { 0 };
	char path[PATH_MAX];
	RI_BUF text = { 0 };

	if (ri_host_path(h, "/proc/cpuinfo", path) &&
	    ri_file_read(path, 8 << 20, &text, &why) < 0 && why.code == RI_E_NOMEM) {
		*e = why;
		return -1;
	}
	ri_buf_add(&text, "", 1);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	if (strstr(text.p, " vmx"))
		RI_REMEDY(r, "%smodprobe kvm_intel", ri_sudo(h));
	else if (strstr(text.p, " svm"))
		RI_REMEDY(r, "%smodprobe kvm_amd", ri_sudo(h));
	else
		RI_REMEDY(r,
		    "turn on VT-x or AMD-V in the firmware or, in a virtual machine, nested "
		    "virtualisation on its host");
	return 0;
}

static int no_kvm(const struct ri_doctor_host *h, int sys, struct ri_checked *r, struct ri_err *e)
{
	RI_FOUND(r, h->kvm == RI_KVM_YES ? RI_HEALTH_MISSING : RI_HEALTH_WARNING,
	    "/dev/kvm cannot be opened: %s; %s", strerror(sys),
	    h->kvm == RI_KVM_YES ? "and appliance.kvm is \"yes\""
				 : "the appliance is emulated, and takes 10 to 60 s to start");
	if (sys == ENOENT || sys == ENXIO || sys == ENODEV)
		return add_module(h, r, e);
	if (h->uid != 0)
		RI_REMEDY(r, "sudo usermod -aG kvm \"$USER\", and log in again");
	else
		RI_REMEDY(r, "let this container have the device /dev/kvm (10:232)");
	return 0;
}

int ri_look_kvm(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	char path[PATH_MAX];
	RI_FD int fd = -1;

	(void)versions;
	if (h->kvm == RI_KVM_NO) {
		RI_FOUND(r, RI_HEALTH_OK, "not tried: appliance.kvm is \"no\"");
		return 0;
	}
	if (!ri_host_path(h, "/dev/kvm", path))
		return 0;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return no_kvm(h, errno, r, e);
	if (h->kvm == RI_KVM_AUTO && ri_kvm_hangs_is_set(h->mark)) {
		RI_FOUND(r, RI_HEALTH_WARNING,
		    "KVM has hung here within the last hour, and is not tried until then");
		RI_REMEDY(r, "to have it tried now: rm %s", h->mark);
		return 0;
	}
	RI_FOUND(r, RI_HEALTH_OK, "/dev/kvm can be opened; that it works only a start shows");
	return 0;
}

int ri_look_memory(const struct ri_doctor_host *h, bool versions, struct ri_checked *r,
    struct ri_err *e)
{
	static const char key[] = "MemAvailable:";
	char path[PATH_MAX];
	char is[RI_SHOW_FIGURE], takes[RI_SHOW_FIGURE];
	struct ri_err why = { 0 };
	RI_BUF text = { 0 };
	unsigned long mib;
	const char *at;

	(void)versions;
	if (!h->guestfs || !ri_host_path(h, "/proc/meminfo", path))
		return 0;
	if (ri_file_read(path, 1 << 20, &text, &why) < 0) {
		if (why.code == RI_E_NOMEM) {
			*e = why;
			return -1;
		}
		return 0;
	}
	at = strstr(text.p ? text.p : "", key);
	if (!at)
		return 0;
	mib = strtoul(at + strlen(key), NULL, 10) / 1024;
	RI_FOUND(r, RI_HEALTH_OK, "%s are available, the appliance has %s",
	    ri_show_bytes((uint64_t)mib << 20, is),
	    ri_show_bytes((uint64_t)h->guestfs->memsize << 20, takes));
	if (mib < (unsigned long)h->guestfs->memsize) {
		r->health = RI_HEALTH_WARNING;
		RI_REMEDY(r, "stop something, or export LIBGUESTFS_MEMSIZE=768");
	}
	return 0;
}
