// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How the host knows that a guest runs from RAM: the guest agent reads the loader's status file
 * (docs/loader.md) in the running guest. Nothing is guessed.
 */
#include "host/loader_status.h"
#include "pveconf/qemu_names.h"
#include "pvehost/pvehost.h"

/**
 * Ask the guest agent of VM @vmid, whose socket is run/qemu-server/VMID.qga. Of the guest's mounts,
 * only file systems on the disk @d count (NULL: on any disk), because data disks stay with the VM.
 * @return 0 with *@out for ri_loader_status_free, of which `kept` has such mounts, too; -1 RI_E_IO: no agent answers within @wait_ms
 *         milliseconds, or there is no status file; RI_E_GUEST: the file is not a status;
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_ram_status_ask(const struct ri_pvehost *h, unsigned vmid, const struct ri_qemu_names *d,
    unsigned wait_ms, struct ri_loader_status *out, struct ri_err *e) RI_MUST_CHECK;
