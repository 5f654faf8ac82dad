// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether the VM has the memory that its root needs, once that is known exactly and before anything is written.
 */
#include "build/payload.h"
#include "plan/job.h"
#include "plan/ram_need.h"
#include "pvehost/locate.h"

/**
 * Compare what was packed with the memory of the VM at @place, if one is known, and note both in @p->ram. Too little is
 * refused or logged by @job's ram.check, with what makes the root big; what only may become too little is logged.
 * @elsewhere: what is built is not that VM's disk, so that nothing is refused; nor is it where the VM boots from another
 * drive, which is logged as well.
 * @return 0; -1 RI_E_BUDGET, RI_E_NOMEM.
 */
int ri_ram_check(const struct ri_job *job, const struct ri_location *place, bool elsewhere,
    struct ri_payload *p, struct ri_err *e) RI_MUST_CHECK;
/**
 * Compare what a built root needs, in @parts (NULL: not known), with the memory of the VM at @place.
 */
void ri_ram_compare(const struct ri_ram_parts *parts, const struct ri_location *place,
    struct ri_ram_compared *out);
/**
 * Log where that is too little, or may become so, or the VM boots from another drive, unless @job's ram.check is off: the VM's configuration may have
 * changed since the build. @return 0; -1 RI_E_NOMEM.
 */
int ri_ram_warn(const struct ri_job *job, const struct ri_location *place,
    const struct ri_ram_compared *c, struct ri_err *e) RI_MUST_CHECK;
/** Append the largest directories, a line each with its size and the rule that leaves its content out. */
void ri_ram_largest(const struct ri_largest *l, struct ri_buf *out);
