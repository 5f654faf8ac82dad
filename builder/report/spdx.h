// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The packages of a built guest as a document of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/), as JSON.
 */
#include "build/payload.h"

/**
 * Append it: the system that the archive holds, which is what the document describes, and each package that dpkg's list
 * says is in it. It depends on nothing but what was built and @job's date; without one, it is as old as dpkg's list.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_report_spdx(const struct ri_job *job, const struct ri_facts *f, const struct ri_payload *pl,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
