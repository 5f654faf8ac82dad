// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The ordered actions of a build, a revert, the clearing of the boot count and a choice of the next boot.
 */
#include "plan/plan.h"

/** The file that @path is uploaded from, which is the caller's for as long as @l is used, and its hash. */
void ri_actions_set_file(struct ri_actions *l, const char *path, const char *host_path,
    const char sha256[RI_SHA256_HEX + 1]);

/** What is put at @path, which is the caller's for as long as @l is used. */
void ri_actions_set_text(struct ri_actions *l, const char *path, struct ri_span bytes);

/* The order of actions; called by ri_plan_make, ri_plan_revert and their like. */
void ri_plan_build_actions(const struct ri_facts *f, struct ri_plan *p);
void ri_plan_revert_actions(const struct ri_facts *f, struct ri_plan *p);
void ri_plan_clear_count_action(const struct ri_facts *f, struct ri_plan *p);
void ri_plan_next_boot_action(const struct ri_facts *f, struct ri_plan *p);
