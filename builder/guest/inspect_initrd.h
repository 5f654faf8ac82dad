// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which generator made the initrd that a build would extend: what is installed in the guest says less, as one
 * can be there without being used.
 */
#include "guest/guest.h"
#include "plan/job.h"

/**
 * Look at the initrd of the kernel that a build of the inspected guest @f by @job would boot (plan/kernel_choice.h) and put
 * what made it into @f, or why it cannot be extended (initrd_fault). Where there is no such kernel @f stays as
 * it is. The content is read by a process of its own (parse/initrd.h).
 * @return 0; -1 RI_E_IO, RI_E_UNSUPPORTED (a reader that is not sure), RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_inspect_initrd(struct ri_guest *g, const struct ri_job *job, struct ri_facts *f,
    struct ri_err *e) RI_MUST_CHECK;
