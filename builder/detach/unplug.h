// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A disk out of a running QEMU, and back: device, controller, block nodes, throttle group, I/O thread.
 * Source: qemu-server QemuServer.pm:vm_deviceunplug, qemu_deletescsihw, qemu_iothread_del,
 * Blockdev.pm:detach; QEMU docs/system/device-emulation, qapi/qdev.json (device_del, DEVICE_DELETED).
 */
#include "pvehost/pvehost.h"
#include "qemu/qmp_disk.h"

struct ri_unplug {
	struct ri_qmp *q;
	const struct ri_qemu_names *dev;
	const struct ri_pvehost *h;
	const char *volid;          /* its volume, as the configuration has it */
	const struct ri_strv *argv; /* QEMU's command line (qemu/qemu_args.h) */
	unsigned wait_ms;           /* for the guest's answer to an unplug */
};

/** The QMP commands that ri_unplug_run would send now, a JSON text each. @return 0; -1. */
int ri_unplug_plan(const struct ri_unplug *u, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Unplug what is there. Where the controller does not come out (the guest does not answer) the disk is
 * put back, so that QEMU has all of it or nothing.
 * @return 0; -1 RI_E_BUSY "the guest did not let go of …", RI_E_IO. The sentence says what QEMU has.
 */
int ri_unplug_run(const struct ri_unplug *u, struct ri_err *e) RI_MUST_CHECK;

/**
 * Plug in again what QEMU's command line had and is not there now; all of it, or nothing.
 * @return 0; -1 RI_E_UNSUPPORTED where the command line does not have it (it was plugged in later, or
 *         this QEMU was the target of a migration), or with another volume (it was moved); RI_E_IO.
 */
int ri_unplug_undo(const struct ri_unplug *u, struct ri_err *e) RI_MUST_CHECK;

/**
 * After the failure @e, which is told with it: undo, and say what QEMU has then and, where it does not
 * have all of the disk, what to do (@advice). Always -1.
 */
int ri_unplug_put_back(const struct ri_unplug *u, const char *advice, struct ri_err *e);
