// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Swap to zram in a guest whose root is a compressed image, by what the guest has itself: systemd loads the module
 * (modules-load.d(5)), a rule of udev's gives the device its size (sysfs: block/zram0/disksize,
 * Documentation/admin-guide/blockdev/zram.rst), and a line of the fstab has it made a swap area (x-systemd.makefs,
 * systemd.mount(5)) and swapped to. Nothing of ramimg's runs there.
 */
#include "plan/plan.h"

/**
 * Where @job asks for it: @p->added, and a line at the end of @p->fstab_archive.
 * @return 0; -1 RI_E_UNSUPPORTED: the guest lacks something, or sets zram up itself; RI_E_CONFIG, RI_E_NOMEM.
 */
int ri_zram_plan(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e) RI_MUST_CHECK;
