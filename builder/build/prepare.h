// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Preparing to write: the payload is made and the appliance started, in parallel where possible.
 */
#include "build/payload.h"
#include "build/session.h"

/**
 * Make the payload of @p in the directory @dir, and have the appliance with the guest mounted to be
 * written. The direct reader packs while the appliance starts; what an earlier build left is taken
 * back first, which needs the appliance.
 * @return 0; -1 as ri_payload_make, ri_session_write, ri_apply.
 */
int ri_prepare(struct ri_session *s, const struct ri_job *job, struct ri_plan *p, const char *dir,
    struct ri_payload *out, struct ri_err *e) RI_MUST_CHECK;
