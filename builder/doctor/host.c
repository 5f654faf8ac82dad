// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "doctor/host.h"
#include "appmodule/appmodule.h"
#include "doctor/internal.h"
#include "host/kvm_hangs.h"
#include "pvehost/pvehost.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

static const char *from_environment(const char *name)
{
	return getenv(name);
}

static bool free_space(const char *path, uint64_t *bytes)
{
	struct statvfs st;

	return statvfs(path, &st) == 0 &&
	       !__builtin_mul_overflow((uint64_t)st.f_bavail, (uint64_t)st.f_frsize, bytes);
}

int ri_doctor_host(const struct ri_job *job, const struct ri_doctor_names *names,
    struct ri_doctor_host *out, struct ri_err *e)
{
	struct ri_host_owned *own = calloc(1, sizeof *own);
	struct ri_err why = { 0 };

	if (!own)
		return ri_nomem(e);
	*out = (struct ri_doctor_host){ .root = "",
		.uid = geteuid(),
		.pve_root = names->pve_root ? names->pve_root : "",
		.look = names->look,
		.env = from_environment,
		.space = free_space,
		.guestfs = &own->guestfs,
		.refused = own->refused,
		.kvm = (enum ri_kvm)job->kvm,
		.stage_dir = job->stage_dir,
		.out = names->out ? names->out : "out",
		.output = names->output,
		.target = names->target,
		.owned = own };
	out->proxmox = ri_pvehost_is(out->pve_root);
	own->mark = ri_kvm_hangs_path(job->stage_dir);
	out->mark = own->mark;
	if (ri_appmodule_settings(&own->guestfs, &out->install, &why) == 0)
		return 0;
	if (why.code == RI_E_NOMEM) {
		*e = why;
		return -1;
	}
	out->guestfs = NULL;
	snprintf(own->refused, sizeof own->refused, "%s", why.msg);
	return 0;
}

void ri_doctor_host_free(struct ri_doctor_host *h)
{
	if (h->owned) {
		ri_appliance_settings_free(&h->owned->guestfs);
		free(h->owned->mark);
	}
	free(h->owned);
	*h = (struct ri_doctor_host){ 0 };
}

const char *ri_sudo(const struct ri_doctor_host *h)
{
	return h->uid == 0 ? "" : "sudo ";
}

bool ri_host_path(const struct ri_doctor_host *h, const char *path, char out[static PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s%s", h->root, path);

	return n < PATH_MAX;
}

bool ri_may(const char *path, int how)
{
	return syscall(SYS_faccessat2, AT_FDCWD, path, how, AT_EACCESS) == 0;
}
