// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Deactivating an LVM volume group with the lvm program of the initrd.
 */
#include "base/err.h"

/**
 * Run `@lvm vgchange -an @group`, its output thrown away, for half a minute at most.
 * @return 0; -1 RI_E_IO: no such program, it failed, it did not end.
 */
int ri_lvm_deactivate(const char *lvm, const char *group, struct ri_err *e) RI_MUST_CHECK;
