#pragma once
/*
 * The ordered actions of a build, a revert and the clearing of the boot count.
 */
#include "plan/plan.h"

/* The order of actions (plan_actions.c); called by ri_plan_make and ri_plan_revert. */
void ri_plan_build_actions(const struct ri_facts *f, struct ri_plan *p);
void ri_plan_revert_actions(const struct ri_facts *f, struct ri_plan *p);
void ri_plan_clear_count_action(struct ri_plan *p);
