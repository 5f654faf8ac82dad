// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The machine that a VM's configuration describes.
 * Source: qemu-server QemuServer.pm:$confdesc (bios, machine, scsihw), OVMF.pm (which firmware an efidisk0 takes).
 */
#include "pveconf/vmconf.h"
#include "trial/machine.h"

/** What of it is beside struct ri_trial_machine; the strings are the configuration's. */
struct ri_trial_conf {
	const char *key;     /* the drive of the volume: "scsi0"; NULL: it has none with it */
	const char *efidisk; /* the value of efidisk0; NULL: it has none */
};

/**
 * Fill in bus, index, q35, uefi and secure_boot of *@m, by the main section of @c, for its drive with the volume @volid, as it
 * names it (NULL: none). Where there is no such drive, bus and index stay as they are.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_trial_of_conf(const struct ri_vmconf *c, const char *volid, struct ri_trial_machine *m,
    struct ri_trial_conf *out, struct ri_err *e) RI_MUST_CHECK;
