// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How much memory a VM's next start gives it, and whether that is enough for its root.
 *
 * Sources: qemu-server QemuServer/Memory.pm:$memory_fmt, parse_memory, get_current_memory (`memory: 2048`,
 * `memory: current=2048`; 512 without), config (what QEMU gets; with memory hotplug the first 1024 MiB and DIMMs);
 * QemuServer.pm:$confdesc, check_type (a value that Proxmox does not take is as good as none), config_to_command (no
 * balloon device for `balloon: 0`, else one with free-page-reporting from machine 6.2 on), vm_start_nolock (`balloon` is sent to QEMU at each start), vmstatus (who
 * is ballooned: balloon_min, shares); pve-manager PVE/Service/pvestatd.pm:auto_ballooning, PVE/AutoBalloon.pm:compute_alg1.
 */
#include "pveconf/vmconf.h"

#include <stdint.h>

struct ri_vm_memory {
	uint64_t memory; /* MiB; what `memory` is */
	uint64_t
	    boot; /* MiB of it that are there when the kernel begins: less where memory is hotplugged */
	/*
	 * MiB down to which the host may take it again once the guest's virtio_balloon is loaded: `balloon`; as much as
	 * memory where there is no such limit, or no balloon device.
	 */
	uint64_t balloon;
	unsigned
	    cpus; /* sockets times cores: those that the kernel makes room for, `vcpus` or not */
	/* `balloon: 0`: no balloon device, by which the guest would give back what it has freed. */
	bool no_balloon;
};

/**
 * What the next start makes of it; of a VM that is @running, what it was started with as far as its main section
 * says. No value is an error: Proxmox's default holds.
 */
void ri_vm_memory_read(const struct ri_vmconf *c, bool running, struct ri_vm_memory *out);

/** What a root needs against what its VM has. */
struct ri_ram_compared {
	uint64_t least;         /* MiB; 0: not known */
	struct ri_vm_memory vm; /* .memory 0: not known */
};

enum ri_ram_fit {
	RI_RAM_NOT_KNOWN, /* how much is needed, or how much there is */
	RI_RAM_ENOUGH,
	RI_RAM_BALLOON, /* enough, until the balloon takes it */
	RI_RAM_HOTPLUG, /* enough, if the guest's kernel takes DIMMs into use by itself */
	RI_RAM_TOO_LITTLE,
};

/**
 * Compare the @least MiB that the root needs (plan/ram_need.h, for its CPUs; 0: not known) with what the VM has (.memory 0:
 * not known).
 */
enum ri_ram_fit ri_ram_fit(uint64_t least, const struct ri_vm_memory *vm);
/** "not known", "enough", "balloon", "hotplug", "too little". */
const char *ri_ram_fit_word(enum ri_ram_fit fit);
/**
 * Append a sentence with what to do, without a full stop; nothing where it is enough or not known. @vmid is
 * the VM's.
 */
void ri_ram_fit_say(uint64_t least, const struct ri_vm_memory *vm, unsigned vmid,
    struct ri_buf *out);
