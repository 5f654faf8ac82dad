// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The host that is looked at: this one, or one that a test made up.
 */
#include "appmodule/settings.h"
#include "base/err.h"
#include "plan/job.h"
#include "pvehost/list.h"

#include <sys/types.h>

/** For ri_doctor_host_free; only what `owned` says is released. */
struct ri_doctor_host {
	const char *root; /* before /boot, /lib/modules, /dev/kvm, /proc, /etc: "" for this host */
	uid_t uid;
	bool proxmox;
	const char *pve_root;                 /* where it is: "" for this host */
	ri_list_look_fn *look;                /* who looks at its VMs' volumes; NULL: nobody */
	const char *(*env)(const char *name); /* as getenv(3) */
	/* How many bytes are free on the file system of @path; false: not known. */
	bool (*space)(const char *path, uint64_t *bytes);
	const struct ri_appliance_settings *guestfs; /* NULL: libguestfs cannot be used */
	const char *refused;                         /* why not */
	const char
	    *install; /* then: what `apt install` takes to mend that; NULL: nothing is known */
	enum ri_kvm kvm;
	const char *mark; /* that KVM hangs (host/kvm_hangs.h); NULL: nowhere */
	const char *stage_dir, *out;
	const char *output, *target; /* NULL: not given */
	struct ri_host_owned {
		struct ri_appliance_settings guestfs;
		char refused[1400]; /* a whole message */
		char *mark;
	} * owned;
};

/** What the command line names. */
struct ri_doctor_names {
	const char *out, *output, *target; /* NULL: not given; out "": no artifacts are kept */
	const char *pve_root;              /* of a Proxmox VE host; NULL: this host */
	ri_list_look_fn *look;             /* as in struct ri_doctor_host */
};

/** This host, for what @job and @names say, which are borrowed. @return 0; -1 RI_E_NOMEM. */
int ri_doctor_host(const struct ri_job *job, const struct ri_doctor_names *names,
    struct ri_doctor_host *out, struct ri_err *e) RI_MUST_CHECK;
void ri_doctor_host_free(struct ri_doctor_host *h);
