// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/migration_internal.h"

/* "105-0": the guest's number, and the job's among its own (ReplicationConfig.pm:parse_replication_job_id). */
static bool is_of(const struct ri_section *job, unsigned vmid)
{
	char *end;
	size_t digits = strspn(job->id, "0123456789");

	return digits > 0 && strtoul(job->id, &end, 10) == vmid && *end == '-' && end[1] &&
	       end[1 + strspn(end + 1, "0123456789")] == '\0';
}

/* The VM's next job from *@at on, or NULL; one without a target is none. */
static const struct ri_section *next_job(const struct ri_migcheck *k, size_t *at)
{
	const struct ri_sections *all = &k->cluster->file[RI_CLUSTER_REPLICATION];

	while (*at < all->n) {
		const struct ri_section *job = &all->v[(*at)++];
		const char *target = ri_section_get(job, "target");

		if (is_of(job, k->vm->vmid) && target && *target)
			return job;
	}
	return NULL;
}

/* The one to the target, if there is a target, else any; whether it is disabled makes no difference. */
static const struct ri_section *job_of(const struct ri_migcheck *k)
{
	const struct ri_section *job;

	for (size_t at = 0; (job = next_job(k, &at));)
		if (!k->vm->target || strcmp(ri_section_get(job, "target"), k->vm->target) == 0)
			return job;
	return NULL;
}

bool ri_mig_replicated(const struct ri_migcheck *k)
{
	return job_of(k) != NULL;
}

/* Its jobs, and the targets of those that are not about to be removed. */
static int jobs(struct ri_migcheck *k, struct ri_strv *ids, struct ri_strv *targets)
{
	const struct ri_section *job;

	for (size_t at = 0; (job = next_job(k, &at));)
		if (ri_strv_add(ids, job->id, k->e) < 0 ||
		    (!ri_section_get(job, "remove_job") &&
			ri_strv_add(targets, ri_section_get(job, "target"), k->e) < 0))
			return -1;
	ri_strv_sort(targets);
	return 0;
}

/* Not where a job sends it: refused, or with HA, which uses force, the jobs fail from then on. */
static int elsewhere(struct ri_migcheck *k, const struct ri_strv *ids, bool ha)
{
	RI_BUF list = { 0 };

	ri_mig_list(ids, &list);
	if (ri_buf_check(&list, k->e) < 0)
		return -1;
	if (ha)
		return ri_mig_remark(k,
		    "its replication (%.100s) does not go to %s, and fails once the VM is there",
		    list.p, k->vm->target);
	return ri_mig_say(k,
	    "its replication (%.100s) does not go to %s, and only one that is replicated there moves "
	    "live; add a job, or remove what there is: pvesr delete %s",
	    list.p, k->vm->target, ids->v[0]);
}

int ri_mig_replication(struct ri_migcheck *k)
{
	const struct ri_section *job = job_of(k);
	RI_STRV ids = { 0 };
	RI_STRV targets = { 0 };
	char sid[16];
	bool ha;

	snprintf(sid, sizeof sid, "vm:%u", k->vm->vmid);
	ha = ri_mig_ha_managed(k, sid);
	if (jobs(k, &ids, &targets) < 0)
		return -1;
	if (ids.n == 0)
		return 0;
	if (k->vm->target && !job)
		return elsewhere(k, &ids, ha);
	if (k->vm->target && ri_section_get(job, "remove_job"))
		return ri_mig_say(k,
		    "its replication job %s to %s is being removed; wait until it is gone", job->id,
		    k->vm->target);
	if (k->vm->target || ha)
		return 0;
	return ri_mig_only(k, &targets, "are targets of its replication");
}
