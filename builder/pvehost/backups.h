// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The scheduled backups of a Proxmox VE host's cluster.
 * Source: pve-manager Jobs.pm (jobs.cfg); pve-guest-common VZDump/Common.pm (vzdump.cron, which pve-manager links
 * /etc/cron.d/vzdump to).
 */
#include "pveconf/backup_jobs.h"
#include "pvehost/pvehost.h"

/** What the files say. */
struct ri_pvebackups {
	struct ri_backup_jobs jobs;
	struct ri_buf users; /* user.cfg */
	bool users_known;
	struct ri_strv not_known; /* files that cannot be read, with the reason */
};

/**
 * Read etc/pve/jobs.cfg, etc/pve/vzdump.cron, etc/cron.d/vzdump if that is another file, and etc/pve/user.cfg. A file
 * that is not there has nothing in it; one that cannot be read leaves it not known what it has.
 * @return 0 with *@out for ri_pvebackups_free; -1 RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_pvebackups_read(const struct ri_pvehost *h, struct ri_pvebackups *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_pvebackups_free(struct ri_pvebackups *b);
/**
 * What of it covers VM @vmid, which is on @h.
 * @return 0 with *@out for ri_backups_free; -1 RI_E_NOMEM.
 */
int ri_pvebackups_of(const struct ri_pvebackups *b, const struct ri_pvehost *h, unsigned vmid,
    struct ri_backups *out, struct ri_err *e) RI_MUST_CHECK;
