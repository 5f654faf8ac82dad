// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The file of `ramimg build --iso FILE`.
 */
#include "build/payload.h"
#include "cli/cmd_internal.h"
#include "host/pending.h"
#include "plan/plan.h"

/**
 * Before the work, which takes a while: whether FILE can be written, and this host has what it takes; nothing without --iso.
 * @return 0; -1 RI_E_USAGE, RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_build_iso_check(const struct ri_opts *o, struct ri_err *e) RI_MUST_CHECK;
/**
 * Write it beside FILE, of @pl, whose p->diskless gets its length and sum; nothing without --iso. The caller keeps *@to
 * or drops it.
 * @return 0; -1 RI_E_BUDGET: GRUB could not load it; as ri_iso_write.
 */
int ri_build_iso_write(const struct ri_opts *o, const struct ri_job *job, const struct ri_facts *f,
    const struct ri_plan *p, struct ri_payload *pl, struct ri_pending *to,
    struct ri_err *e) RI_MUST_CHECK;
