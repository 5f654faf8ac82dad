// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A job, facts and a plan for each test, and what is looked for in a plan.
 */
#include "unit/facts_fixture.h"

#include "plan/plan.h"

struct fixture {
	struct ri_job job;
	struct ri_facts facts;
	struct ri_plan plan;
};

static int set_up(void **state)
{
	struct fixture *fx = calloc(1, sizeof *fx);
	struct ri_err e = { 0 };

	fx_facts(&fx->facts);
	*state = fx;
	return ri_job_defaults(&fx->job, &e);
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;

	ri_job_free(&fx->job);
	ri_facts_free(&fx->facts);
	ri_plan_free(&fx->plan);
	free(fx);
	return 0;
}

static const struct ri_action *find(const struct ri_actions *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].path, path) == 0)
			return &l->v[i];
	return NULL;
}

/** What a build leaves behind, as facts of the next run. */
static inline void fx_build(struct ri_facts *f, const struct ri_plan *p)
{
	static const char *const paths[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };

	for (size_t i = 0; i < RI_TEXTS; i++) {
		fx_text(&f->orig[i], "orig", f->now[i].bytes.p);
		fx_text(&f->ours[i], "ours", p->text[i].p);
		fx_text(&f->now[i], paths[i], p->text[i].p);
	}
	fx_text(&f->fstab_copy, RI_PATH_FSTAB_COPY, f->orig[RI_TEXT_FSTAB].bytes.p);
	f->built = true;
}
