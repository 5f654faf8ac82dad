// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A part of inspection: what starts the system, on the EFI partitions and in the root.
 */
#include "guest/guest.h"

/** Directories of /EFI on a partition, of which a machine with many systems has ten. */
#define RI_INSPECT_EFI_MAX 100u

/**
 * Look at every FAT of @l for what an EFI partition holds: boot loaders (@f->loader, @f->windows) and GRUB's
 * stubs (@f->stubs).
 * Each is mounted at / for that, read-only; nothing is mounted afterwards. One that cannot be mounted is none.
 * @return 0; -1 RI_E_BUDGET: a limit; RI_E_GUEST, RI_E_IO, RI_E_UNSUPPORTED, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_inspect_esps(struct ri_guest *g, const struct ri_guest_fslist *l, struct ri_facts *f,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Look for boot loaders in the system that is mounted, where none was found on an EFI partition; @f->loader is ""
 * where there is none at all.
 * @return 0; -1 as of ri_guest_ops.kind; RI_E_NOMEM.
 */
int ri_inspect_loader(struct ri_guest *g, struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;
