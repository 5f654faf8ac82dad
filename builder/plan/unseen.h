// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is certain of a guest, and what nobody has seen work (os/seen.h).
 */
#include "os/selinux.h"
#include "plan/plan.h"

/**
 * Append to @p->untested what of the guest was not seen to work; its kernel's arguments are known.
 * A menu of entry files and SELinux are refused then, unless the job says otherwise; a system of another name that has
 * neither is only said: what it is made of is what was seen.
 * @return 0; -1 RI_E_UNSUPPORTED: SELinux is enforcing, or nobody has seen it; RI_E_NOMEM.
 */
int ri_unseen_check(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e) RI_MUST_CHECK;

/** How SELinux is when the guest boots with the arguments of @p. */
enum ri_selinux ri_unseen_selinux(const struct ri_facts *f, const struct ri_plan *p);
