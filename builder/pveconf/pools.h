// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Resource pools, as /etc/pve/user.cfg has them: "pool:NAME:comment:VMIDS:STORAGES:".
 * Source: pve-access-control AccessControl.pm:parse_user_config, verify_poolname.
 */
#include "base/buf.h"

/**
 * The pool that VM @vmid is in. A VM is in one at most: of several lines that name it the first counts. A pool whose
 * name is not one ("a/b/c/d", blanks) is no pool.
 * @return 0 with its name in *@pool, for free(), or NULL there; -1 RI_E_NOMEM.
 */
int ri_pool_of(struct ri_span user_cfg, unsigned vmid, char **pool, struct ri_err *e) RI_MUST_CHECK;
