// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a guest runs SELinux: selinux_config(5), and the kernel's arguments, which overrule it
 * (Documentation/admin-guide/kernel-parameters.txt: selinux=, enforcing=, security=, lsm=; what enforcing= does
 * to the configuration is libselinux's load_policy.c, selinux_init_load_policy).
 */
#include "base/buf.h"

enum ri_selinux {
	RI_SELINUX_OFF,        /* not there, disabled, or not the kernel's security module */
	RI_SELINUX_PERMISSIVE, /* what the policy forbids is logged and done */
	RI_SELINUX_ENFORCING,
};

/**
 * @config: the text of /etc/selinux/config; without a p the guest has none. @cmdline: the kernel's arguments.
 * @by_default: whether the guest's kernels run SELinux without being told to, which Debian's and Ubuntu's do not.
 */
enum ri_selinux ri_selinux_mode(struct ri_span config, const char *cmdline, bool by_default);
