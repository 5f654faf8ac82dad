// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Stores of containers whose layers are mounted as overlays. Below a root that is an overlay itself none can be: the
 * kernel takes an overlay for no other's upper directory ("filesystem on … not supported as upperdir", fs/overlayfs/super.c,
 * ovl_mount_dir; its dentries are "remote", fs/overlayfs/util.c, ovl_dentry_remote). In a tmpfs they can.
 */
#include "plan/plan.h"

/** Where an engine keeps its store, and what of it tells how it is used. */
struct ri_store {
	const char *engine; /* "docker" */
	const char *dir;    /* unless it is configured otherwise */
	const char *
	    layers; /* in it: the directory of overlays, which has something in it where they are used */
	const char *others; /* and one that would be lost if the store were hidden */
	unsigned mode;      /* of dir, as the engine makes it */
};
/** In the order of ri_facts.stores. */
extern const struct ri_store ri_stores[RI_STORES];

/**
 * Of a root in the compressed form: where a store is left out by @p's rules, @p->fstab_archive gets the line of an
 * empty tmpfs for it; a line that the guest's own fstab has for that place, or one above it, is trusted to be no
 * overlay. Nothing in the other form.
 * @return 0; -1 RI_E_UNSUPPORTED: there are layers that would be packed; RI_E_GUEST as ri_fstab_sort; RI_E_NOMEM.
 */
int ri_stores_plan(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e) RI_MUST_CHECK;
