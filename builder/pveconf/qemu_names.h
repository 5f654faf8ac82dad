// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a disk of a VM's configuration is called in its running QEMU.
 * Source: qemu-server DriveDevice.pm:scsihw_infos, print_drivedevice_full, QemuServer.pm:
 * vm_deviceunplug, Blockdev.pm:attach, PCI.pm (slots).
 */
#include "pveconf/vmconf.h"

struct ri_qemu_names {
	char key[16];        /* "scsi0": the device's id too */
	char drive[24];      /* "drive-scsi0": its block node or -drive */
	char throttle[40];   /* "throttle-drive-scsi0" */
	char controller[24]; /* "virtioscsi0", "scsihw0"; "" for virtio-blk, which has none */
	char iothread[40];   /* "iothread-virtioscsi0", if it has one; "" for a shared controller */
	bool shared;         /* other scsi drives use the controller too */
	unsigned index;
	unsigned disks; /* as many as its controller has room for; 0: it has none */
	unsigned
	    unit; /* its number on the controller, as the guest agent says it: the LUN, on lsi the target */
};

/**
 * Name the devices of the drive @key, whether or not the main section has it now.
 * @return 0; -1 RI_E_UNSUPPORTED for what is not unplugged: ide, sata, efidisk and tpmstate, which QEMU cannot;
 *         the controllers megasas and pvscsi; RI_E_USAGE for a key that is not a drive.
 */
int ri_qemu_names_of(const struct ri_vmconf *c, const char *key, struct ri_qemu_names *out,
    struct ri_err *e) RI_MUST_CHECK;

/** Whether @key is another scsi drive, on the controller of @d. */
bool ri_qemu_names_shares(const struct ri_qemu_names *d, const char *key);
