// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/backups.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "pveconf/backup_cron.h"
#include "pveconf/pools.h"
#include "pvehost/pass_over_internal.h"

#include <errno.h>

void ri_pvebackups_free(struct ri_pvebackups *b)
{
	ri_backup_jobs_free(&b->jobs);
	ri_buf_free(&b->users);
	ri_strv_free(&b->not_known);
}

static int path_of(const struct ri_pvehost *h, const char *name, struct ri_buf *path,
    struct ri_err *e)
{
	ri_buf_addf(path, "%s/etc/%s", h->root, name);
	return ri_buf_check(path, e);
}

/* @return 1 with its text, which is empty where there is no such file; 0: it cannot be read, which is noted; -1. */
static int read_file(const struct ri_pvehost *h, const char *name, struct ri_pvebackups *b,
    struct ri_buf *text, struct ri_err *e)
{
	struct ri_err why = { 0 };
	RI_BUF path = { 0 };

	if (path_of(h, name, &path, e) < 0)
		return -1;
	if (ri_pve_read(path.p, text, &why) == 0 || why.sys == ENOENT)
		return 1;
	if (ri_pass_over(&why, e) < 0)
		return -1;
	ri_buf_free(text);
	return ri_strv_add(&b->not_known, why.msg, e) < 0 ? -1 : 0;
}

static int read_jobs(const struct ri_pvehost *h, struct ri_pvebackups *b, struct ri_err *e)
{
	RI_BUF text = { 0 };
	int got = read_file(h, "pve/jobs.cfg", b, &text, e);

	return got < 0 ? -1 : ri_backup_jobs_parse(ri_buf_span(&text), &b->jobs, e);
}

static int read_cron(const struct ri_pvehost *h, const char *name, struct ri_pvebackups *b,
    struct ri_err *e)
{
	RI_BUF text = { 0 };
	int got = read_file(h, name, b, &text, e);

	return got < 0 ? -1
		       : ri_backup_cron_parse(ri_file_base(name), ri_buf_span(&text), &b->jobs, e);
}

/* Usually the one is a link to the other. */
static int read_both_crons(const struct ri_pvehost *h, struct ri_pvebackups *b, struct ri_err *e)
{
	static const char *const names[] = { "pve/vzdump.cron", "cron.d/vzdump" };
	RI_BUF ours = { 0 };
	RI_BUF crons = { 0 };

	if (path_of(h, names[0], &ours, e) < 0 || path_of(h, names[1], &crons, e) < 0 ||
	    read_cron(h, names[0], b, e) < 0)
		return -1;
	return ri_file_same(ours.p, crons.p) ? 0 : read_cron(h, names[1], b, e);
}

int ri_pvebackups_read(const struct ri_pvehost *h, struct ri_pvebackups *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvebackups_free) struct ri_pvebackups b = { 0 };
	int users;

	if (read_jobs(h, &b, e) < 0 || read_both_crons(h, &b, e) < 0)
		return -1;
	users = read_file(h, "pve/user.cfg", &b, &b.users, e);
	if (users < 0)
		return -1;
	b.users_known = users > 0;
	for (size_t i = 0; i < b.jobs.warnings.n; i++)
		ri_log(RI_LOG_DEBUG, "%s", b.jobs.warnings.v[i]);
	*out = b;
	b = (struct ri_pvebackups){ 0 };
	return 0;
}

int ri_pvebackups_of(const struct ri_pvebackups *b, const struct ri_pvehost *h, unsigned vmid,
    struct ri_backups *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_backups_free) struct ri_backups all = { 0 };
	RI_FREE char *pool = NULL;

	if (ri_pool_of(ri_buf_span(&b->users), vmid, &pool, e) < 0)
		return -1;
	const struct ri_backup_vm vm = { vmid, h->node, pool, b->users_known };

	if (ri_backups_of(&b->jobs, &vm, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < b->not_known.n; i++)
		if (ri_strv_add(&all.not_known, b->not_known.v[i], e) < 0)
			return -1;
	*out = all;
	all = (struct ri_backups){ 0 };
	return 0;
}
