// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Results as people read them. What comes out of a guest is escaped.
 */
#include "base/timings.h"
#include "build/payload.h"
#include "plan/plan.h"
#include "plan/verdict.h"

/** Put @text on stdout. @return 0: main looks at stdout's state at the end. */
int ri_print(const struct ri_buf *text) RI_MUST_CHECK;
/**
 * From now on give what is printed to @take first, which says whether it has taken it; what it has not goes to stdout.
 * NULL: all does.
 */
void ri_print_to(bool (*take)(void *arg, struct ri_span text), void *arg);
/** Whether ri_print has put anything on stdout. */
bool ri_print_used(void);

/* Each appends its text to @out. @return 0; -1 RI_E_NOMEM. */
int ri_print_facts(const struct ri_facts *f, const struct ri_plan *p, const char *refusal,
    const struct ri_ram_compared *ram, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
int ri_print_plan(const struct ri_facts *f, const struct ri_plan *p,
    const struct ri_excluded_list *left, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** @dir: where the artifacts are; NULL: none are kept. */
int ri_print_build(const struct ri_facts *f, const struct ri_plan *p, const struct ri_payload *pl,
    const char *dir, const char *built, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
int ri_print_timings(const struct ri_timings *t, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/** @cleared: the count of failed boots was taken back. */
int ri_print_verdict(const struct ri_verdict *v, bool cleared, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
