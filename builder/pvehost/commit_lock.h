// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The lock that a VM has in its configuration while a commit to one of its disks is under way
 * (RI_COMMIT_LOCK, pveconf/vmconf_boot.h): if the host crashes meanwhile, neither onboot nor HA starts it on half
 * a disk. A volume that is no VM's needs none, and all of these do nothing.
 *
 * The caller holds Proxmox's own lock on the configuration (struct ri_location), which is not kept across a
 * crash.
 */
#include "pvehost/locate.h"

/** @return 0; -1 RI_E_IO (no quorum), RI_E_BUSY (changed meanwhile), RI_E_NOMEM. */
int ri_commit_lock_set(const struct ri_location *p, struct ri_err *e) RI_MUST_CHECK;
/** Take it out. @return as above. */
int ri_commit_lock_clear(const struct ri_location *p, struct ri_err *e) RI_MUST_CHECK;
/**
 * After a recovery: ri_commit_lock_check, and a lock that was the commit's is taken out.
 * @return as ri_commit_lock_check and ri_commit_lock_clear.
 */
int ri_commit_lock_settle(const struct ri_location *p, bool found, struct ri_err *e) RI_MUST_CHECK;
/**
 * A lock that was let pass is a commit's only if a record of one was @found; else it is somebody else's.
 * @return 0; -1 RI_E_BUSY.
 */
int ri_commit_lock_check(const struct ri_location *p, bool found, struct ri_err *e) RI_MUST_CHECK;
