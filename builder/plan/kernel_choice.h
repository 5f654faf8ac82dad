// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which kernel the RAM entry boots.
 */
#include "plan/facts.h"
#include "plan/job.h"

/**
 * The kernels of @f (os/kernels.h), the one to boot first: the one that the job names (grub.kernel); else the one
 * that the guest's own default entry boots, as far as that is known before GRUB runs and nothing of it is missing;
 * else the newest. *@stock is the version that the guest's default entry boots, or NULL: not known.
 * @return 0; -1 as ri_kernels_find; RI_E_UNSUPPORTED: the one that the job names is not there, and which are.
 */
int ri_kernel_choice(const struct ri_job *job, const struct ri_facts *f, struct ri_kernels *out,
    char **stock, struct ri_err *e) RI_MUST_CHECK;
