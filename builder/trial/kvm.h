// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether KVM works here. That its device opens says little: under another hypervisor a machine may hang as soon as it
 * runs more than a few instructions, or get through the firmware and hang in the kernel.
 */
#include "base/err.h"

#include <stdbool.h>

/** How it is tried. */
struct ri_trial_kvm {
	const char *device; /* /dev/kvm */
	const char *boot;   /* where the host has its kernels: /boot */
	const char *
	    mark; /* that KVM hangs (host/kvm_hangs.h): believed where it is, and left; NULL: neither */
	int patience_ms; /* after which it hangs */
};
#define RI_TRIAL_KVM                                                                               \
	{                                                                                          \
		.device = "/dev/kvm", .boot = "/boot", .patience_ms = 20000                        \
	}

/**
 * Have a machine without a disk come to its end with KVM: one of the host's kernels, until it panics for want of a
 * root, or where the host has none that can be read, the firmware. That takes a second or two where KVM works.
 * @return 0 with *@works; -1 RI_E_CANCELLED, RI_E_IO, RI_E_NOMEM.
 */
int ri_trial_kvm_works(const struct ri_trial_kvm *k, bool *works, struct ri_err *e) RI_MUST_CHECK;
