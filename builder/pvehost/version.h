// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which Proxmox VE this is.
 */
#include "base/strv.h"

/** The oldest qemu-server that a migration of a pending volume is right with. */
#define RI_QEMU_SERVER_LEAST "8.0.6"

/**
 * Append to @blockers that qemu-server is older than RI_QEMU_SERVER_LEAST, which looks for the volumes of a VM on
 * all storages that are enabled and not shared besides those in its configuration (commit a0dbed5a), and not in
 * [PENDING] (0b7a0b78), or to @remarks that its version is not known (dpkg).
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_pveversion_check(struct ri_strv *blockers, struct ri_strv *remarks,
    struct ri_err *e) RI_MUST_CHECK;
