// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a volume may be worked on: nobody else has it, and nobody can get it meanwhile.
 */
#include "pvehost/volume_users.h"
#include "volume/volume.h"

/** What is known of a volume before it is opened. */
struct ri_guarded {
	const struct ri_pvehost *h;
	const char *path;           /* where it lies */
	const char *volid;          /* what its storage calls it; NULL for a path */
	const char *what;           /* its name in messages */
	const struct ri_storage *s; /* NULL for a path that no storage has */
	const struct ri_volname *v;
	unsigned vmid; /* its VM's where the name tells, 0 */
	enum ri_volume_use use;
};

/**
 * Apply pvehost/locate.h's rules, and take the VM's configuration lock before they are looked at.
 * @return 0 with the lock's descriptor in *@lock (-1: no VM has the volume), the VM in *@vmid and for
 *         free() in *@named how its configuration calls the volume (NULL: it does not);
 *         -1 RI_E_BUSY, RI_E_UNSUPPORTED, RI_E_IO, RI_E_CANCELLED.
 */
int ri_guard(const struct ri_guarded *g, int *lock, unsigned *vmid, char **named,
    struct ri_err *e) RI_MUST_CHECK;
