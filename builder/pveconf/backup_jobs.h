// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which VMs Proxmox VE's scheduled backups cover: the jobs of /etc/pve/jobs.cfg, and the lines of the older
 * /etc/pve/vzdump.cron (backup_cron.h).
 *
 * Sources: pve-common Job/Registry.pm:parse_config, SectionConfig.pm:check_value; pve-guest-common
 * VZDump/Common.pm:$confdesc; pve-manager Jobs.pm:run_jobs, VZDump.pm:verify_vzdump_parameters,
 * get_included_guests; API2Tools.pm:get_resource_pool_guest_members.
 */
#include "base/strv.h"

struct ri_backup_job {
	char *name; /* "backup-1a2b", or "vzdump.cron:7" */
	bool enabled;
	bool all;       /* every guest, but for those of exclude */
	char *vmids;    /* a list of VMIDs, or NULL */
	char *exclude;  /* the same */
	char *pool;     /* the guests that are directly in it, or NULL */
	char *node;     /* the only one that runs it, or NULL */
	bool stops;     /* mode stop: the VM is shut down for it */
	bool scheduled; /* it has a schedule, without which Proxmox takes no job */
	char *unclear;  /* why it cannot be told what it covers, or NULL */
};

struct ri_backup_jobs {
	struct ri_backup_job *v;
	size_t n;
	struct ri_strv
	    warnings; /* "jobs.cfg: line 7: …": what Proxmox would warn of, at most 100 */
};

/**
 * Append the jobs of the text of jobs.cfg; hostile or damaged text gives warnings, never an error. A job that Proxmox
 * cannot run (two kinds of choice at once, none at all, no schedule) is left out with a warning. At most
 * RI_BACKUP_JOBS_MAX are kept.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_backup_jobs_parse(struct ri_span text, struct ri_backup_jobs *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_backup_jobs_free(struct ri_backup_jobs *j);

#define RI_BACKUP_JOBS_MAX 1024

enum ri_backup_cover {
	RI_BACKUP_NOT,       /* it does not */
	RI_BACKUP_HERE,      /* it does, where the VM is now */
	RI_BACKUP_ELSEWHERE, /* it would on the node that it runs on */
	RI_BACKUP_NOT_KNOWN, /* its pools or the job itself cannot be read */
};

/** The VM that is asked about. */
struct ri_backup_vm {
	unsigned vmid;
	const char *node;
	const char *pool; /* that it is in, or NULL */
	bool pool_known;  /* false: user.cfg cannot be read, so that pool says nothing */
};

/** Whether an enabled job covers the VM. One that is not enabled does not. */
enum ri_backup_cover ri_backup_covers(const struct ri_backup_job *job,
    const struct ri_backup_vm *vm);

/** What is known of the backups of one VM. */
struct ri_backups {
	struct ri_strv jobs;      /* that cover it: "backup-1", "backup-2 (on pve2)" */
	struct ri_strv stops;     /* those of them that shut it down */
	struct ri_strv not_known; /* jobs, or files, of which it is not known, with the reason */
};
void ri_backups_free(struct ri_backups *b);
/** Append what the jobs are to the VM. @return 0; -1 RI_E_NOMEM. */
int ri_backups_of(const struct ri_backup_jobs *jobs, const struct ri_backup_vm *vm,
    struct ri_backups *out, struct ri_err *e) RI_MUST_CHECK;
