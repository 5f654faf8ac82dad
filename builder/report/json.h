// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What ramimg says of a guest, a plan and a build, for programs: JSON by jansson, keys sorted.
 */
#include "base/timings.h"
#include "build/payload.h"
#include "commit/commit.h"
#include "plan/plan.h"
#include "plan/verdict.h"
#include "volume/volume.h"

/** Append facts (`ramimg inspect --json`); @refusal is why it cannot be built, or NULL. */
int ri_report_facts(const struct ri_facts *f, const struct ri_plan *p, const char *refusal,
    const struct ri_ram_compared *ram, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** Append a plan (`ramimg build --dry-run --json`). */
int ri_report_plan(const struct ri_facts *f, const struct ri_plan *p,
    const struct ri_excluded_list *left, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** What one run of a build has and another has not. */
struct ri_build_run {
	const struct ri_timings *timings;
	const char *artifacts; /* the directory with the artifacts; NULL: none are kept */
};
/**
 * Append a build's manifest.json or, with its run @r, what `ramimg build --json` prints. Without that (NULL) it depends
 * on nothing but what was built.
 */
int ri_report_build(const struct ri_job *job, const struct ri_facts *f, const struct ri_plan *p,
    const struct ri_payload *pl, const struct ri_volume *v, const struct ri_build_run *r,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** Append that `ramimg build --if-stopped --json` did nothing, as VM @vmid is in use: @why. */
int ri_report_skipped(unsigned vmid, const char *why, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Append that a revert is done (`ramimg revert --json`). */
int ri_report_revert(struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** Append what `ramimg recover --json` found and did. */
int ri_report_recover(const struct ri_recovered *r, enum ri_recover_how how, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Append this program's version (`ramimg --version --json`). */
int ri_report_version(struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** Append the error @failed, as docs/json.md has it. @return 0; -1 RI_E_NOMEM. */
int ri_report_error(const struct ri_err *failed, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The same of a build that ri_ram_check (build/ram_check.h) refused: with what makes the root big, and what the VM has.
 */
int ri_report_too_little(const struct ri_err *failed, const struct ri_payload *pl,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Append a verdict (`ramimg verify --json`). @cleared: the count of failed boots was taken back; @not_cleared: why that
 * failed, or NULL.
 */
int ri_report_verdict(const struct ri_verdict *v, bool cleared, const char *not_cleared,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
