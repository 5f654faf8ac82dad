// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Parts of something that spans disks, of which only one is here.
 */
#include "guest/guest.h"

/**
 * Refuse the disk where it has a member of an array, a cache or a mirror: the other members can be on other disks, and
 * an array that the appliance starts without them (its init: mdadm -As --run) notes on this one that they have failed.
 * @return 0; -1 RI_E_UNSUPPORTED.
 */
int ri_refuse_members(const struct ri_guest_fslist *l, struct ri_err *e) RI_MUST_CHECK;
