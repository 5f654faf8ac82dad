// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The volumes of this Proxmox VE host that could be built: the hard disks of its VMs.
 */
#include "pveconf/vm_memory.h"
#include "pvehost/pvehost.h"
#include "pvehost/pvevm.h"

enum ri_built {
	RI_BUILT_UNKNOWN, /* not active, in use, encrypted, another file system … */
	RI_BUILT_NO,
	RI_BUILT_YES,
};

struct ri_listed {
	unsigned vmid;
	char *vm_name; /* the configuration's name, or "" */
	char *key;     /* "scsi0" */
	char *volid;
	char *path;         /* of its file or device; "" if only a storage plugin knows */
	char *size;         /* as the configuration has it: "32G", or "" */
	char *format;       /* "raw", "qcow2", "vmdk", or "" */
	const char *config; /* where its line is: as ri_boot_drive_word, static */
	char *state;        /* "stopped", "running", "locked (backup)", "template", "hibernated", or
			 "interrupted": a commit to it waits for `ramimg recover` */
	bool boots;         /* the VM boots from it */
	/*
	 * What its next start gives the VM and, of one that runs, what it was started with (else .vm.memory is 0); the need is
	 * for whoever looks at it to set.
	 */
	struct ri_ram_compared ram, ram_now;
	/* Set by whoever looks at it: */
	enum ri_built built;
	const char
	    *form;   /* of the build, "tmpfs" or "compressed", static; NULL: that is not known */
	char *older; /* what is newer on it than its RAM set, or NULL */
	bool slim;   /* an image of build --slim, without a root, as far as that is seen */
};

/** Whether the VM's memory must be enough for what is on it. */
static inline bool ri_listed_needs(const struct ri_listed *r)
{
	return r->boots && r->built == RI_BUILT_YES;
}

struct ri_list {
	struct ri_listed *v;
	size_t n;
};
/**
 * Look at the volume of @r, which has a path and a format, as build/built_look.h does.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
typedef int ri_list_look_fn(struct ri_listed *r, struct ri_err *e);

/** Release what @l owns and make it empty. */
void ri_list_free(struct ri_list *l);

/**
 * List the disks of the VM @vmid or, if that is 0, of all VMs of this node: by VMID, then in
 * Proxmox's order of drives, those that are attached before those that are only pending, and a boot
 * drive that is neither. @stage_dir is where builds are staged (plan/job.h); @look looks
 * at each volume that has a path and a format. In a list of all VMs, one whose configuration
 * cannot be read is skipped with a warning.
 * @return 0 with *@out for ri_list_free; -1 as ri_pvevm_load for a @vmid that is not here;
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_list_volumes(const struct ri_pvehost *h, unsigned vmid, const char *stage_dir,
    ri_list_look_fn *look, struct ri_list *out, struct ri_err *e) RI_MUST_CHECK;
/** The same of one VM that is loaded: append its disks to *@out, which is for ri_list_free after a failure, too. */
int ri_list_add_vm(const struct ri_pvehost *h, const struct ri_pvevm *vm, const char *stage_dir,
    ri_list_look_fn *look, struct ri_list *out, struct ri_err *e) RI_MUST_CHECK;
