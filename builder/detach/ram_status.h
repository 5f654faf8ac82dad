// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How the host knows that a guest runs from RAM: by the guest agent, which reads the loader's
 * status file (docs/loader.md) in the running guest. Nothing is guessed.
 */
#include "base/strv.h"
#include "pveconf/qemu_names.h"
#include "pvehost/pvehost.h"

struct ri_ram_status {
	bool in_ram;         /* the loader says that the root is in RAM */
	char build[33];      /* which build's */
	struct ri_strv kept; /* disks not let go of, or mounted since, each with its reason */
	struct ri_strv released;
};
void ri_ram_status_free(struct ri_ram_status *m);

/**
 * Ask the guest of VM @vmid, whose agent's socket is run/qemu-server/VMID.qga. Of what is mounted,
 * only file systems on the disk @d count (NULL: on any disk): data disks stay with the VM.
 * @return 0; -1 RI_E_IO where no agent answers within @wait_ms, or no status file is there;
 *         RI_E_GUEST if it is not a status; RI_E_CANCELLED.
 */
int ri_ram_status_ask(const struct ri_pvehost *h, unsigned vmid, const struct ri_qemu_names *d,
    unsigned wait_ms, struct ri_ram_status *out, struct ri_err *e) RI_MUST_CHECK;
/** The same from the status file's text. */
int ri_ram_status_parse(struct ri_span text, struct ri_ram_status *out,
    struct ri_err *e) RI_MUST_CHECK;
