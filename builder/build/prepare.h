// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Preparing to write: making the payload and starting the appliance, in parallel where possible.
 */
#include "build/payload.h"
#include "build/session.h"

/**
 * Make the payload of the plan @p in the directory @dir, and start the appliance with the guest
 * mounted for writing. The direct reader packs while the appliance starts, except on a guest that
 * was built before: there the earlier build is undone first, which needs the appliance.
 * @return 0 with *@out for ri_payload_free; -1 as ri_payload_make, ri_session_write, ri_apply.
 */
int ri_prepare(struct ri_session *s, const struct ri_job *job, struct ri_plan *p,
    const struct ri_dir *dir, struct ri_payload *out, struct ri_err *e) RI_MUST_CHECK;
