// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How the host knows that a guest runs from RAM: the guest agent reads the loader's status file
 * (docs/loader.md) in the running guest. Nothing is guessed.
 */
#include "base/strv.h"
#include "pveconf/qemu_names.h"
#include "pvehost/pvehost.h"

struct ri_ram_status {
	bool in_ram;     /* the loader says that the root is in RAM */
	bool compressed; /* as a compressed image with a tmpfs above it; else as files in a tmpfs */
	char build[33];  /* the id of the build that it loaded */
	struct ri_strv kept;     /* disks not let go of, or mounted since, each with its reason */
	struct ri_strv released; /* disks that the guest has let go of */
};
/** Release what @m owns. */
void ri_ram_status_free(struct ri_ram_status *m);

/**
 * Ask the guest agent of VM @vmid, whose socket is run/qemu-server/VMID.qga. Of the guest's mounts,
 * only file systems on the disk @d count (NULL: on any disk), because data disks stay with the VM.
 * @return 0 with *@out for ri_ram_status_free; -1 RI_E_IO: no agent answers within @wait_ms
 *         milliseconds, or there is no status file; RI_E_GUEST: the file is not a status;
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_ram_status_ask(const struct ri_pvehost *h, unsigned vmid, const struct ri_qemu_names *d,
    unsigned wait_ms, struct ri_ram_status *out, struct ri_err *e) RI_MUST_CHECK;
/** The same, but for the mounts, from the text of the status file. */
int ri_ram_status_parse(struct ri_span text, struct ri_ram_status *out,
    struct ri_err *e) RI_MUST_CHECK;
