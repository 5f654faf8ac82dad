// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether KVM works here. That its device opens says little: under another hypervisor a machine may hang as soon as it
 * runs more than a few instructions.
 */
#include "base/err.h"

#include <stdbool.h>

/**
 * Have the firmware of a machine without a disk come to its end with KVM, which takes less than a second where it works.
 * @return 0 with *@works; -1 RI_E_CANCELLED, RI_E_IO, RI_E_NOMEM.
 */
int ri_trial_kvm_works(bool *works, struct ri_err *e) RI_MUST_CHECK;
