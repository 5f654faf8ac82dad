// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What can be seen of a volume without much ado, for a list of many: whether it was built, whether it has changed
 * since (plan/drift.h), and whether its VM has the memory that its root needs. Each is opened once, and only the direct
 * reader is asked, because starting the appliance for each would take minutes.
 */
#include "build/session.h"
#include "pvehost/list.h"

/**
 * Look for the traces of a build (plan/guest_paths.h) in the ext file systems of @r, and for its record: a
 * ri_list_look_fn. A running VM may be using the volume: then the answer is certain only for a raw volume whose file
 * systems the VM does not have mounted. A volume that cannot be read or judged is RI_BUILT_UNKNOWN, and what cannot be
 * seen of one that was built is left as it is in *@r.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_built_look(struct ri_listed *r, struct ri_err *e) RI_MUST_CHECK;
/** The same of those alone that a VM boots from, where others would say nothing. */
int ri_built_look_at_boot(struct ri_listed *r, struct ri_err *e) RI_MUST_CHECK;

/** ri_built_look with other readers than the real ones, for tests. */
int ri_built_look_by(const struct ri_session_openers *by, struct ri_listed *r,
    struct ri_err *e) RI_MUST_CHECK;
