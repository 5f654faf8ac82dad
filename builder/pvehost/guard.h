// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Making sure that a volume may be worked on: nobody else uses it, and nobody can start to
 * meanwhile.
 */
#include "pveconf/vm_memory.h"
#include "pvehost/volume_users.h"
#include "volume/volume.h"

/** What is known about a volume before it is opened; everything is borrowed. */
struct ri_guarded {
	const struct ri_pvehost *h;
	const char *path;           /* of its file or device */
	const char *volid;          /* its volume id; NULL for a path */
	const char *what;           /* its name in messages */
	const struct ri_storage *s; /* NULL for a path that belongs to no storage */
	const struct ri_volname *v;
	unsigned vmid; /* its VM's, if its name tells; else 0 */
	enum ri_volume_use use;
	struct ri_vm_memory *
	    memory; /* what the VM that names the volume is given; .memory 0: there is none; or NULL */
	char **not_booted; /* as in struct ri_location, for free(); NULL there before; or NULL */
	bool *
	    commit_locked; /* RI_COMMIT_LOCK (pveconf/vmconf_boot.h) is allowed, and is it there; or NULL */
};

/**
 * Take the configuration lock of the volume's VM, then apply the rules of pvehost/locate.h.
 * @return 0 with the lock's descriptor in *@lock (-1: no VM has the volume), the VM in *@vmid, and
 *         in *@named, for free(), what its configuration calls the volume (NULL: it does not name
 *         it); -1 RI_E_BUSY, RI_E_UNSUPPORTED, RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_guard(const struct ri_guarded *g, int *lock, unsigned *vmid, char **named,
    struct ri_err *e) RI_MUST_CHECK;
