// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * For the readers of both forms.
 */
#include "pveconf/backup_jobs.h"

void ri_backup_job_free(struct ri_backup_job *job);
/**
 * Give a job one of its properties; those that say nothing of what it covers are not looked at.
 * @return 1; 0: it is not a value for it, which Proxmox does not take either; -1 RI_E_NOMEM.
 */
int ri_backup_job_set(struct ri_backup_job *job, const char *key, struct ri_span value,
    struct ri_err *e) RI_MUST_CHECK;
/** Append "line N: why: what" to the warnings, "FILE: " before it. @return 0; -1 RI_E_NOMEM. */
int ri_backup_jobs_warn(struct ri_backup_jobs *to, const char *file, size_t line, const char *why,
    struct ri_span what, struct ri_err *e) RI_MUST_CHECK;
/**
 * Append the job, which @job then no longer owns, or warn of why Proxmox cannot run it.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_backup_jobs_add(struct ri_backup_jobs *to, const char *file, size_t line,
    struct ri_backup_job *job, struct ri_err *e) RI_MUST_CHECK;
