// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether ramimg knows the guest's kind of system.
 */
#include "plan/facts.h"

/**
 * Refuse by its name and device a system whose file systems have to be checked first, beside which there is a
 * Windows, or of which ramimg does not
 * know the processor, the boot loader, the program that makes the initrd, or how to write to /boot.
 * @return 0; -1 RI_E_UNSUPPORTED.
 */
int ri_plan_check_system(const struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;
