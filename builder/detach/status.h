// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * How far the VMs of this node are on their way from disk to RAM: what `ramimg status` and `ramimg
 * check-migrate` show.
 */
#include "pveconf/migration.h"
#include "pveconf/remarks.h"
#include "pveconf/vmconf_edit.h"
#include "pvehost/list.h"

enum ri_root { RI_ROOT_UNKNOWN, RI_ROOT_DISK, RI_ROOT_RAM };
enum ri_disk_state {
	RI_DISK_NONE,     /* the configuration has no disk to boot from */
	RI_DISK_ATTACHED, /* QEMU has it or, if the VM is stopped, its configuration */
	RI_DISK_RELEASED, /* QEMU has it, but the guest has let go of it */
	RI_DISK_DETACHED, /* QEMU no longer has it */
};

struct ri_vmstatus {
	unsigned vmid;
	char *name, *node;
	int pid; /* 0: not running */
	enum ri_root root;
	const char *form; /* of a root in RAM: "tmpfs" or "compressed", static; else NULL */
	/* How that is known ("guest agent"), or a sentence saying why not; "": not running. */
	char *how;
	enum ri_disk_state disk;
	char key[16];       /* the drive of that disk, or "" */
	const char *config; /* as ri_boot_drive_word */
	struct ri_migverdict
	    migration;             /* what is in the way of a live one, and what more to know */
	struct ri_remarks remarks; /* what Proxmox VE does to it, and has done */
	enum ri_built built;       /* of that disk, as far as it was looked at */
	bool slim;                 /* likewise: it has no root */
	struct ri_ram_compared ram, ram_now; /* as in struct ri_listed */
};

struct ri_vmstatuses {
	struct ri_vmstatus *v;
	size_t n;
};
/** Release what @s owns and make it empty. */
void ri_vmstatuses_free(struct ri_vmstatuses *s);

/** How closely VMs are looked at; everything is borrowed. */
struct ri_vmstatus_how {
	unsigned agent_ms;  /* that the agent of a guest has to answer */
	const char *target; /* the node that a migration would lead to; NULL: any */
	/* Who looks at the volumes, and where builds are staged (pvehost/list.h); NULL: nobody does. */
	ri_list_look_fn *look;
	const char *stage_dir;
};

/**
 * Look at VM @vmid or, if that is 0, at all VMs of this node. Each guest's agent is asked about its
 * root; a monitor that does not answer counts as a blocker. What is in the way is looked for as of a migration.
 * @return 0 with *@out for ri_vmstatuses_free; -1 as ri_pvevm_load for a @vmid that is not here,
 *         RI_E_CANCELLED, RI_E_NOMEM; RI_E_IO, RI_E_CONFIG: the cluster's files cannot be read.
 */
int ri_vmstatus_look(const struct ri_pvehost *h, unsigned vmid, const struct ri_vmstatus_how *how,
    struct ri_vmstatuses *out, struct ri_err *e) RI_MUST_CHECK;
