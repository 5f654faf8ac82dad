// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The older form of scheduled backups, which cron still runs where it is left over:
 * /etc/pve/vzdump.cron, to which /etc/cron.d/vzdump is a link. A line is
 *
 *     MINUTE HOUR * * DAYS root [/path/]vzdump VMID… --option value …
 *
 * with a "#" before vzdump where the job is switched off. Cron takes more than that form, and so does this.
 * Source: pve-guest-common VZDump/Common.pm:parse_vzdump_cron_config, pve-common JSONSchema.pm:get_options.
 */
#include "pveconf/backup_jobs.h"

/**
 * Append the jobs of such a file, which messages call @file. Lines without vzdump are passed over. What cron
 * would run and this cannot understand is a job that is unclear.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_backup_cron_parse(const char *file, struct ri_span text, struct ri_backup_jobs *out,
    struct ri_err *e) RI_MUST_CHECK;
