// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A jobs.cfg; behind "--" a vzdump.cron; behind another one a user.cfg. */
#include "fuzz.h"
#include "pveconf/backup_cron.h"
#include "pveconf/pools.h"

static void check_job(const struct ri_backup_job *j, const struct ri_backup_vm *vm)
{
	enum ri_backup_cover c = ri_backup_covers(j, vm);

	FUZZ_CHECK(j->name && *j->name);
	FUZZ_CHECK(j->unclear || j->all || j->vmids || j->exclude || j->pool);
	FUZZ_CHECK(!j->vmids || j->unclear || !(j->all || j->exclude || j->pool));
	FUZZ_CHECK(!j->pool || *j->pool);
	FUZZ_CHECK(!j->node || *j->node);
	FUZZ_CHECK(j->enabled || c == RI_BACKUP_NOT);
	FUZZ_CHECK(c != RI_BACKUP_ELSEWHERE || j->node);
	FUZZ_CHECK(c != RI_BACKUP_NOT_KNOWN || j->unclear || (j->pool && !vm->pool_known));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_backup_jobs_free) struct ri_backup_jobs j = { 0 };
	struct ri_span rest = fuzz_input(data, size);
	struct ri_span jobs = fuzz_part(&rest), cron = fuzz_part(&rest);
	RI_FREE char *pool = NULL;
	struct ri_err e = { 0 };

	FUZZ_CHECK(fuzz_ok(ri_backup_jobs_parse(jobs, &j, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_backup_cron_parse("vzdump.cron", cron, &j, &e), &e));
	FUZZ_CHECK(fuzz_ok(ri_pool_of(rest, 105, &pool, &e), &e));
	FUZZ_CHECK(j.n <= RI_BACKUP_JOBS_MAX);
	FUZZ_CHECK(!pool || (*pool && *pool != '/'));
	const struct ri_backup_vm known = { 105, "pve1", pool, true };
	const struct ri_backup_vm not_known = { 105, "pve1", NULL, false };

	for (size_t i = 0; i < j.n; i++) {
		check_job(&j.v[i], &known);
		check_job(&j.v[i], &not_known);
		/* What covers it whatever its pool covers it in any pool. */
		if (ri_backup_covers(&j.v[i], &not_known) == RI_BACKUP_HERE)
			FUZZ_CHECK(ri_backup_covers(&j.v[i], &known) == RI_BACKUP_HERE);
	}
	return 0;
}
