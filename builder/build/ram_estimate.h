// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How much memory a VM needs, as far as it is known before anything is packed: all but what the root takes, which
 * is estimated by what is used on the guest's file systems.
 */
#include "guest/guest.h"
#include "plan/excluded.h"
#include "plan/job.h"
#include "plan/plan.h"

/** What a build by @job makes of an initrd of @base's size in the guest @f, and what else than the root counts. */
void ri_ram_enter(const struct ri_job *job, const struct ri_facts *f,
    const struct ri_initrd_size *base, struct ri_manifest *m);
/** What the kernel's image in the host's file @path says of its memory (os/kernel_image.h). @return 0; -1 RI_E_IO. */
int ri_ram_of_kernel(const char *path, uint64_t *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Estimate the memory that @p needs, into @p->about, with what of the mounted guest @g is @left out. Not known (0)
 * where no initrd was looked at, and where files may take more than what they use on the disk: on a btrfs, which
 * compresses. Nor of an image, which shrinks as far as its content lets it.
 * @return 0; -1 as ri_guest_ops.download.
 */
int ri_ram_estimate(struct ri_guest *g, const struct ri_job *job, const struct ri_facts *f,
    const struct ri_excluded_list *left, struct ri_plan *p, struct ri_err *e) RI_MUST_CHECK;
