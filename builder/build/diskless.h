// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a build makes beside the payload for a boot without a disk (build --diskless): an initrd that brings the archive,
 * and the kernel's arguments as a file.
 */
#include "build/payload.h"

/* Names among the artifacts; the kernel is RI_DISKLESS_KERNEL there then. */
#define RI_DISKLESS_KERNEL "vmlinuz"
#define RI_DISKLESS_INITRD "initrd.img-diskless"
#define RI_DISKLESS_CMDLINE "cmdline"

/**
 * Make both in @dir, of @p, whose archive is made, and @base, the guest's own initrd, which errors call @name: into
 * p->diskless.
 * @return 0; -1 RI_E_BUDGET: the archive is too long for an initrd; as ri_payload_initrd.
 */
int ri_diskless_make(const struct ri_job *job, const struct ri_plan *plan, const struct ri_dir *dir,
    const char *base, const char *name, struct ri_payload *p, struct ri_err *e) RI_MUST_CHECK;
