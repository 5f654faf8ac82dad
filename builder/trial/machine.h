// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The throw-away machine that a disk is tried in, and the command line of its QEMU: as Proxmox VE would start the VM, as
 * far as a guest sees it, with two serial ports more.
 * Source: qemu-server QemuServer.pm:config_to_command, QemuServer/DriveDevice.pm:scsihw_infos, PCI.pm (slots),
 * pve-q35-4.0.cfg (the bridge); qemu(1).
 */
#include "base/strv.h"

#include <stdint.h>

/** What the disk hangs on. */
enum ri_trial_bus {
	RI_TRIAL_VIRTIO_SCSI, /* also virtio-scsi-single */
	RI_TRIAL_LSI,         /* the scsihw of a configuration that names none */
	RI_TRIAL_LSI53C810,
	RI_TRIAL_MEGASAS,
	RI_TRIAL_PVSCSI,
	RI_TRIAL_VIRTIO, /* virtio-blk */
	RI_TRIAL_SATA,
	RI_TRIAL_IDE,
};

/* Descriptors that the QEMU gets, each one end of a pair of stream sockets. */
enum { RI_TRIAL_CONSOLE_FD = 3, RI_TRIAL_STATUS_FD, RI_TRIAL_MONITOR_FD, RI_TRIAL_AGENT_FD };

/* What the devices are called. */
#define RI_TRIAL_DISK "disk0"
#define RI_TRIAL_CONTROLLER "controller0"
#define RI_TRIAL_AGENT "agent"

/*
 * Proxmox VE's default CPU, x86-64-v2-AES, in QEMU's words; emulated without AES, whose other half (PCLMULQDQ) Linux
 * takes for granted and TCG then misses.
 */
#define RI_TRIAL_CPU "qemu64,+popcnt,+pni,+sse4.1,+sse4.2,+ssse3"
#define RI_TRIAL_CPU_KVM RI_TRIAL_CPU ",+aes"

/* What a machine has of which nothing else is known. */
#define RI_TRIAL_DEFAULT_MEMORY 2048
#define RI_TRIAL_DEFAULT_CPUS 2

/** The machine; strings are borrowed. */
struct ri_trial_machine {
	bool kvm;        /* else emulated */
	bool threads;    /* an emulated one: its CPUs have a thread each */
	unsigned memory; /* MiB */
	unsigned cpus;
	bool q35;         /* else i440fx */
	bool uefi;        /* else SeaBIOS */
	bool secure_boot; /* the firmware that enforces it, which takes q35 */
	const char *
	    code; /* of a uefi: the firmware's code and its variables, the latter to be written to */
	const char *vars;
	enum ri_trial_bus bus;
	unsigned index;      /* the drive's number: of "scsi2" it is 2 */
	const char *overlay; /* a qcow2 file, to be written to */
	bool net;            /* a network card, and by it a way out */
};

/** Whether the disk of such a bus is unplugged from a running guest, and how many devices that takes: 1 or 2; 0: not. */
unsigned ri_trial_unplugs(enum ri_trial_bus bus);
/** "virtio-scsi", "lsi", "virtio", "sata"… */
const char *ri_trial_bus_word(enum ri_trial_bus bus);

/** Append QEMU's command line, its name first. @return 0; -1 RI_E_NOMEM. */
int ri_trial_argv(const struct ri_trial_machine *m, struct ri_strv *out,
    struct ri_err *e) RI_MUST_CHECK;
