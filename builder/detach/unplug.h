// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Taking a disk out of a running QEMU, and putting it back: device, controller, block nodes,
 * throttle group, I/O thread.
 * Source: qemu-server QemuServer.pm:vm_deviceunplug, qemu_deletescsihw, qemu_iothread_del,
 * Blockdev.pm:detach; QEMU docs/system/device-emulation, qapi/qdev.json (device_del,
 * DEVICE_DELETED).
 */
#include "pvehost/pvehost.h"
#include "qemu/qmp_disk.h"

/** What to unplug, and from where; everything is borrowed. */
struct ri_unplug {
	struct ri_qmp *q;
	const struct ri_qemu_names *dev;
	const struct ri_pvehost *h;
	const char *volid;          /* the disk's volume, as the configuration names it */
	const struct ri_strv *argv; /* QEMU's command line (qemu/qemu_args.h) */
	unsigned wait_ms;           /* for the guest to answer an unplug */
	unsigned vmid;
	int pid;   /* QEMU's process */
	bool *did; /* set where there was something to unplug, or to plug in again; or NULL */
};

/**
 * Whether that process is there no more. The functions below leave it to the caller to say so: where they
 * fail then, their message is only why.
 */
bool ri_unplug_ended(const struct ri_unplug *u);

/**
 * Append the QMP commands that ri_unplug_run would send now, each as a JSON text.
 * @return 0; -1 as ri_qmp_disk_look, RI_E_NOMEM.
 */
int ri_unplug_plan(const struct ri_unplug *u, struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Unplug what is there. If the controller cannot be unplugged, because the guest does not answer,
 * the disk is put back, so that QEMU has all of it or nothing.
 * @return 0; -1 RI_E_BUSY "the guest did not let go of …", RI_E_IO. The message says what QEMU has.
 */
int ri_unplug_run(const struct ri_unplug *u, struct ri_err *e) RI_MUST_CHECK;

/**
 * Plug in again what is on QEMU's command line but no longer there; all of it, or nothing.
 * @return 0; -1 RI_E_UNSUPPORTED: the command line does not have it (it was plugged in later, or
 *         this QEMU was the target of a migration) or has it with another volume (it was moved);
 *         RI_E_IO.
 */
int ri_unplug_undo(const struct ri_unplug *u, struct ri_err *e) RI_MUST_CHECK;

/**
 * After a failure: ri_unplug_undo, and add to the message in @e what QEMU has then and, if that is
 * not all of the disk, what to do (@advice).
 * @return always -1.
 */
int ri_unplug_put_back(const struct ri_unplug *u, const char *advice, struct ri_err *e);
